"""Billing's settings, read once from the environment and `.env`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from billing.invoicing.numbering import Numbering
from billing.values.appearance import DEFAULT_ACCENT, Logo, legible, read_logo
from billing.values.documents import Seller
from billing.values.tax import DEFAULT_TABLE, TaxTable, read_table
from billing.values.texts import shown


class BillingSettings(BaseSettings):
    """What billing needs to know of its surroundings. `.env.example` says why each setting is there."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    database_url: str = "sqlite:///billing.sqlite3"
    seller_name: str = "Your Company"
    seller_address: str = "1 High Street; 20121 Milano MI"
    seller_country: str = Field(default="IT", min_length=2, max_length=2)
    seller_vat_number: str = "IT00743110157"
    seller_time_zone: str = "Europe/Rome"
    seller_email: str = ""
    seller_logo: str = ""
    seller_accent: str = DEFAULT_ACCENT
    tax_table: Path = DEFAULT_TABLE
    invoice_number_format: str = "{year}-{number:06}"
    credit_note_number_format: str = "CN-{year}-{number:06}"
    numbers_restart_yearly: bool = True
    payment_gateway: Literal["sandbox", "stripe"] = "sandbox"
    stripe_api_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_api_url: str = "https://api.stripe.com"
    payment_return_url: str = "https://slack.com/"
    smtp_url: str = Field(default="", pattern=r"^(smtps?://.+)?$")
    smtp_ca_file: str = ""
    mail_from: str = ""
    payment_retry_days: str = "3,5,7,7"

    @model_validator(mode="after")
    def _stripe_is_known(self) -> Self:
        missing = [
            name.upper()
            for name in ("stripe_api_key", "stripe_webhook_secret")
            if not getattr(self, name).get_secret_value()
        ]
        if self.payment_gateway == "stripe" and missing:
            raise ValueError(f"PAYMENT_GATEWAY=stripe needs {' and '.join(missing)}")
        return self

    @field_validator("seller_name", "seller_address")
    @classmethod
    def _invoices_can_show_it(cls, text: str) -> str:
        return shown(text)

    @field_validator("seller_logo")
    @classmethod
    def _logo_can_be_shown(cls, path: str) -> str:
        if path:
            read_logo(Path(path))
        return path

    @field_validator("seller_accent")
    @classmethod
    def _accent_can_be_read(cls, colour: str) -> str:
        return legible(colour)

    @property
    def sender(self) -> str:
        """Who mail is from."""
        return self.mail_from or self.seller_email or "billing@localhost"

    @property
    def retry_days(self) -> tuple[int, ...]:
        return tuple(int(days) for days in self.payment_retry_days.split(","))

    @property
    def numbers(self) -> Numbering:
        """Of invoices. Raises ValueError for a format that cannot be used."""
        return Numbering("invoices", self.invoice_number_format, self.numbers_restart_yearly)

    @property
    def credit_note_numbers(self) -> Numbering:
        """Of credit notes, which have a series of their own. Raises ValueError."""
        return Numbering("credit notes", self.credit_note_number_format, self.numbers_restart_yearly)

    @property
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
        )


def faults_of(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a sentence each."""
    named = ((".".join(map(str, fault["loc"])).upper(), fault["msg"]) for fault in error.errors())
    return [
        f"{name + ': ' if name else ''}{said.removeprefix('Value error, ')}. "
        "Set it in the environment or in .env (see .env.example)."
        for name, said in named
    ]
