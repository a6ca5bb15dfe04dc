"""What the payer's bank wants to be confirmed: told in the channel, and asked of the Billing Admin."""

from __future__ import annotations

from billing.backup_words import unless_confirmed
from billing.i18n import Translator
from billing.values.events import AuthenticationNeeded
from billing.values.money import Money
from bot.blocks import Message, actions, section
from bot.views import phrases
from bot.views.payments import bank_button
from bot.views.phrases import about


def authentication_needed(event: AuthenticationNeeded, t: Translator) -> Message:
    """Without the bank's link: it is for the Billing Admin alone."""
    if event.is_over:
        return _withdrawn(event, t)
    said = {"amount": t.money(Money(event.minor, event.currency)), **about(event)}
    if otherwise := unless_confirmed(event, phrases.charged_card, t):
        waits = t(
            "Waiting for its Billing Admin to confirm the payment of {amount} with VAT for {what} of {property} "
            "at the bank. Nothing was charged.",
            **said,
        )
        return _message(f"{waits} {otherwise}")
    return _message(
        t(
            "Waiting for its Billing Admin to confirm the payment of {amount} with VAT for {what} of {property} "
            "at the bank. Nothing was charged, and nothing is tried until then.",
            **said,
        )
    )


def confirm_at_bank(event: AuthenticationNeeded, t: Translator) -> Message:
    """For the Billing Admin: the bank's page."""
    if event.is_over:
        return _withdrawn(event, t)
    said = {"amount": t.money(Money(event.minor, event.currency)), **about(event)}
    if otherwise := unless_confirmed(event, phrases.charged_card, t):
        asked = t(
            "Your bank asks you to confirm the payment of {amount} with VAT for {what} of {property}. Nothing "
            "has been charged yet.",
            **said,
        )
        sentence = f"{asked} {otherwise}"
    else:
        sentence = t(
            "Your bank asks you to confirm the payment of {amount} with VAT for {what} of {property}. Nothing "
            "has been charged yet, and nothing is tried until you confirm.",
            **said,
        )
    page = [actions(bank_button(event.payment_id, event.url, t))] if event.url else []
    return Message(sentence, [section(sentence), *page])


def _withdrawn(event: AuthenticationNeeded, t: Translator) -> Message:
    return _message(
        t(
            "The payment of {amount} with VAT for {what} of {property} was withdrawn before it was confirmed at the "
            "bank. Nothing was charged, and there is nothing to confirm.",
            amount=t.money(Money(event.minor, event.currency)),
            **about(event),
        )
    )


def _message(sentence: str) -> Message:
    return Message(sentence, [section(sentence)])
