"""What is wrong with a field, as an operator reads it: the field by its name, and why it was refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from billing.i18n import Translator
from billing.values.errors import Fault

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "name": "name",
        "street": "street",
        "extra": "second line of the address",
        "postal_code": "postal code",
        "city": "city",
        "region": "region or province",
        "country": "country",
        "legal_name": "legal name",
        "vat_number": "VAT number",
        "codice_fiscale": "Codice Fiscale",
        "sdi_code": "SDI code",
        "pec": "PEC",
        "purchase_order": "purchase order",
        "reason": "reason",
        "message": "message",
        "code": "code",
        "kinds": "kinds of mail",
        "address": "address",
        "user_id": "member",
        "receipts_to": "recipient of receipts",
        "time_zone": "time zone",
        "currency": "currency",
    }
)
FAULTS: Mapping[str, str] = MappingProxyType(
    {
        "missing": "it is missing",
        "too_long": "at most {limit} characters are possible",
        "card_number": "it looks like a card number",
        "unknown": "it is not known",
        "control_characters": "characters that cannot be printed are in it: type it again",
        "no_font": "no font of the invoices has “{character}”",
        "vat_number": "it is not a valid VAT number",
        "other_country": "it is of another country than the billing address",
        "too_many_questions": "many numbers were just asked about: try again in a minute",
        "needed_abroad": "invoices to that country need it",
        "needed_in_italy": "invoices in Italy need it, or a VAT number",
        "codice_fiscale": "it is not a valid Codice Fiscale",
        "sdi_code": "seven letters or digits are needed, or six for a public office",
        "email": "it is not an e-mail address",
        "italian_postal_code": "five digits are needed in Italy",
        "province": "it is not the code of an Italian province, like MI",
        "only_italian": "only invoices in Italy have it",
        "mail_address": "it is not an e-mail address",
        "one_of_two": "name a member or an address, not both",
        "not_member": "that person is not a member who sees the property's billing: members list names them",
        "contact_known": "that is a billing contact already: contacts list names them",
        "too_many_contacts": "a property has at most {limit} billing contacts: remove one first",
        "too_many_codes": "several codes were just sent there: try again in an hour",
        "no_mail": "no code can be sent without a mail server: set SMTP_URL",
        "wrong_code": "it is not the code of the newest mail",
        "old_code": "it is older than 7 days",
    }
)


def faults_in_words(faults: Mapping[str, Fault], t: Translator) -> str:
    """Each field with what is wrong with it."""
    said = (f"{t(FIELDS[name])} ({fault_in_words(fault, t)})" for name, fault in faults.items())
    return ", ".join(said)


def fault_in_words(fault: Fault, t: Translator) -> str:
    return t(FAULTS[fault.reason], limit=fault.limit, character=fault.character)
