"""The types of the settings: each reads what was written, or says in one sentence what is wrong with it."""

from __future__ import annotations

import re
import ssl
from base64 import urlsafe_b64decode
from difflib import get_close_matches
from email.errors import MessageError
from email.headerregistry import Address
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, SecretStr
from stdnum.it import codicefiscale

from billing.adapters.database_urls import parse
from billing.values import italy
from billing.values.addresses import LIMITS, countries
from billing.values.appearance import legible, read_logo
from billing.values.cycles import zone_of
from billing.values.errors import Unfit, UnknownTimeZone
from billing.values.faults import unreadable
from billing.values.tax import DEFAULT_TABLE, read_table
from billing.values.texts import shown, text_fault

MAX_LENGTH = 200
MAX_PATH = 4096
KEY_BYTES = 32
MAX_RETRY_DAYS = 90
# `Name <address>`, the name in quotes or not; or the address alone.
# The province of the chamber of commerce, and the number that the company has there.
REA = re.compile(r"([A-Z]{2})-[0-9]{1,20}")
SHARE_CAPITAL = re.compile(r"[0-9]{1,12}(\.[0-9]{2})?")
SENDER = re.compile(r'"?(?P<name>[^<>]*?)"?\s*<(?P<address>[^<>\s]+)>|(?P<alone>[^<>\s]+)')


def _in_one_line(text: str, limit: int = MAX_LENGTH) -> str:
    fault = text_fault(text, limit, optional=True)
    if fault and fault.reason in ("too_long", "control_characters"):
        raise Unfit("one line of at most {limit} printable characters is needed", limit=limit)
    return text


def _channel(written: str) -> str:
    """Slack's name of a channel: what people call it can change."""
    if not re.fullmatch("([CG][A-Z0-9]+)?", written):
        raise Unfit(
            "{written} is not a channel ID like C0123456789 (in Slack: the channel's name, About)",
            written=repr(written),
        )
    return written


def _workspace(written: str) -> str:
    if not re.fullmatch("(T[A-Z0-9]+)?", written):
        raise Unfit("{written} is not a workspace ID like T0123456789", written=repr(written))
    return written


def _lines(text: str) -> str:
    if not any(line.strip() for line in text.split(";")):
        raise Unfit("an address is needed: its lines, separated by semicolons")
    return text


def _database(url: str) -> str:
    parse(url)
    return url


def _country(code: str) -> str:
    if code.strip().upper() not in countries():
        raise Unfit("{written} is not an ISO 3166 country code like IT", written=repr(code))
    return code.strip().upper()


def _time_zone(name: str) -> str:
    try:
        zone_of(name)
    except UnknownTimeZone:
        meant = get_close_matches(name, available_timezones(), 1)
        if not meant:
            raise Unfit("{written} is not an IANA time zone like Europe/Rome", written=repr(name)) from None
        raise Unfit(
            "{written} is not an IANA time zone; did you mean {meant}?", written=repr(name), meant=meant[0]
        ) from None
    return name


def _email(address: str) -> str:
    if address:
        _parsed(address, "")
    return address


def _sender(written: str) -> str:
    """As a header takes it: a name with a comma in quotes, for it would be two senders otherwise."""
    if not written:
        return written
    found = SENDER.fullmatch(written.strip())
    if not found:
        raise Unfit("not one sender, like Your Company <billing@example.com>")
    return str(_parsed(found["alone"] or found["address"], found["name"] or ""))


def _parsed(address: str, name: str) -> Address:
    try:
        return Address(name, addr_spec=address)
    except (MessageError, ValueError, IndexError):
        raise Unfit("{written} is not an e-mail address", written=repr(address)) from None


def _postal_code(code: str) -> str:
    if code and not italy.POSTAL_CODE.fullmatch(code):
        raise Unfit("{written} is not an Italian post code of five digits, like 20121", written=repr(code))
    return code


def _province(code: str) -> str:
    if code and code.upper() not in italy.PROVINCES:
        raise Unfit("{written} is not the code of an Italian province, like MI", written=repr(code))
    return code.upper()


def _codice_fiscale(number: str) -> str:
    if number and not codicefiscale.is_valid(number):
        raise Unfit("{written} is not a Codice Fiscale: 11 digits or 16 characters", written=repr(number))
    return str(codicefiscale.compact(number))


def _rea(entry: str) -> str:
    found = REA.fullmatch(entry.upper())
    if entry and (found is None or found[1] not in italy.PROVINCES):
        raise Unfit("{written} is not an entry like MI-1234567", written=repr(entry))
    return entry.upper()


def _share_capital(amount: str) -> str:
    if amount and not SHARE_CAPITAL.fullmatch(amount):
        raise Unfit("{written} is not an amount in euros like 10000.00", written=repr(amount))
    return f"{amount}.00" if amount.isdigit() else amount


def _retry_days(written: str) -> str:
    days = [part.strip() for part in written.split(",")]
    if not all(re.fullmatch("[0-9]{1,3}", day) and 1 <= int(day) <= MAX_RETRY_DAYS for day in days):
        raise Unfit(
            "{written} is not a list like 3,5,7,7: whole days from 1 to {limit}, separated by commas",
            written=repr(written),
            limit=MAX_RETRY_DAYS,
        )
    return ",".join(days)


def _split(url: str) -> SplitResult | None:
    """Its parts where it has a host and a port that can be one."""
    try:
        at = urlsplit(url)
        is_whole = bool(at.hostname) and at.port != 0
    except ValueError:
        return None
    return at if is_whole else None


def _web_address(url: str, *, optional: bool = False) -> str:
    at = None if re.search(r"[\s<>|]", url) else _split(url)
    if not (optional and not url) and (at is None or at.scheme not in ("http", "https")):
        raise Unfit("not a web address like https://example.com/")
    return url


def _mail_server(url: str) -> str:
    at = _split(url)
    if url and (at is None or at.scheme not in ("smtp", "smtps")):
        raise Unfit("not a mail server like smtp://user:password@mail.example.com:587")
    return url


def _server_with_tls(url: str, scheme: str) -> str:
    at = _split(url)
    if url and (at is None or at.scheme != scheme or not (at.username and at.password)):
        raise Unfit("not a server with TLS like {scheme}://user:password@pec.example.com", scheme=scheme)
    return url


def _ca_file(path: str) -> str:
    if path:
        try:
            ssl.create_default_context(cafile=path)
        except ssl.SSLError:
            raise Unfit("{path} is not a PEM file with certificates", path=path) from None
        except OSError as fault:
            raise unreadable(path, fault) from None
    return path


def _logo_file(path: str) -> str:
    if path:
        read_logo(Path(path))
    return path


def _tax_table(path: Path) -> Path:
    try:
        read_table(path)
    except OSError as fault:
        raise unreadable(path, fault) from None
    except Unfit as fault:
        raise Unfit("{path} is not a tax table: {fault}", path=path, fault=fault) from None
    return path


def _secret(secret: SecretStr, form: str, fault: Unfit) -> SecretStr:
    """A secret has its issuer's form; it is never repeated in the sentence."""
    written = secret.get_secret_value()
    if written and not re.fullmatch(form, written):
        raise Unfit(fault.message)
    return secret


def keys_in(written: str) -> tuple[str, ...]:
    """The keys of a list that commas part."""
    return tuple(key.strip() for key in written.split(",") if key.strip())


def _fernet_keys(secret: SecretStr) -> SecretStr:
    for key in keys_in(secret.get_secret_value()):
        try:
            is_key = len(urlsafe_b64decode(key)) == KEY_BYTES
        except (ValueError, UnicodeEncodeError):
            is_key = False
        if not is_key:
            raise Unfit(
                "one of them is no key of 32 bytes as URL-safe base64: python -m billing installations key makes one"
            )
    return secret


def secret_like(form: str, fault: Unfit) -> AfterValidator:
    """The validator of secrets that are empty or have that form; `fault` says which one is meant."""
    return AfterValidator(partial(_secret, form=form, fault=fault))


PrintedName = Annotated[str, AfterValidator(_in_one_line), AfterValidator(shown)]
PrintedLines = Annotated[str, AfterValidator(_in_one_line), AfterValidator(_lines), AfterValidator(shown)]
Street = Annotated[str, AfterValidator(partial(_in_one_line, limit=LIMITS["street"]))]
City = Annotated[str, AfterValidator(partial(_in_one_line, limit=LIMITS["city"]))]
ItalianPostalCode = Annotated[str, AfterValidator(_postal_code)]
Province = Annotated[str, AfterValidator(_province)]
CodiceFiscale = Annotated[str, AfterValidator(_codice_fiscale)]
Rea = Annotated[str, AfterValidator(_rea)]
ShareCapital = Annotated[str, AfterValidator(_share_capital)]
# RF03 was abolished.
TaxRegime = Literal[
    "RF01", "RF02", "RF04", "RF05", "RF06", "RF07", "RF08", "RF09", "RF10", "RF11", "RF12", "RF13", "RF14", "RF15",
    "RF16", "RF17", "RF18", "RF19", "RF20",
]  # fmt: skip
WorkspaceId = Annotated[str, AfterValidator(_workspace)]
ChannelId = Annotated[str, AfterValidator(_channel)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Country = Annotated[str, AfterValidator(_country)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Email = Annotated[str, AfterValidator(_in_one_line), AfterValidator(_email)]
Sender = Annotated[str, AfterValidator(_in_one_line), AfterValidator(_sender)]
FernetKeys = Annotated[SecretStr, AfterValidator(_fernet_keys)]
Accent = Annotated[str, AfterValidator(legible)]
LogoFile = Annotated[str, AfterValidator(partial(_in_one_line, limit=MAX_PATH)), AfterValidator(_logo_file)]
TaxTableFile = Annotated[
    Path, BeforeValidator(lambda written: written or DEFAULT_TABLE), AfterValidator(_tax_table)
]
RetryDays = Annotated[str, AfterValidator(_retry_days)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
OptionalWebAddress = Annotated[str, AfterValidator(partial(_web_address, optional=True))]
MailServer = Annotated[str, AfterValidator(_mail_server)]
SmtpsServer = Annotated[str, AfterValidator(partial(_server_with_tls, scheme="smtps"))]
ImapsServer = Annotated[str, AfterValidator(partial(_server_with_tls, scheme="imaps"))]
CaFile = Annotated[str, AfterValidator(partial(_in_one_line, limit=MAX_PATH)), AfterValidator(_ca_file)]
StripeKey = Annotated[
    SecretStr,
    secret_like(r"(sk|rk)_[^\s]+", Unfit("not a secret or restricted key of Stripe, sk_... or rk_...")),
]
InvoicetronicKey = Annotated[
    SecretStr,
    secret_like(r"ik_(live|test)_[^\s]+", Unfit("not a key of Invoicetronic, ik_live_... or ik_test_...")),
]
WebhookSecret = Annotated[
    SecretStr,
    secret_like(
        r"[^\s]{8,}", Unfit("not the secret of a webhook: it has no spaces and 8 characters or more")
    ),
]
StripeWebhookSecret = Annotated[
    SecretStr, secret_like(r"whsec_[^\s]+", Unfit("not the signing secret of a Stripe webhook, whsec_..."))
]
