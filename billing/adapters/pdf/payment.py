"""How the invoice is paid, in words and in sums: by a card, from the credit balance, or already."""

from __future__ import annotations

from datetime import date

from billing.i18n import Translator
from billing.values.card_names import card_name_of
from billing.values.documents import Correction, InvoiceDocument, PaidInvoice
from billing.values.money import Money

MINUS = "\N{MINUS SIGN}"


def amount(money: Money, words: Translator) -> str:
    """The amount as it is set: what is below zero has a minus as wide as a figure."""
    return words.money(money).replace("-", MINUS)


def headline(document: InvoiceDocument, words: Translator) -> str:
    """What stands under the total at the top; empty where there is nothing to say of its payment."""
    if document.total.minor < 0:
        return words("Added to your credit balance")
    if _is_carried(document):
        carried = amount(Money(document.carried_minor, document.currency), words)
        return words("{amount} carried to your next invoice", amount=carried)
    if document.paid_on:
        return _paid(document, document.paid_on, words)
    if _all_credit(document):
        return words("Paid from your credit balance")
    method = card_name_of(document.charged_to)
    if method and (document.credit_minor or document.carried_minor):
        left = amount(_left(document), words)
        return words("{amount} to be charged to {method}", amount=left, method=method)
    return words("To be charged to {method}", method=method) if method else ""


def note(document: InvoiceDocument, words: Translator) -> str:
    """The same as a sentence for the foot of the invoice."""
    if document.corrects:
        return _given_back(document, document.corrects, words)
    if document.total.minor < 0:
        return words("The amount was added to your credit balance; your next invoices use it first.")
    if _is_carried(document):
        return words(
            "{amount} is too little to charge by itself and is on your next invoice. No payment due.",
            amount=amount(Money(document.carried_minor, document.currency), words),
        )
    if document.paid_on:
        paid = _paid(document, document.paid_on, words)
        return words("{paid}. No payment due.", paid=paid)
    if _all_credit(document):
        return words("Paid in full from your credit balance. No payment due.")
    method = card_name_of(document.charged_to)
    if not method:
        return ""
    return words("Charged automatically to {method}; no bank transfer needed.", method=method)


def shares(document: InvoiceDocument, words: Translator) -> list[tuple[str, str]]:
    """The rows under the total of which not all is the card's: what was credited, and what is left for whom."""
    parts = (
        (words("Credited by credit note"), Money(_credited(document), document.currency)),
        (words("From your credit balance"), Money(document.credit_minor, document.currency)),
        (_carried_label(document, words), Money(document.carried_minor, document.currency)),
    )
    rows = [(label, amount(-part, words)) for label, part in parts if part.minor]
    if not rows or not _left(document).minor:
        return rows
    left_for = card_name_of(document.charged_to) or words("To be paid")
    return [*rows, (left_for, amount(_left(document), words))]


def _paid(document: InvoiceDocument, on: date, words: Translator) -> str:
    """When, and by what."""
    day = words.date(on)
    method = card_name_of(document.charged_to)
    if document.credit_minor and not _left(document).minor:
        return words("Paid on {date} from your credit balance", date=day)
    if not method:
        return words("Paid on {date}", date=day)
    if document.credit_minor:
        return words("Paid on {date} by {method} and from your credit balance", date=day, method=method)
    return words("Paid on {date} by {method}", date=day, method=method)


def _given_back(document: InvoiceDocument, corrects: Correction, words: Translator) -> str:
    """Where the amount of a credit note goes."""
    if not document.total.minor:
        return words(
            "It takes back what the invoice charged and, just as much, what that had given back of earlier invoices: "
            "there is nothing to pay or to return."
        )
    currency = document.currency
    owed, refund = (Money(minor, currency) for minor in (corrects.owed_minor, corrects.refund_minor))
    balance = document.total - owed - refund
    said = (
        (owed, words("{amount} of the invoice is no longer due.", amount=amount(owed, words))),
        (refund, words("{amount} is refunded to the card that paid.", amount=amount(refund, words))),
        (balance, _to_balance(amount(balance, words), corrects.credited_to, words)),
    )
    return " ".join(sentence for part, sentence in said if part.minor)


def _to_balance(added: str, whose: str, words: Translator) -> str:
    if whose:
        return words(
            "{amount} was added to the credit balance of {property}; its next invoices use it first.",
            amount=added,
            property=whose,
        )
    return words("{amount} was added to your credit balance; your next invoices use it first.", amount=added)


def _left(document: InvoiceDocument) -> Money:
    others = document.credit_minor + document.carried_minor + _credited(document)
    return document.total - Money(others, document.currency)


def _is_carried(document: InvoiceDocument) -> bool:
    """Whether nothing of it is charged now: the credit balance did not pay all, and the rest is too little."""
    return document.carried_minor > 0 and not _left(document).minor


def _carried_label(document: InvoiceDocument, words: Translator) -> str:
    if document.carried_minor > 0:
        return words("Carried to your next invoice")
    return words("From earlier invoices")


def _credited(document: InvoiceDocument) -> int:
    """What credit notes took off before it was paid."""
    return document.credited_minor if isinstance(document, PaidInvoice) else 0


def _all_credit(document: InvoiceDocument) -> bool:
    return document.credit_minor > 0 and not _left(document).minor
