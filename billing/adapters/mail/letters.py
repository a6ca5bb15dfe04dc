"""What a mail says, as a value: receipts with their document, and what who pays must know of a payment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.adapters.pdf import names, payment
from billing.backup_words import failed_too, stood_in, unless_confirmed
from billing.i18n import Translator
from billing.values.card_names import card_name_of
from billing.values.declines import decline_reason
from billing.values.documents import InvoiceDocument, Seller
from billing.values.events import (
    AuthenticationNeeded,
    PaymentFailed,
    PaymentReceived,
    RenewalOverdue,
    SubscriptionEnded,
)
from billing.values.money import Money


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is one. `link` is its button with its address, `foot` who writes, in small print.

    `accent` is the one colour that is not grey, `ways` are lines for who can do something in Slack.
    """

    subject: str
    title: str
    amount: str
    lines: tuple[str, ...]
    link: tuple[str, str] | None
    seller: str
    accent: str
    foot: tuple[str, ...]
    ways: tuple[str, ...] = ()

    def as_text(self) -> str:
        """The same without a face."""
        link = (f"{self.link[0]}: {self.link[1]}",) if self.link else ()
        return (
            "\n\n".join(
                (f"{self.title}: {self.amount}", *self.lines, *self.ways, *link, "\n".join(self.foot))
            )
            + "\n"
        )


def receipt(
    document: InvoiceDocument,
    paid: PaymentReceived | None,
    at: datetime,
    home_url: str,
    t: Translator,
    *,
    has_e_invoice: bool = False,
) -> Letter:
    """The mail that an invoice, which was paid then, or a credit note comes with, and its e-invoice if it has one."""
    amount = t.money(document.total)
    about = {"number": document.number, "seller": document.seller.name, "amount": amount}
    how = _paid(paid, t.day_of(at, document.seller.time_zone), t) if paid else payment.note(document, t)
    files = (
        t("The document is attached as a PDF, its e-invoice as an XML file.")
        if has_e_invoice
        else t("The document is attached as a PDF.")
    )
    attached = f"{files} {names.questions(document, t)}"
    return Letter(
        subject=(
            t("Credit note {number} of {seller} ({amount})", **about)
            if document.corrects
            else t("Invoice {number} of {seller} ({amount})", **about)
        ),
        title=names.numbered(document, t),
        amount=amount,
        lines=(_what(document, t), how, *_backup(paid, t), attached.strip()),
        link=(t("Open Slack"), home_url) if home_url else None,
        seller=document.seller.name,
        accent=document.seller.accent,
        foot=_foot(document.seller, t),
    )


def payment_failed(event: PaymentFailed, seller: Seller, home_url: str, t: Translator) -> Letter:
    """It could not be collected, and whether it is tried again."""
    said = _about(event, t)
    again = t("It won't be tried again.")
    if event.try_at is not None and event.next_card:
        again = t(
            "Next try on {date}, with the backup card {card}.",
            date=t.day_of(event.try_at, event.time_zone),
            card=card_name_of(event.next_card),
        )
    elif event.try_at is not None:
        again = t("Next try on {date}.", date=t.day_of(event.try_at, event.time_zone))
    elif event.ends_at is not None:
        again = t(
            "It won't be tried again automatically. {what} ends on {date} unless it is paid.",
            what=said["what"],
            date=t.day_of(event.ends_at, event.time_zone),
        )
    subject, title, happened = _failure(event, t)
    return Letter(
        subject=subject,
        title=title,
        amount=said["amount"],
        lines=(happened, *failed_too(event, card_name_of, t), again),
        ways=(t("To pay now or with another card, type /billing in Slack."),) if event.is_still_owed else (),
        link=(t("Open Slack"), home_url) if home_url else None,
        seller=seller.name,
        accent=seller.accent,
        foot=_foot(seller, t),
    )


def _failure(event: PaymentFailed, t: Translator) -> tuple[str, str, str]:
    """Subject, title and first sentence: of what happened just now, or of a reminder of it."""
    said = {"reason": t(decline_reason(event.reason)), **_about(event, t)}
    if event.is_reminder:
        return (
            t("Reminder: {amount} for {what} is unpaid", **said),
            t("Payment reminder"),
            t("{amount} with VAT for {what} of {property} is still unpaid: {reason}.", **said),
        )
    return (
        t("Payment failed: {amount} for {what}", **said),
        t("Payment failed"),
        t(
            "Payment of {amount} with VAT for {what} of {property} failed: {reason}. Nothing was charged.",
            **said,
        ),
    )


def ended_unpaid(event: SubscriptionEnded, seller: Seller, home_url: str, t: Translator) -> Letter:
    """What was owed for it stayed unpaid to the last day."""
    what, date = f"{event.add_on} {event.plan}", t.day_of(event.ended_at, event.time_zone)
    return Letter(
        subject=t("{what} ended: payment failed", what=what),
        title=what,
        amount=date,
        lines=(
            t(
                "{what} of {property} ended on {date} because its payment failed. You won't be charged again.",
                what=what,
                property=event.property_name,
                date=date,
            ),
        ),
        ways=(t("To restart it, type /billing renew in Slack."),),
        link=(t("Open Slack"), home_url) if home_url else None,
        seller=seller.name,
        accent=seller.accent,
        foot=_foot(seller, t),
    )


def renewal_overdue(event: RenewalOverdue, seller: Seller, home_url: str, t: Translator) -> Letter:
    """It could not be renewed, or ended, however often it was tried."""
    said = {"what": f"{event.add_on} {event.plan}", "property": event.property_name}
    date = t.day_of(event.due_at, event.time_zone)
    if event.cancelled:
        subject = t("Not ended yet: {what}", **said)
        sentence = t(
            "{what} of {property} was to end on {date}, and that could not be done yet.", date=date, **said
        )
    else:
        subject = t("Not renewed yet: {what}", **said)
        sentence = t("{what} of {property} could not be renewed on {date}.", date=date, **said)
    return Letter(
        subject=subject,
        title=said["what"],
        amount=date,
        lines=(
            sentence,
            t("Nothing was charged, and the plan goes on meanwhile. It is tried again at least once a day."),
        ),
        ways=() if event.cancelled else (t("In Slack, /billing shows its address and can cancel it."),),
        link=(t("Open Slack"), home_url) if home_url else None,
        seller=seller.name,
        accent=seller.accent,
        foot=_foot(seller, t),
    )


def confirm_at_bank(event: AuthenticationNeeded, seller: Seller, t: Translator) -> Letter:
    """The bank wants the payer, on its own page."""
    said = _about(event, t)
    return Letter(
        subject=t("Please confirm {amount} for {what}", **said),
        title=t("Please confirm"),
        amount=said["amount"],
        lines=(
            t(
                "Your bank asks you to confirm the payment of {amount} with VAT for {what} of {property}.",
                **said,
            ),
            _otherwise(event, t),
        ),
        link=(t("Confirm at the bank"), event.url) if event.url else None,
        seller=seller.name,
        accent=seller.accent,
        foot=_foot(seller, t),
    )


def _otherwise(event: AuthenticationNeeded, t: Translator) -> str:
    if otherwise := unless_confirmed(event, card_name_of, t):
        return f"{t('Nothing has been charged yet.')} {otherwise}"
    return t("Nothing has been charged yet, and nothing is tried until you confirm.")


def _backup(paid: PaymentReceived | None, t: Translator) -> tuple[str, ...]:
    """Why the backup card was charged, where it was."""
    said = " ".join(stood_in(paid, card_name_of, t)) if paid else ""
    return (said,) if said else ()


def plain_letter(
    subject: str, title: str, amount: str, lines: tuple[str, ...], seller: Seller, t: Translator
) -> Letter:
    """A letter of this seller without a button."""
    return Letter(subject, title, amount, lines, None, seller.name, seller.accent, _foot(seller, t))


def _what(document: InvoiceDocument, t: Translator) -> str:
    """What was sold, to whom, for which days; of a credit note also what it corrects."""
    line = document.lines[0]
    what = t(
        "{what} for {property}, {first} – {last}.",
        what=f"{line.add_on} {line.plan}",
        property=document.property_name,
        first=t.date(min(one.first_day for one in document.lines)),
        last=t.date(max(one.last_day for one in document.lines)),
    )
    return f"{names.correction(document, t)}: {what}" if document.corrects else what


def _paid(event: PaymentReceived, date: str, t: Translator) -> str:
    """Who gave how much. What the card did not give was credit; a total below zero went to the credit."""
    by_card, by_credit = (
        t.money(Money(minor, event.currency)) for minor in (event.minor, event.credit_minor)
    )
    method = card_name_of(event.card)
    if event.total_minor < 0:
        return t("Added to your credit balance on {date}; your next invoices use it first.", date=date)
    if event.total_minor == 0:
        return t("There was nothing to pay.")
    carried = t.money(Money(abs(event.carried_minor), event.currency))
    if event.carried_minor:
        said = [t("{amount} was paid with {method} on {date}.", amount=by_card, method=method, date=date)]
        if event.credit_minor:
            said.append(
                t("{amount} was paid from your credit balance on {date}.", amount=by_credit, date=date)
            )
        if event.carried_minor > 0:
            said.append(
                t("{amount} is too little to charge by itself and is on your next invoice.", amount=carried)
            )
        else:
            said.append(t("That includes {amount} from earlier invoices.", amount=carried))
        return " ".join(said[0 if event.minor else 1 :])
    if event.minor == 0:
        return t("{amount} was paid from your credit balance on {date}.", amount=by_credit, date=date)
    if event.minor == event.total_minor:
        return t("{amount} was paid with {method} on {date}.", amount=by_card, method=method, date=date)
    if event.minor > event.total_minor:
        return t(
            "{amount} was paid with {method} on {date}. The VAT rate changed meanwhile, so {credit} of it was added "
            "to your credit balance.",
            amount=by_card,
            credit=t.money(Money(event.minor - event.total_minor, event.currency)),
            method=method,
            date=date,
        )
    return t(
        "{amount} was paid with {method} and {credit} from your credit balance on {date}.",
        amount=by_card,
        credit=by_credit,
        method=method,
        date=date,
    )


def _about(event: AuthenticationNeeded | PaymentFailed, t: Translator) -> dict[str, str]:
    amount = t.money(Money(event.minor, event.currency))
    return {"amount": amount, "what": f"{event.add_on} {event.plan}", "property": event.property_name}


def _foot(seller: Seller, t: Translator) -> tuple[str, ...]:
    number = (t("VAT number {number}", number=seller.vat_number),) if seller.vat_number else ()
    return (seller.name, ", ".join(seller.address), *number)
