"""What billing contacts are mailed beside receipts: their code, payment problems, reminders, contract changes."""

from __future__ import annotations

from dataclasses import replace

from billing.adapters.mail.letters import Letter, plain_letter
from billing.i18n import Translator
from billing.values.contacts import ContactKind
from billing.values.cycles import Interval
from billing.values.documents import Seller
from billing.values.events import (
    AuthenticationNeeded,
    CancellationUndone,
    ChangePlanned,
    ContactToConfirm,
    DetailsMissing,
    Event,
    PaidEvent,
    PaymentDisputed,
    PlanChanged,
    PlannedChangeDropped,
    PlannedChangeUndone,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    SubscriptionTransferred,
    TrialExtended,
)
from billing.values.money import Money
from billing.values.terms import PlanTerms

CODE_GROUP = 5


def kind_name(kind: ContactKind, t: Translator) -> str:
    """The kind of mail in a sentence."""
    return {
        ContactKind.RECEIPTS: t("receipts"),
        ContactKind.PAYMENT_PROBLEMS: t("payment problems"),
        ContactKind.REMINDERS: t("reminders"),
        ContactKind.CONTRACT_CHANGES: t("contract changes"),
    }[kind]


def to_confirm(
    event: ContactToConfirm,
    code: str,
    link: str,
    kinds: tuple[ContactKind, ...],
    seller: Seller,
    t: Translator,
) -> Letter:
    """The code by which an address that was typed by hand is confirmed, large, and who is to get it.

    Where the desk has an address for browsers, a `link` does the same.
    """
    property_name = event.property_name
    letter = plain_letter(
        t("Confirm this address for the billing of {property}", property=property_name),
        t("Your code"),
        f"{code[:CODE_GROUP]}-{code[CODE_GROUP:]}",
        (
            t(
                "Someone at {property} chose this address as a billing contact, to get by email: {kinds}.",
                property=property_name,
                kinds=", ".join(kind_name(kind, t) for kind in kinds),
            ),
            _how_to_agree(t, by_link=bool(link)),
            t("If you don't know {property}, ignore this email.", property=property_name),
        ),
        seller,
        t,
    )
    return replace(letter, link=(t("Confirm this address"), link)) if link else letter


def _how_to_agree(t: Translator, *, by_link: bool) -> str:
    if by_link:
        return t(
            "To agree, press the button below and confirm on the page, or give them this code: they type it in "
            "Slack, under /billing contacts. Either works for 7 days. Nothing else is sent here before that."
        )
    return t(
        "To agree, give them this code within 7 days. They type it in Slack, under /billing contacts. "
        "Nothing else is sent here before that."
    )


def for_contact(letter: Letter, property_name: str, t: Translator, *, in_slack: bool) -> Letter:
    """The letter, which says why it comes; without the ways through Slack for who has none."""
    why = t("You get this email as a billing contact of {property}.", property=property_name)
    to_all = replace(letter, foot=(*letter.foot, why))
    return to_all if in_slack else replace(to_all, link=None, ways=())


def waits_for_bank(event: AuthenticationNeeded, seller: Seller, t: Translator) -> Letter:
    """The same as the payer reads, without the bank's page: that is theirs alone."""
    said = _about(event) | {"amount": t.money(Money(event.minor, event.currency))}
    return plain_letter(
        t("Waiting for the bank: {amount} for {what}", **said),
        t("Waiting for the bank"),
        said["amount"],
        (
            t(
                "The bank asks the cardholder to confirm the payment of {amount} with VAT for {what} of {property}. "
                "They were told. Nothing has been charged yet.",
                **said,
            ),
        ),
        seller,
        t,
    )


def disputed(event: PaymentDisputed, seller: Seller, t: Translator) -> Letter:
    """How a dispute stands, and that it changes nothing by itself."""
    said = _about(event) | {"amount": t.money(Money(event.minor, event.currency))}
    if event.state == "won":
        sentence = t(
            "The dispute over {amount} for {what} of {property} is closed: the payment stands.", **said
        )
    elif event.state == "lost":
        sentence = t(
            "The dispute over {amount} for {what} of {property} is closed: the bank gave the money back to the "
            "cardholder. The invoice and the plan stay as they are for now.",
            **said,
        )
    else:
        sentence = t(
            "{amount} paid for {what} of {property} was disputed with the cardholder's bank. "
            "The invoice and the plan stay as they are while the bank decides.",
            **said,
        )
    subject = t("Payment disputed: {amount} for {what}", **said)
    return plain_letter(subject, t("Payment disputed"), said["amount"], (sentence,), seller, t)


def details_missing(event: DetailsMissing, seller: Seller, t: Translator) -> Letter:
    """What a subscription lacks before its next charge."""
    said = _about(event) | {
        "amount": t.money(Money(event.minor, event.currency)),
        "date": t.day_of(event.charge_at, event.time_zone),
    }
    lacks = {
        "card": t("a card"),
        "address": t("a billing address"),
        "receipts": t("someone who gets its receipts"),
    }
    missing = ", ".join(lacks[one] for one in event.missing.split())
    sentence = t(
        "The next charge for {what} of {property} is on {date}: {amount} with VAT. It still lacks: {missing}.",
        missing=missing,
        **said,
    )
    subject = t("Reminder: {what} lacks details before {date}", **said)
    return plain_letter(subject, said["what"], said["date"], (sentence,), seller, t)


def contract_change(event: Event, seller: Seller, t: Translator) -> Letter | None:
    """What changed in the contract of one subscription; None for what is no such change."""
    found = _change(event, t)
    if found is None:
        return None
    subject, sentence = found
    return plain_letter(
        subject, _about(event)["what"], event.property_name, (sentence, *_paid(event, t)), seller, t
    )


def _change(event: Event, t: Translator) -> tuple[str, str] | None:
    """Subject and sentence."""
    said = _about(event)
    match event:
        case SubscriptionStarted(trial_ends_at=trial_ends_at) if trial_ends_at:
            said["date"] = t.day_of(trial_ends_at, event.time_zone)
            return t("Free trial started: {what}", **said), t(
                "The free trial of {what} of {property} started. It ends on {date}.", **said
            )
        case SubscriptionStarted():
            return t("Bought: {what}", **said), t("{what} of {property} was bought and is active.", **said)
        case SubscriptionRestarted():
            return t("Restarted: {what}", **said), t("{what} of {property} was restarted.", **said)
        case SubscriptionCancelled():
            said["date"] = t.day_of(event.ends_at, event.time_zone)
            return t("Cancelled: {what}", **said), _cancelled(event, said, t)
        case TrialExtended():
            said["date"] = t.day_of(event.ends_at, event.time_zone)
            return t("Free trial extended: {what}", **said), t(
                "The free trial of {what} of {property} goes on until {date}. Nothing is charged before.",
                **said,
            )
        case CancellationUndone(unpaid=True):
            sentence = t("The cancellation of {what} of {property} was undone.", **said)
            return t("Cancellation undone: {what}", **said), f"{sentence} {_owed(event, t)}"
        case CancellationUndone():
            said["date"] = t.day_of(event.next_charge_at, event.time_zone)
            return t("Cancellation undone: {what}", **said), t(
                "The cancellation of {what} of {property} was undone. Its next charge is on {date}.", **said
            )
        case SubscriptionEnded():
            said["date"] = t.day_of(event.ended_at, event.time_zone)
            return t("Ended: {what}", **said), t(
                "{what} of {property} ended on {date} and isn't renewed.", **said
            )
        case SubscriptionTransferred():
            return t("Transferred: {what}", **said), t(
                "{what} moved from the property {before} to {property}, with its history. Nothing was charged.",
                before=event.from_property,
                **said,
            )
    return _plan_change(event, t)


def _cancelled(event: SubscriptionCancelled, said: dict[str, str], t: Translator) -> str:
    """When it ends, and what is still collected by itself."""
    if event.given_up_at is not None and event.given_up_at < event.ends_at:
        sentence = t(
            "{what} of {property} was cancelled. It ends on {date}, or on {last_day} if the past-due invoice stays "
            "unpaid.",
            last_day=t.day_of(event.given_up_at, event.time_zone),
            **said,
        )
    else:
        sentence = t(
            "{what} of {property} was cancelled. It stays active until {date} and isn't renewed.", **said
        )
    is_collected = event.unpaid and (event.try_at is not None or event.given_up_at is None)
    return f"{sentence} {t('What is still unpaid is collected all the same.')}" if is_collected else sentence


def _owed(event: CancellationUndone, t: Translator) -> str:
    """What becomes of its past-due invoice."""
    if event.try_at is not None:
        date = t.day_of(event.try_at, event.time_zone)
        return t("Its past-due invoice is tried again on {date}.", date=date)
    if event.given_up_at is not None:
        date = t.day_of(event.given_up_at, event.time_zone)
        return t("It ends on {date} unless its past-due invoice is paid.", date=date)
    return t("Its past-due invoice is still unpaid.")


def _plan_change(event: Event, t: Translator) -> tuple[str, str] | None:
    said = _about(event)
    match event:
        case ChangePlanned():
            said |= {"add_on": event.add_on, "date": t.day_of(event.applies_at, event.time_zone)}
            return t("Change scheduled: {what}", **said), t(
                "{add_on} of {property} changes from {before} to {next} on {date}. Nothing is charged now.",
                before=_terms(event.had.beside(event.gets), t),
                next=_terms(event.gets.beside(event.had), t),
                **said,
            )
        case PlannedChangeUndone():
            return t("Scheduled change undone: {what}", **said), t(
                "The scheduled change of {what} of {property} was undone. The plan stays.", **said
            )
        case PlannedChangeDropped():
            said["next"] = _terms(event.gets.beside(event.had), t)
            if event.is_replaced:
                return t("Scheduled change replaced: {what}", **said), t(
                    "The scheduled change of {what} of {property} to {next} was replaced by another one.",
                    **said,
                )
            return t("Scheduled change dropped: {what}", **said), t(
                "The scheduled change of {what} of {property} to {next} will not happen: the plan was cancelled or "
                "has ended.",
                **said,
            )
        case PlanChanged():
            before = _terms(event.had.beside(event.has), t)
            has = f"{event.add_on} {_terms(event.has.beside(event.had), t)}"
            return t("Plan changed: {what}", **said), t(
                "{property} has {what} now. Before, it was on {before}.",
                before=before,
                **said | {"what": has},
            )
    return None


def _terms(named: PlanTerms, t: Translator) -> str:
    what = named.counted
    if named.interval is None:
        return what
    if named.interval is Interval.YEAR:
        return t("{what}, billed yearly", what=what)
    return t("{what}, billed monthly", what=what)


def _paid(event: Event, t: Translator) -> tuple[str, ...]:
    """What was paid with the change, where something was."""
    if not isinstance(event, PaidEvent) or not event.currency or event.total_minor <= 0:
        return ()
    amount = t.money(Money(event.total_minor, event.currency))
    return (t("Paid for it: {amount} with VAT.", amount=amount),)


def _about(event: Event) -> dict[str, str]:
    return {"what": f"{event.add_on} {event.plan}", "property": event.property_name}
