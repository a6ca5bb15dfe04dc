"""A setting that cannot be right is refused at the start, in one sentence that names it and says the way on."""

from __future__ import annotations

import os
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from billing.__main__ import program
from billing.services import catalogue
from billing.settings import BillingSettings, faults_in, faults_of
from billing.values.documents import Seller
from billing.values.errors import CatalogueInvalid
from bot.i18n import words
from bot.settings import BotSettings
from sandbox.__main__ import SandboxSettings
from tests.billing.desk import CATALOGUE, Desk

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ITALIAN = (
    "'Europe/Roma' non è un fuso orario IANA; si intendeva Europe/Rome? "
    "Va impostato nell’ambiente o in .env (si veda .env.example)."
)
WAY_ON = " Set it in the environment or in .env (see .env.example)."
OWN = {
    "seller_name": "Venditore S.p.A.",
    "seller_address": "Via dei Mille 10",
    "seller_vat_number": "IT01114601006",
}
LIVE = {"payment_gateway": "stripe", "stripe_api_key": "sk_live_1", "stripe_webhook_secret": "whsec_1"}
# The setting, what was written, and what is said of it.
WRONG = [
    ("seller_time_zone", "Europe/Roma", "'Europe/Roma' is not an IANA time zone; did you mean Europe/Rome?"),
    ("seller_time_zone", "", "'' is not an IANA time zone like Europe/Rome."),
    ("seller_country", "XX", "'XX' is not an ISO 3166 country code like IT."),
    ("seller_country", "Italy", "'Italy' is not an ISO 3166 country code like IT."),
    ("seller_vat_number", "123", "'123' is not a VAT number of SELLER_COUNTRY=IT."),
    ("seller_vat_number", "IT00743110158", "'IT00743110158' is not a VAT number of SELLER_COUNTRY=IT."),
    ("seller_vat_number", "", "'' is not a VAT number of SELLER_COUNTRY=IT."),
    ("seller_name", "", "a name that can be seen is needed."),
    ("seller_name", "Venditore\nS.p.A.", "one line of at most 200 printable characters is needed."),
    ("seller_address", " ; ", "an address is needed: its lines, separated by semicolons."),
    ("seller_street", "x" * 61, "one line of at most 60 printable characters is needed."),
    ("seller_city", "x" * 61, "one line of at most 60 printable characters is needed."),
    ("seller_postal_code", "2012", "'2012' is not an Italian post code of five digits, like 20121."),
    ("seller_province", "XX", "'XX' is not the code of an Italian province, like MI."),
    ("seller_codice_fiscale", "00743110158", "'00743110158' is not a Codice Fiscale: 11 digits or 16 characters."),
    ("seller_rea", "1234567", "'1234567' is not an entry like MI-1234567."),
    ("seller_rea", "XX-1234567", "'XX-1234567' is not an entry like MI-1234567."),
    ("seller_share_capital", "10.000,00", "'10.000,00' is not an amount in euros like 10000.00."),
    ("seller_tax_regime", "RF03", "one of these is needed: 'RF01', 'RF02', 'RF04'"),
    ("e_invoices", "export", "e-invoices need SELLER_STREET, SELLER_POSTAL_CODE, SELLER_CITY, SELLER_PROVINCE, too."),
    ("e_invoices", "fax", "one of these is needed: 'off', 'export', 'pec', 'invoicetronic'."),
    ("exchange_rates", "bank", "one of these is needed: 'off', 'file', 'ecb'."),
    ("exchange_rates_url", "ecb.example", "not a web address like https://example.com/"),
    ("invoicetronic_api_key", "sk_live_1", "not a key of Invoicetronic, ik_live_... or ik_test_..."),
    ("invoicetronic_webhook_secret", "short", "not the secret of a webhook: it has no spaces and 8 characters or"),
    ("invoicetronic_api_url", "api.invoicetronic.com", "not a web address like https://example.com/"),
    ("pec_smtp_url", "smtp://a:b@pec.example.com", "not a server with TLS like smtps://user:password@pec.example.com."),
    ("pec_smtp_url", "smtps://pec.example.com", "not a server with TLS like smtps://"),
    ("pec_imap_url", "imap://a:b@pec.example.com", "not a server with TLS like imaps://user:password@pec.example.com."),
    ("pec_address", "venditore", "'venditore' is not an e-mail address."),
    ("pec_sdi_address", "sdi01", "'sdi01' is not an e-mail address."),
    ("pec_ca_file", "/nowhere/ca.pem", "/nowhere/ca.pem does not exist."),
    ("seller_email", "fatture", "'fatture' is not an e-mail address."),
    ("tax_table", "/nowhere/tax.toml", "/nowhere/tax.toml does not exist."),
    ("payment_retry_days", "-1", "'-1' is not a list like 3,5,7,7: whole days from 1 to 90, separated by commas."),
    ("payment_retry_days", "3;5", "'3;5' is not a list like 3,5,7,7"),
    ("payment_retry_days", "", "'' is not a list like 3,5,7,7"),
    ("payment_retry_days", "0", "'0' is not a list like 3,5,7,7"),
    ("payment_retry_days", "3,,5", "'3,,5' is not a list like 3,5,7,7"),
    ("payment_retry_days", "999999999999", "'999999999999' is not a list like 3,5,7,7"),
    ("invoice_number_format", "{year}", "{year} lacks {number}."),
    ("invoice_number_format", "{number}", "{number} lacks {year}, and its numbers start again each year."),
    ("invoice_number_format", "{year}-{number:z}", "may hold {year} and {number}, as in {year}-{number:06}"),
    ("invoice_number_format", "{year}-{month}", "may hold {year} and {number}, as in {year}-{number:06}"),
    ("invoice_number_format", "{year}-{number", "may hold {year} and {number}, as in {year}-{number:06}"),
    ("invoice_number_format", "{year}\n{number}", "has characters that an invoice cannot show."),
    ("invoice_number_format", "INVOICE-NO-{year}-{number:06}", "has more than 20 characters."),
    ("credit_note_number_format", "{year}-{number:06}", "the same as INVOICE_NUMBER_FORMAT"),
    ("numbers_restart_yearly", "sometimes", "true or false is needed."),
    ("payment_gateway", "paypal", "one of these is needed: 'sandbox', 'stripe'."),
    ("seller_logo", "/nowhere/logo.png", "/nowhere/logo.png does not exist."),
    ("seller_accent", "teal", "'teal' is no colour like #0a5461."),
    ("stripe_api_key", "pk_test_1", "not a secret or restricted key of Stripe, sk_... or rk_..."),
    ("stripe_api_key", "whsec_1", "not a secret or restricted key of Stripe"),
    ("stripe_api_key", "sk_test_1 ", "not a secret or restricted key of Stripe"),
    ("stripe_webhook_secret", "sk_test_1", "not the signing secret of a Stripe webhook, whsec_..."),
    ("stripe_api_url", "api.stripe.com", "not a web address like https://example.com/."),
    ("vies", "maybe", "one of these is needed: 'auto', 'on', 'off'."),
    ("vies_url", "ec.europa.eu/vies", "not a web address like https://example.com/."),
    ("payment_return_url", "", "not a web address like https://example.com/."),
    ("otel_exporter_otlp_endpoint", "collector:4318", "not a web address like https://example.com/."),
    ("smtp_url", "mail.example.com", "not a mail server like smtp://user:password@mail.example.com:587."),
    ("smtp_url", "smtp://mail.example.com:port", "not a mail server like"),
    ("smtp_url", "smtp://", "not a mail server like"),
    ("smtp_ca_file", "/nowhere/ca.pem", "/nowhere/ca.pem does not exist."),
    ("mail_from", "a@example.com\nBcc: b@example.com", "one line of at most 200 printable characters is needed."),
    ("mail_from", "Venditore", "'Venditore' is not an e-mail address."),
    ("mail_from", "Rossi <a@example.com>, b@example.com", "not one sender, like Your Company <billing@example.com>."),
    ("webhooks_to_private_addresses", "perhaps", "true or false is needed."),
    ("webhooks_ca_file", "/nowhere/ca.pem", "/nowhere/ca.pem does not exist."),
    ("encryption_keys", "a key", "one of them is no key of 32 bytes as URL-safe base64"),
    ("operator_workspace_id", "esempio", "'esempio' is not a workspace ID like T0123456789"),
    ("operator_channel", "#operators", "'#operators' is not a channel ID like C0123456789"),
    ("operator_channel", "C1", "OPERATOR_WORKSPACE_ID is needed with it: the channel is there."),
    ("database_url", "", "not a database URL like sqlite:///billing.sqlite3."),
    ("database_url", "mysql://root@localhost/books", "mysql is not supported: use sqlite:/// or postgresql://."),
    ("database_url", "postgresql://a/b?prepare_threshold=no", "prepare_threshold is not a whole number."),
    ("database_url", "postgresql://a:x,b/c", "several hosts of PostgreSQL are written one:5432,other:5432."),
    ("database_url", "sqlite://", "the database needs a file, as in sqlite:///billing.sqlite3."),
]  # fmt: skip
# The same of Slack, where a token is given besides.
WRONG_FOR_SLACK = [
    ("support_channel", "#support", "'#support' is not a channel ID like C0123456789"),
    ("operator_workspace_id", "esempio", "'esempio' is not a workspace ID like T0123456789"),
    ("operator_ids", "@emma", "'@emma' is not a list of member IDs like U0123456789, separated by commas"),
    ("operator_ids", "U1", "OPERATOR_WORKSPACE_ID and OPERATOR_IDS are needed together"),
    ("operator_approval_above", "500", "'500' is not a list of amounts with their currencies like 500 EUR"),
    ("operator_approval_above", "500 EUR", "OPERATOR_IDS has to name two people at least"),
    ("slack_bot_token", "xoxb-...", "not the Bot User OAuth Token of the app's page, xoxb-..."),
    ("slack_bot_token", "xapp-1-A", "not the Bot User OAuth Token of the app's page"),
    ("slack_signing_secret", "...", "not the Signing Secret of the app's page."),
    ("slack_app_token", "xoxb-1", "not an App-Level Token of the app's page, xapp-..."),
    ("slack_client_id", "A0123", "not the Client ID of the app's page"),
    ("slack_client_secret", "xoxb-1", "not the Client Secret of the app's page"),
    ("slack_client_secret", "s3cret", "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are needed together"),
    ("slack_redirect_url", "example.com/back", "not a web address"),
    ("public_url", "billing.example.com", "not a web address"),
    ("slack_bot_token", "", "it is needed: the Bot User OAuth Token of the app's page, xoxb-..."),
    ("slack_mode", "webhook", "one of these is needed: 'http', 'socket'."),
    ("slack_api_url", "slack.com/api", "not a web address like https://example.com/."),
    ("support_chat_url", "example.com", "not a web address like https://example.com/."),
    ("port", "99999", "at most 65535 is possible."),
    ("forwarded_allow_ips", "*", "'*' is not a list of IP addresses and networks like 127.0.0.1, 10.0.0.0/8"),
    ("forwarded_allow_ips", "10.0.0.1/8", "'10.0.0.1/8' is not a list of IP addresses and networks like"),
    ("shutdown_delay_seconds", "600", "at most 60 is possible."),
]


def refused(**given: str) -> list[str]:
    with pytest.raises(ValidationError) as faults:
        BillingSettings.model_validate(given)
    return [str(fault) for fault in faults_of(faults.value)]


@pytest.mark.parametrize(("name", "written", "said"), WRONG)
def test_a_wrong_setting_is_refused_in_one_sentence(name: str, written: str, said: str) -> None:
    (sentence,) = refused(**{name: written})
    assert sentence.startswith(f"{name.upper()}: ")
    assert said in sentence
    assert sentence.endswith(WAY_ON)
    assert "\n" not in sentence


@pytest.mark.parametrize(("name", "written", "said"), WRONG_FOR_SLACK)
def test_a_wrong_setting_for_slack_is_refused_in_one_sentence(name: str, written: str, said: str) -> None:
    given = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "slack_app_token": "xapp-1"}
    with pytest.raises(ValidationError) as faults:
        BotSettings.model_validate(given | {name: written})
    (sentence,) = map(str, faults_of(faults.value))
    assert sentence.startswith(f"{name.upper()}: ")
    assert said in sentence


def test_they_are_more_than_were_ever_tried_and_no_setting_is_left_out() -> None:
    assert len(WRONG) + len(WRONG_FOR_SLACK) >= 54
    tried = {name for name, _, _ in (*WRONG, *WRONG_FOR_SLACK)}
    # Any host may be one, and two links of support are as the third.
    others = {"host", "support_call_url", "community_url"}
    assert tried | others == BillingSettings.model_fields.keys() | BotSettings.model_fields.keys()


@pytest.mark.parametrize(("name", "written", "said"), [*WRONG, *WRONG_FOR_SLACK])
def test_each_is_said_in_italian_too(name: str, written: str, said: str) -> None:
    given = {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", "slack_app_token": "xapp-1"}
    kind = BillingSettings if name in BillingSettings.model_fields else BotSettings
    with pytest.raises(ValidationError) as faults:
        kind.model_validate({name: written} if kind is BillingSettings else given | {name: written})
    (fault,) = faults_of(faults.value)
    sentence = words("it").fault(fault)
    assert sentence.startswith(f"{name.upper()}: ")
    assert sentence.endswith(" Va impostato nell’ambiente o in .env (si veda .env.example).")
    assert said.rstrip(".") not in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    "secret", ["stripe_api_key", "stripe_webhook_secret", "slack_bot_token", "slack_app_token"]
)
def test_the_sentence_about_a_secret_does_not_repeat_it(secret: str) -> None:
    kind = BotSettings if secret.startswith("slack") else BillingSettings
    with pytest.raises(ValidationError) as faults:
        kind.model_validate(
            {"slack_bot_token": "xoxb-1", "slack_signing_secret": "s", secret: "oh so secret"}
        )
    assert "oh so" not in "".join(map(str, faults_of(faults.value)))


def test_every_wrong_setting_is_named_at_once() -> None:
    named = [sentence.partition(":")[0] for sentence in refused(seller_time_zone="Roma", seller_name="")]
    assert named == ["SELLER_NAME", "SELLER_TIME_ZONE"]


def test_what_is_meant_is_taken_as_it_is_meant() -> None:
    settings = BillingSettings.model_validate(
        {"seller_country": "it", "seller_vat_number": "it 00743110157", "payment_retry_days": "3, 5", "tax_table": ""}
    )  # fmt: skip
    assert (settings.seller_country, settings.seller_vat_number) == ("IT", "IT00743110157")
    assert settings.retry_days == (3, 5)
    assert settings.taxes == BillingSettings().taxes


def test_a_seller_for_whom_the_table_has_no_case_is_refused() -> None:
    (sentence,) = refused(seller_country="DE", seller_vat_number="DE136695976")
    assert sentence.startswith("TAX_TABLE: no case says which VAT a seller in SELLER_COUNTRY=DE charges")
    assert BillingSettings.model_validate({"seller_country": "US", "seller_vat_number": "12-3456789"})


PARTS = {
    "seller_street": "Via Roma 1",
    "seller_postal_code": "20121",
    "seller_city": "Milano",
    "seller_province": "mi",
}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seller_country": "US", "seller_vat_number": "12-3456789"}, "for sellers in Italy alone"),
        ({"seller_city": ""}, "e-invoices need SELLER_CITY, too."),
        ({"seller_name": "x" * 81}, "e-invoices take a SELLER_NAME of at most 80 characters."),
    ],
)  # fmt: skip
def test_e_invoices_are_made_only_where_the_seller_is_known_well_enough(
    changed: dict[str, str], said: str
) -> None:
    (sentence,) = refused(**{"e_invoices": "export"} | PARTS | changed)
    assert sentence.startswith("E_INVOICES: ")
    assert said in sentence
    seller = BillingSettings.model_validate(
        {"e_invoices": "export", "seller_share_capital": "10000"} | PARTS
    ).seller
    assert (seller.region, seller.share_capital, seller.e_invoices) == ("MI", "10000.00", "export")


def test_a_damaged_tax_table_is_refused_in_one_sentence(tmp_path: Path) -> None:
    table = tmp_path / "tax.toml"
    table.write_text(
        '[[cases]]\nseller = "IT"\nbuyer = "IT"\nwho = "friends"\nrate = 2200\nfrom = 2013-10-01\n'
    )
    (sentence,) = refused(tax_table=str(table))
    assert sentence.startswith(f"TAX_TABLE: {table} is not a tax table: areas: it is missing")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Rossi, Bianchi S.r.l. <fatture@example.it>", '"Rossi, Bianchi S.r.l." <fatture@example.it>'),
        ('"Rossi, Bianchi" <fatture@example.it>', '"Rossi, Bianchi" <fatture@example.it>'),
        ("Società Rossi <fatture@example.it>", "Società Rossi <fatture@example.it>"),
        ("<fatture@example.it>", "fatture@example.it"),
        ("billing@localhost", "billing@localhost"),
    ],
)
def test_a_sender_is_one_sender_whatever_stands_in_its_name(written: str, shown: str) -> None:
    message = EmailMessage()
    message["From"] = BillingSettings.model_validate({"mail_from": written}).sender
    assert [str(one) for one in message["From"].addresses] == [shown]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("SELLER_TIMEZONE", "SELLER_TIME_ZONE"), ("seler_name", "SELLER_NAME"), ("MAILFROM", "MAIL_FROM")],
)
@pytest.mark.parametrize("is_in_file", [True, False], ids=["in .env", "in the environment"])
def test_a_slip_in_the_name_of_a_setting_is_said_with_what_is_meant(
    name: str, meant: str, is_in_file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if is_in_file:
        (tmp_path / ".env").write_text(f"{name}=x\n")
    else:
        monkeypatch.setenv(name, "x")
    said = [f"{name.upper()}: not a setting; did you mean {meant}? Rename or remove it."]
    assert [str(fault) for fault in faults_in(BillingSettings)] == said
    assert CliRunner().invoke(program, ["verify"]).output == f"{said[0]}\n"


def test_what_other_programs_are_set_by_is_no_slip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    others = ["POSTGRES_PASSWORD", "HOSTNAME", "COMPOSE_PROJECT_NAME", "SMTP_HOST"]
    ours = {*BotSettings.model_fields, *SandboxSettings.model_fields} - BillingSettings.model_fields.keys()
    (tmp_path / ".env").write_text("".join(f"{name}=x\n" for name in [*others, *ours]))
    assert faults_in(BillingSettings) == []


def test_the_example_is_right_but_for_the_tokens_that_slack_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text(encoding="utf-8"), encoding="utf-8")
    assert faults_in(BillingSettings, SandboxSettings) == []
    assert BillingSettings() == BillingSettings.model_construct(), "the example shows what holds without it"
    assert [str(fault).partition(":")[0] for fault in faults_in(BillingSettings, BotSettings)] == [
        "SLACK_BOT_TOKEN",
        "SLACK_SIGNING_SECRET",
    ]


@pytest.mark.parametrize("key", ["sk_live_1", "sk_test_1"])
def test_nobody_pays_to_the_seller_of_the_example(key: str) -> None:
    (sentence,) = refused(**LIVE | {"stripe_api_key": key})
    assert sentence.startswith("SELLER_NAME, SELLER_ADDRESS, SELLER_VAT_NUMBER: still the example's")
    assert BillingSettings.model_validate(LIVE | OWN).seller == Seller(
        "Venditore S.p.A.", ("Via dei Mille 10",), "IT", "IT01114601006", "Europe/Rome", tax_regime="RF01"
    )


@pytest.mark.parametrize(
    ("module", "locale", "said"),
    [
        ("bot", "C", f"'Europe/Roma' is not an IANA time zone; did you mean Europe/Rome?{WAY_ON}\n"),
        ("bot", "it_IT.UTF-8", f"{ITALIAN}\n"),
        ("billing", "it_IT.UTF-8", f"{ITALIAN}\n"),
    ],
)
def test_a_wrong_setting_ends_each_program_at_its_start_with_its_sentence_alone(
    module: str, locale: str, said: str, tmp_path: Path
) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": locale,
        "SELLER_TIME_ZONE": "Europe/Roma",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "s",
    }
    command = [sys.executable, "-m", module, *(["migrate"] if module == "billing" else [])]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"SELLER_TIME_ZONE: {said}"
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_a_wrong_setting_of_the_demos_own_ends_it_at_its_start_and_no_other_does(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C",
        "SELLER_TIME_ZONE": "Europe/Roma",
        "SANDBOX_PORT": "99999",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "sandbox"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"SANDBOX_PORT: at most 65535 is possible.{WAY_ON}\n"


@pytest.mark.parametrize("code", ["EURO", "eur", ""])
def test_a_currency_that_is_none_is_named_as_such(sqlite_desk: Desk, tmp_path: Path, code: str) -> None:
    file = tmp_path / "catalogue.toml"
    written = CATALOGUE.read_text(encoding="utf-8")
    file.write_text(written.replace('currency = "EUR"', f'currency = "{code}"'), encoding="utf-8")
    with pytest.raises(CatalogueInvalid) as fault:
        catalogue.preview(sqlite_desk.billing, file)
    assert str(fault.value.fault) == f"currency: {code!r} is not an ISO 4217 currency code like EUR"
