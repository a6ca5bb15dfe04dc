"""Billing's settings, read once from the environment and `.env`."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, SettingsConfigDict

from billing import setting_types as types
from billing.invoicing.numbering import Numbering
from billing.values.addresses import LIMITS
from billing.values.appearance import DEFAULT_ACCENT, Logo, read_logo
from billing.values.channels import OperatorChannel
from billing.values.companies import is_member_state, vat_number_of
from billing.values.documents import Seller
from billing.values.errors import Unfit
from billing.values.exchange_rates import EURO_AREA
from billing.values.faults import fault_in, place_of
from billing.values.tax import DEFAULT_TABLE, TaxTable, read_table

NEEDED_BY_E_INVOICES = ("seller_street", "seller_postal_code", "seller_city", "seller_province")
NEEDED_BY_PEC = ("pec_smtp_url", "pec_imap_url", "pec_address")
# How alike an unknown name is to a setting's to be a slip of it; in the environment other programs have names too.
LIKENESS_IN_ENV_FILE, LIKENESS_IN_ENVIRONMENT = 0.8, 0.9


class BillingSettings(BaseSettings):
    """What billing needs to know of its surroundings. `.env.example` says why each setting is there."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: types.DatabaseUrl = Field(default="sqlite:///billing.sqlite3", repr=False)
    seller_name: types.PrintedName = "Your Company"
    seller_address: types.PrintedLines = "1 High Street; 20121 Milano MI"
    seller_country: types.Country = "IT"
    seller_vat_number: str = Field(default="IT00743110157", validate_default=True)
    seller_time_zone: types.TimeZone = "Europe/Rome"
    seller_street: types.Street = ""
    seller_postal_code: types.ItalianPostalCode = ""
    seller_city: types.City = ""
    seller_province: types.Province = ""
    seller_codice_fiscale: types.CodiceFiscale = ""
    seller_rea: types.Rea = ""
    seller_share_capital: types.ShareCapital = ""
    seller_tax_regime: types.TaxRegime = "RF01"
    e_invoices: Literal["off", "export", "pec", "invoicetronic"] = "off"
    pec_smtp_url: types.SmtpsServer = Field(default="", repr=False)
    pec_imap_url: types.ImapsServer = Field(default="", repr=False)
    pec_address: types.Email = ""
    pec_sdi_address: types.Email = ""
    pec_ca_file: types.CaFile = ""
    invoicetronic_api_key: types.InvoicetronicKey = SecretStr("")
    invoicetronic_webhook_secret: types.WebhookSecret = SecretStr("")
    invoicetronic_api_url: types.WebAddress = "https://api.invoicetronic.com/v1"
    seller_email: types.Email = ""
    seller_logo: types.LogoFile = ""
    seller_accent: types.Accent = DEFAULT_ACCENT
    tax_table: types.TaxTableFile = Field(default=DEFAULT_TABLE, validate_default=True)
    numbers_restart_yearly: bool = True
    invoice_number_format: str = Field(default="{year}-{number:06}", validate_default=True)
    credit_note_number_format: str = Field(default="CN-{year}-{number:06}", validate_default=True)
    payment_gateway: Literal["sandbox", "stripe"] = "sandbox"
    stripe_api_key: types.StripeKey = SecretStr("")
    stripe_webhook_secret: types.StripeWebhookSecret = SecretStr("")
    stripe_api_url: types.WebAddress = "https://api.stripe.com"
    payment_return_url: types.WebAddress = "https://slack.com/"
    public_url: types.OptionalWebAddress = ""
    smtp_url: types.MailServer = Field(default="", repr=False)
    smtp_ca_file: types.CaFile = ""
    mail_from: types.Sender = ""
    payment_retry_days: types.RetryDays = "3,5,7,7"
    vies: Literal["auto", "on", "off"] = "auto"
    vies_url: types.WebAddress = "https://ec.europa.eu/taxation_customs/vies/rest-api"
    exchange_rates: Literal["off", "file", "ecb"] = "off"
    exchange_rates_url: types.WebAddress = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-hist-90d.xml"
    webhooks_to_private_addresses: bool = False
    webhooks_ca_file: types.CaFile = ""
    encryption_keys: types.FernetKeys = SecretStr("")
    otel_exporter_otlp_endpoint: types.OptionalWebAddress = ""
    operator_workspace_id: types.WorkspaceId = ""
    operator_channel: types.ChannelId = ""

    @field_validator("seller_vat_number")
    @classmethod
    def _vat_number_is_the_country_s(cls, written: str, info: ValidationInfo) -> str:
        country = info.data.get("seller_country")
        if country is None:  # wrong itself, and said
            return written
        if not (number := vat_number_of(country, "".join(written.split()).upper())):
            raise Unfit(
                "{written} is not a VAT number of SELLER_COUNTRY={country}",
                written=repr(written),
                country=country,
            )
        return number

    @field_validator("e_invoices")
    @classmethod
    def _seller_can_send_them(cls, written: str, info: ValidationInfo) -> str:
        known = info.data
        if (
            written == "off"
            or not {*NEEDED_BY_E_INVOICES, "seller_country", "seller_name", "seller_time_zone"}
            <= known.keys()
        ):
            return written
        if known["seller_country"] != "IT":
            raise Unfit(
                "e-invoices are made for sellers in Italy alone, and SELLER_COUNTRY is {country}",
                country=known["seller_country"],
            )
        if missing := [name.upper() for name in NEEDED_BY_E_INVOICES if not known[name]]:
            raise Unfit("e-invoices need {names}, too", names=", ".join(missing))
        if known["seller_time_zone"] != "Europe/Rome":
            raise Unfit("e-invoices are dated by Italy’s days: set SELLER_TIME_ZONE=Europe/Rome")
        if len(known["seller_name"]) > LIMITS["name"]:
            raise Unfit("e-invoices take a SELLER_NAME of at most {limit} characters", limit=LIMITS["name"])
        return written

    @field_validator("vies")
    @classmethod
    def _seller_is_in_the_union(cls, written: str, info: ValidationInfo) -> str:
        country = info.data.get("seller_country")
        if written == "on" and country and not is_member_state(country):
            raise Unfit(
                "VIES is asked by sellers in the EU, and SELLER_COUNTRY is {country}", country=country
            )
        return written

    @field_validator("exchange_rates")
    @classmethod
    def _seller_s_vat_is_in_euros(cls, written: str, info: ValidationInfo) -> str:
        if written != "off" and (country := info.data.get("seller_country", "IT")) not in EURO_AREA:
            raise Unfit("VAT is in euros in the euro area, and SELLER_COUNTRY is {country}", country=country)
        return written

    @field_validator("tax_table")
    @classmethod
    def _table_knows_the_seller(cls, path: Path, info: ValidationInfo) -> Path:
        country = info.data.get("seller_country")
        if country and not read_table(path).knows_seller(country):
            raise Unfit(
                "no case says which VAT a seller in SELLER_COUNTRY={country} charges: add it to a copy",
                country=country,
            )
        return path

    @field_validator("invoice_number_format", "credit_note_number_format")
    @classmethod
    def _each_document_has_its_own_number(cls, written: str, info: ValidationInfo) -> str:
        Numbering("", written, info.data.get("numbers_restart_yearly", True))
        if written == info.data.get("invoice_number_format"):
            raise Unfit("the same as INVOICE_NUMBER_FORMAT, and no two documents share a number")
        return written

    @field_validator("operator_channel")
    @classmethod
    def _is_in_a_workspace(cls, written: str, info: ValidationInfo) -> str:
        if written and info.data.get("operator_workspace_id") == "":
            raise Unfit("OPERATOR_WORKSPACE_ID is needed with it: the channel is there")
        return written

    @model_validator(mode="after")
    def _way_to_sdi_is_known(self) -> Self:
        if self.e_invoices == "pec" and (missing := self._missing(NEEDED_BY_PEC)):
            raise Unfit("E_INVOICES=pec needs {names}", names=missing)
        if self.e_invoices == "invoicetronic" and not self.invoicetronic_api_key:
            raise Unfit("E_INVOICES=invoicetronic needs {names}", names="INVOICETRONIC_API_KEY")
        return self

    @model_validator(mode="after")
    def _stripe_is_known(self) -> Self:
        missing = self._missing(("stripe_api_key", "stripe_webhook_secret"))
        if self.payment_gateway == "stripe" and missing:
            raise Unfit("PAYMENT_GATEWAY=stripe needs {names}", names=missing)
        return self

    def _missing(self, names: Iterable[str]) -> str:
        """Which of them nothing is set for, as they are written."""
        return ", ".join(name.upper() for name in names if not getattr(self, name))

    @model_validator(mode="after")
    def _nobody_pays_the_example_s_seller(self) -> Self:
        if self.payment_gateway == "stripe" and (fault := self.example_seller()):
            raise fault
        return self

    def example_seller(self) -> Unfit | None:
        """What of the seller is still the example's: it issues no invoice to anybody."""
        names = [
            name
            for name in ("seller_name", "seller_address", "seller_vat_number")
            if getattr(self, name) == type(self).model_fields[name].default
        ]
        kept = ", ".join(name.upper() for name in names)
        return Unfit("{names}: still the example's, which issues no invoice", names=kept) if kept else None

    @property
    def operators_read_in(self) -> OperatorChannel | None:
        """Where the seller's own people are told things; None for nowhere."""
        channel = self.operator_channel
        return OperatorChannel(self.operator_workspace_id, channel) if channel else None

    @property
    def asks_vies(self) -> bool:
        """By itself where the seller is in the Union and money is real: the demo's seller is in no register."""
        is_real = self.payment_gateway != "sandbox" and is_member_state(self.seller_country)
        return self.vies == "on" or (self.vies == "auto" and is_real)

    @property
    def sender(self) -> str:
        """Who mail is from."""
        return self.mail_from or self.seller_email or "billing@localhost"

    @property
    def retry_days(self) -> tuple[int, ...]:
        return tuple(int(days) for days in self.payment_retry_days.split(","))

    @property
    def keys(self) -> tuple[str, ...]:
        """By which secrets in the books are encrypted, the newest first."""
        return types.keys_in(self.encryption_keys.get_secret_value())

    @property
    def numbers(self) -> Numbering:
        """Of invoices. Raises ValueError for a format that cannot be used."""
        return Numbering("invoices", self.invoice_number_format, self.numbers_restart_yearly)

    @property
    def credit_note_numbers(self) -> Numbering:
        """Of credit notes, which have a series of their own. Raises ValueError."""
        return Numbering("credit notes", self.credit_note_number_format, self.numbers_restart_yearly)

    @cached_property
    def taxes(self) -> TaxTable:
        """Raises OSError, or ValueError which says what is wrong where."""
        return read_table(self.tax_table)

    @property
    def logo(self) -> Logo | None:
        return read_logo(Path(self.seller_logo)) if self.seller_logo else None

    @property
    def seller(self) -> Seller:
        return Seller(
            name=self.seller_name,
            address=tuple(line.strip() for line in self.seller_address.split(";") if line.strip()),
            country=self.seller_country,
            vat_number=self.seller_vat_number,
            time_zone=self.seller_time_zone,
            email=self.seller_email,
            logo=self.logo.digest if self.logo else "",
            accent=self.seller_accent,
            street=self.seller_street,
            postal_code=self.seller_postal_code,
            city=self.seller_city,
            region=self.seller_province,
            codice_fiscale=self.seller_codice_fiscale,
            rea=self.seller_rea,
            share_capital=self.seller_share_capital,
            tax_regime=self.seller_tax_regime,
            e_invoices="" if self.e_invoices == "off" else self.e_invoices,
        )


def faults_in(*kinds: type[BaseSettings]) -> list[Unfit]:
    """What is wrong with the settings of those kinds as they would be read now, a sentence each, once each."""
    try:
        faults = misspelt(*kinds)
        for kind in kinds:
            try:
                kind()
            except ValidationError as wrong:
                faults += faults_of(wrong)
    except UnicodeDecodeError:  # as a spreadsheet or an old editor saves it
        return [Unfit("{place}: {fault}", place=".env", fault=Unfit("it is not text in UTF-8"))]
    return list({str(fault): fault for fault in faults}.values())


def faults_of(error: ValidationError) -> list[Unfit]:
    """What is wrong with the settings, a sentence each."""
    return [with_way_on(place_of(one).upper(), fault_in(one)) for one in error.errors()]


def with_way_on(name: str, fault: Unfit) -> Unfit:
    """The fault as a whole sentence about that setting; about several that the fault names, where it is empty."""
    about = Unfit("{place}: {fault}", place=name, fault=fault) if name else fault
    if fault.message.endswith("?"):
        return Unfit("{fault} Set it in the environment or in .env (see .env.example).", fault=about)
    return Unfit("{fault}. Set it in the environment or in .env (see .env.example).", fault=about)


def misspelt(*kinds: type[BaseSettings]) -> list[Unfit]:
    """A sentence for each name that is none of those settings', but so like one that it must be meant."""
    known = {name for kind in kinds for name in kind.model_fields}
    slips: dict[str, str] = {}
    for kind in kinds:
        for names, likeness in (
            (EnvSettingsSource(kind).env_vars, LIKENESS_IN_ENVIRONMENT),
            (DotEnvSettingsSource(kind).env_vars, LIKENESS_IN_ENV_FILE),
        ):
            meant = {name: get_close_matches(name, known, 1, likeness) for name in names.keys() - known}
            slips |= {name: alike[0] for name, alike in meant.items() if alike}
    return [
        Unfit(
            "{name}: not a setting; did you mean {meant}? Rename or remove it.",
            name=name.upper(),
            meant=meant.upper(),
        )
        for name, meant in sorted(slips.items())
    ]
