"""What the channel is told of money: received, refused, waited for, or come too late."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from billing.backup_words import failed_too, stood_in
from billing.i18n import Translator
from billing.values.declines import another_card_helps, decline_reason, refund_reason
from billing.values.events import (
    CardSaved,
    LatePaymentCredited,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    RefundFailed,
    UnissuedPaymentCredited,
)
from billing.values.money import Money
from bot.blocks import Message, actions, clip, escape, section
from bot.views import phrases
from bot.views.payment_methods import add_card_button, change_card_button, open_button_of, what_is_charged
from bot.views.payments import of_paid, pay_button_that_asks, tried_again
from bot.views.phrases import about

# The reason of a payment for which nobody was asked.
NO_CARD = "no_payment_method"


def received(event: PaymentReceived, t: Translator) -> Message:
    """The receipt. What the card did not give was credit; a total below zero went to the credit."""
    amount, number = t.money(Money(abs(event.total_minor), event.currency)), escape(event.number)
    if event.total_minor < 0:
        sentence = t(
            "Credited: {amount} with VAT for {what} of {property}, invoice {number}.",
            amount=amount,
            number=number,
            **about(event),
        )
    elif event.total_minor == max(event.carried_minor, 0):
        sentence = t(
            "Invoiced: {amount} with VAT for {what} of {property}, invoice {number}.",
            amount=amount,
            number=number,
            **about(event),
        )
    else:
        sentence = t(
            "Paid: {amount} with VAT for {what} of {property}, invoice {number}.",
            amount=amount,
            number=number,
            **about(event),
        )
    told = _sentence(" ".join([sentence, _how(event, t), *stood_in(event, phrases.charged_card, t)]))
    if not event.declined_card:
        return told
    return Message(
        told.text, [*told.blocks, actions(change_card_button(event.subscription_id, _name(event), t))]
    )


def failed(event: PaymentFailed, t: Translator) -> Message:
    """With what can be done about it while it is still to be collected."""
    amount = t.money(Money(event.minor, event.currency))
    if event.is_reminder:
        sentence = t(
            "Reminder: {amount} with VAT for {what} of {property} is still unpaid: {reason}.",
            amount=amount,
            reason=t(decline_reason(event.reason)),
            **about(event),
        )
    elif event.reason == NO_CARD:
        sentence = t(
            "{amount} with VAT for {what} of {property} wasn't charged: it has no card yet. No bank was asked.",
            amount=amount,
            **about(event),
        )
    else:
        sentence = t(
            "Payment of {amount} with VAT for {what} of {property} failed: {reason}. Nothing was charged.",
            amount=amount,
            reason=t(decline_reason(event.reason)),
            **about(event),
        )
    again = tried_again(event.try_at, event.ends_at, event.add_on, event.time_zone, t, event.next_card)
    told = _sentence(" ".join([sentence, *failed_too(event, phrases.charged_card, t), again]))
    if event.reason == NO_CARD and (event.try_at or event.ends_at):
        return Message(told.text, [*told.blocks, actions(add_card_button(event.subscription_id, t))])
    if not event.can_pay_now:
        return told
    name = _name(event)
    to_pay = Money(event.minor, event.currency)
    pay = pay_button_that_asks(event.payment_id, to_pay, name, event.property_name, t)
    if not another_card_helps(event.reason):
        return Message(told.text, [*told.blocks, actions(pay)])
    other_card = open_button_of(event.subscription_id, name, t)
    return Message(told.text, [*told.blocks, actions(pay, other_card)])


def disputed(event: PaymentDisputed, t: Translator) -> Message:
    """How a dispute stands. It changes nothing here by itself, and that is said."""
    said = {"amount": t.money(Money(event.minor, event.currency)), **about(event)}
    if event.state == "won":
        return _sentence(
            t("The dispute over {amount} for {what} of {property} is closed: the payment stands.", **said)
        )
    if event.state == "lost":
        return _sentence(
            t(
                "The dispute over {amount} for {what} of {property} is closed: the bank gave the money back to the "
                "cardholder. The invoice and the plan stay as they are for now.",
                **said,
            )
        )
    return _sentence(
        t(
            "{amount} paid for {what} of {property} was disputed with the cardholder's bank. "
            "The invoice and the plan stay as they are while the bank decides.",
            **said,
        )
    )


def card_saved(event: CardSaved, t: Translator) -> Message:
    """In the place of the link to the card page."""
    if event.add_on:
        saved = t(
            "{card} is saved and now pays for {what} of {property}.",
            card=phrases.charged_card(event.card),
            **about(event),
        )
        due = Money(event.due_minor, event.currency) if event.due_minor else None
        sentence = f"{saved} {what_is_charged(due, event.due_at, event.time_zone, t)}"
    else:
        sentence = t(
            "{card} is saved for {property}. Nothing was charged.",
            card=phrases.charged_card(event.card),
            property=escape(event.property_name),
        )
    return _sentence(sentence)


def late_payment_credited(event: LatePaymentCredited, t: Translator) -> Message:
    return _sentence(
        t(
            "{amount} for {what} of {property} arrived when no payment was due any more. It was added to the "
            "credit balance of {property}, which the next invoices use first.",
            amount=t.money(Money(event.minor, event.currency)),
            **about(event),
        )
    )


def unissued_payment_credited(event: UnissuedPaymentCredited, t: Translator) -> Message:
    what = {
        "purchase": t("to buy {what} for {property}", **about(event)),
        "restart": t("to restart {what} of {property}", **about(event)),
    }
    return _sentence(
        t(
            "{amount} was charged {paid_for}, but no invoice can be issued for it, so nothing was changed. "
            "The {amount} is credit of {property} now: the next invoices use it first. "
            "Check the billing address and the company, then try again.",
            amount=t.money(Money(event.minor, event.currency)),
            paid_for=what.get(event.paid_for, t("to change {what} of {property}", **about(event))),
            property=escape(event.property_name),
        )
    )


def refund_failed(event: RefundFailed, t: Translator) -> Message:
    """To the admins to whom it was promised; to the seller's own people with what stands where now."""
    said = {
        "amount": t.money(Money(event.minor, event.currency)),
        "number": escape(event.number),
        "reason": t(refund_reason(event.reason)),
        "property": escape(event.property_name),
    }
    if event.workspace_name:
        return _sentence(" ".join(_to_be_given_back(event, said, t)))
    return _sentence(
        t(
            "The refund of {amount} for invoice {number} of {property} failed: {reason}. The money didn't reach the "
            "card and is still yours. Ask whoever runs this app how you will get it.",
            **said,
        )
    )


def _to_be_given_back(event: RefundFailed, said: Mapping[str, str], t: Translator) -> Iterator[str]:
    promised, credit = (
        Money(minor, event.currency) for minor in (event.promised_minor, event.minor - event.promised_minor)
    )
    yield t(
        "The refund of {amount} {of_what} to {property} ({workspace}) failed: {reason}. The money is back in the "
        "gateway's account.",
        of_what=of_paid(event.number, t),
        workspace=escape(event.workspace_name),
        **said,
    )
    if promised.minor:
        yield t("{amount} of it is promised to the card again.", amount=t.money(promised))
    if credit.minor:
        yield t("{amount} of it is credit of the customer again.", amount=t.money(credit))
    if event.asked_by:
        yield t("<@{by}> had asked for it.", by=event.asked_by)


def invoice_and_card(event: PaymentReceived, t: Translator) -> str:
    """What a receipt adds to a message in which the amount stands already."""
    return " ".join((t("Invoice {number}.", number=escape(event.number)), _how(event, t)))


def _name(event: PaymentReceived | PaymentFailed) -> str:
    return clip(f"{event.add_on} {event.plan}", phrases.SHORT_NAME)


def _how(event: PaymentReceived, t: Translator) -> str:
    """Who gave which part."""
    name, card = escape(event.property_name), phrases.charged_card(event.card)
    credit = t.money(Money(event.credit_minor, event.currency))
    if event.carried_minor:
        return " ".join(_parts(event, t))
    if event.total_minor == 0:
        return t("There was nothing to charge.")
    if event.total_minor < 0:
        return t(
            "Added to the credit balance of {property}, which the next invoices use first.", property=name
        )
    if event.minor == 0:
        return t("Paid in full from the credit balance of {property}; no card was charged.", property=name)
    if event.minor == event.total_minor:
        return t("Charged to {card}.", card=card)
    amount = t.money(Money(event.minor, event.currency))
    if event.minor > event.total_minor:
        return t(
            "{amount} charged to {card}; the VAT rate changed meanwhile, so {credit} of it was added to the credit "
            "balance of {property}.",
            amount=amount,
            card=card,
            credit=t.money(Money(event.minor - event.total_minor, event.currency)),
            property=name,
        )
    return t(
        "{amount} charged to {card}, {credit} paid from the credit balance of {property}.",
        amount=amount,
        card=card,
        credit=credit,
        property=name,
    )


def _parts(event: PaymentReceived, t: Translator) -> Iterator[str]:
    """Who gave which part, where some is carried to the next invoice or was left by former ones."""
    name, card = escape(event.property_name), phrases.charged_card(event.card)
    by_card, by_credit, carried = (
        t.money(Money(minor, event.currency))
        for minor in (event.minor, event.credit_minor, abs(event.carried_minor))
    )
    if event.minor:
        yield t("{amount} was charged to {card}.", amount=by_card, card=card)
    if event.credit_minor:
        yield t("{amount} came from the credit balance of {property}.", amount=by_credit, property=name)
    if event.carried_minor > 0:
        yield t("{amount} is too little to charge by itself and is on the next invoice.", amount=carried)
    else:
        yield t("That includes {amount} from earlier invoices.", amount=carried)


def _sentence(sentence: str) -> Message:
    return Message(sentence, [section(sentence)])
