"""What stands first on the page: what waits for a person, and the few figures that everybody asks for."""

from __future__ import annotations

from collections.abc import Iterator

from billing.i18n import Translator
from billing.values.acts import Act
from billing.values.cycles import local_date
from billing.values.snapshots import (
    PaymentSnapshot,
    PurchasesPage,
    SubscriptionSnapshot,
    first_charge,
    monthly_total,
)
from bot.blocks import Block, Element, escape, fields, header, section
from bot.views import payment_methods, payments, phrases, receipts_by_mail

# More than these do not stand first: each stands in its subscription's own place as well.
MOST_SHOWN = 6


def needs(page: PurchasesPage, t: Translator) -> list[Block]:
    """What waits for a person, the money that is owed first, each with its button for those who may press it."""
    found = [*_unpaid(page, t), *_cards(page, t), *_receipts(page, t)]
    if not found:
        return []
    writes = page.property.role.writes
    rows = [section(text, act if writes else None) for text, act in found[:MOST_SHOWN]]
    return [header(t("Needs your attention")), *rows]


def figures(page: PurchasesPage, t: Translator) -> list[Block]:
    """What a month costs, the next charge, and the credit."""
    if not page.running and not page.credit.minor:
        return []
    monthly = t("{amount} + VAT", amount=t.money(monthly_total(page)))
    if any(one.status == "trialing" for one in page.running):
        monthly = t("{amount}, without free trials", amount=monthly)
    pairs = [(t("Monthly total"), monthly), (t("Next charge"), _next_charge(page, t)), _credit(page, t)]
    return [fields(pairs)]


def _credit(page: PurchasesPage, t: Translator) -> tuple[str, str]:
    if page.credit.minor < 0:
        owed = t("{amount}, charged only with your next invoice", amount=t.money(-page.credit))
        return t("Carried over"), owed
    return t("Credit"), t.money(page.credit) if page.credit.minor else t("none")


def _next_charge(page: PurchasesPage, t: Translator) -> str:
    charge = first_charge(page)
    if charge is None:
        return t("none")
    at, amount = charge
    return phrases.charge_on(amount, None, None, t.day_of(at, page.property.time_zone), t)


def _unpaid(page: PurchasesPage, t: Translator) -> Iterator[tuple[str, Element | None]]:
    for one in (*page.running, *page.ended):
        if payment := page.unpaid.get(one.id):
            fact = payments.unpaid_fact(payment, one, t)
            yield t("*{what}* is unpaid. {fact}", what=phrases.what(one), fact=fact), _pay(payment, one, t)


def _pay(payment: PaymentSnapshot, one: SubscriptionSnapshot, t: Translator) -> Element | None:
    if payment.action_url:
        return payments.bank_button(payment.id, payment.action_url, t)
    return payments.pay_button(payment, one, t) if Act.PAY_NOW in one.allowed else None


def _cards(page: PurchasesPage, t: Translator) -> Iterator[tuple[str, Element | None]]:
    """Charges that come to no card, or to one that has expired by then."""
    for one in page.running:
        if one.next_charge_at is None or Act.CHOOSE_PAYMENT_METHOD not in one.allowed:
            continue
        if one.next_charge is not None and one.next_charge.minor == 0:
            continue
        said = {"what": phrases.what(one), "date": t.day_of(one.next_charge_at, one.time_zone)}
        if one.card is None:
            sentence = t("*{what}* has no card. Choose one before its next charge on {date}.", **said)
        elif one.card.expires(local_date(one.next_charge_at, one.time_zone)) == "expired":
            sentence = t("The card of *{what}* expires before its next charge on {date}.", **said)
        else:
            continue
        yield sentence, payment_methods.open_button(one, t)


def _receipts(page: PurchasesPage, t: Translator) -> Iterator[tuple[str, Element | None]]:
    for one in page.running:
        if one.receipts_refused_at and one.receipts_to:
            what, to = phrases.what(one), escape(one.receipts_to[: phrases.ADDRESS_LENGTH])
            sentence = t(
                "The last receipt of *{what}* could not be delivered to {recipient}.", what=what, recipient=to
            )
            yield sentence, receipts_by_mail.edit_button(one, t)
