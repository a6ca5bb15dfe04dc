"""What the property's billing channel is told when something has happened."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.events import (
    AuthenticationNeeded,
    BillingAdminLeft,
    BillingAdminReplaced,
    CancellationUndone,
    CardSaved,
    ChangePlanned,
    ChannelUnusable,
    CreditNoteIssued,
    LatePaymentCredited,
    MemberChanged,
    PaidEvent,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    PlanChanged,
    PlannedChangeDropped,
    PlannedChangeUndone,
    PropertyEvent,
    ReceiptUndelivered,
    RecipientLeft,
    RenewalOverdue,
    RoleAskedFor,
    RoleDeclined,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionRestarted,
    SubscriptionStarted,
    SubscriptionTransferred,
    SupportAsked,
    SupportReceived,
    UnissuedPaymentCredited,
)
from billing.values.money import Money
from billing.values.snapshots import InvoiceFile, PaidTimeLost
from bot.blocks import Message, actions, clip, context, escape, plain_context, section
from bot.views import (
    access,
    changes,
    channels,
    credit_notes,
    invoices,
    members,
    receipts,
    receipts_by_mail,
    renewals,
    support,
)
from bot.views.phrases import SHORT_NAME, about, plan_and_quantity
from bot.views.subscriptions import reason_in_words, still_charged, undo_button_that_asks


def announcement(event: PropertyEvent, t: Translator) -> Message:
    """The message of that event, in the language of those who read it."""
    match event:
        case MemberChanged():
            return members.changed(event, t)
        case BillingAdminLeft():
            return members.payer_left(event, t)
        case BillingAdminReplaced():
            return members.payer_replaced(event, t)
        case RecipientLeft():
            return receipts_by_mail.recipient_left(event, t)
        case RoleAskedFor():
            return members.asked_for(event, t)
        case RoleDeclined():
            return access.your_request_declined(event, t)
        case SupportAsked():
            return support.asked(event, t)
        case SupportReceived():
            return support.received(event, t)
        case SubscriptionCancelled():
            return _cancelled(event, t)
        case ChangePlanned():
            return _planned(event, t)
        case SubscriptionEnded():
            return _ended(event, t)
        case RenewalOverdue():
            return renewals.overdue(event, t)
        case PaymentReceived():
            return receipts.received(event, t)
        case PaymentFailed():
            return receipts.failed(event, t)
        case PaymentDisputed():
            return receipts.disputed(event, t)
        case AuthenticationNeeded():
            return receipts.authentication_needed(event, t)
        case CardSaved():
            return receipts.card_saved(event, t)
        case LatePaymentCredited():
            return receipts.late_payment_credited(event, t)
        case UnissuedPaymentCredited():
            return receipts.unissued_payment_credited(event, t)
        case CreditNoteIssued():
            return credit_notes.issued(event, t)
        case ChannelUnusable():
            return channels.unusable(event, t)
        case ReceiptUndelivered():
            return receipts_by_mail.undelivered(event, t)
    sentence = _sentence(event, t)
    return Message(sentence, [section(sentence)])


def for_one(event: PropertyEvent, t: Translator) -> Message:
    """The same for the one person whom it concerns: with what only they may see or do."""
    match event:
        case AuthenticationNeeded():
            return receipts.confirm_at_bank(event, t)
        case MemberChanged():
            return access.your_role(event, t)
    return announcement(event, t)


def in_place_of(before: PropertyEvent, event: PropertyEvent, t: Translator) -> Message:
    """What the message of the same thing says from now on, on the day on which it was written."""
    if isinstance(before, PaidEvent) and isinstance(event, PaymentReceived):
        sentence = f"{announcement(before, t).text} {receipts.invoice_and_card(event, t)}"
        return Message(sentence, [section(sentence)])
    now = announcement(event, t)
    earlier = t("Earlier: {sentence}", sentence=announcement(before, t).text)
    return Message(now.text, [*now.blocks, context(earlier)])


def closed(event: PropertyEvent, t: Translator) -> Message:
    """An earlier message once something else is true: what it said, without what can't be done any more."""
    sentence = announcement(event, t).text
    return Message(sentence, [section(sentence)])


def document_comment(event: PropertyEvent, file: InvoiceFile, t: Translator) -> str:
    """The sentence above a document in the thread."""
    if isinstance(event, CreditNoteIssued):
        return credit_notes.pdf_message(file, t)
    return invoices.pdf_message(file, t)


def _sentence(event: PropertyEvent, t: Translator) -> str:
    """What needs no more than a sentence."""
    match event:
        case SubscriptionStarted():
            return _started(event, t)
        case CancellationUndone():
            return _undone(event, t)
        case SubscriptionRestarted():
            return _restarted(event, t)
        case PlannedChangeUndone():
            return _plan_kept(event, t)
        case PlannedChangeDropped():
            return _plan_dropped(event, t)
        case PlanChanged():
            return _changed(event, t)
        case SubscriptionTransferred():
            return _transferred(event, t)
    raise ValueError(f"there is no announcement of {event.kind}")


def _started(event: SubscriptionStarted, t: Translator) -> str:
    if event.trial_ends_at is None and event.currency:
        return t(
            "<@{by}> bought {what} for {property}. Paid: {amount} with VAT.",
            by=event.by,
            amount=_paid(event, t),
            **about(event),
        )
    if event.trial_ends_at is None:
        return t(
            "<@{by}> bought {what} for {property}. It's paid and active; the receipt shows the amount.",
            by=event.by,
            **about(event),
        )
    return t(
        "<@{by}> started a free trial of {what} for {property}. Nothing was charged. The trial ends with the "
        "first charge on {date}.",
        by=event.by,
        date=t.day_of(event.trial_ends_at, event.time_zone),
        **about(event),
    )


def _cancelled(event: SubscriptionCancelled, t: Translator) -> Message:
    date = t.day_of(event.ends_at, event.time_zone)
    sentence = t(
        "<@{by}> cancelled {what} of {property}. It stays active until {date}, then ends. {charges}",
        by=event.by,
        date=date,
        charges=still_charged(t) if event.unpaid else t("It won't be charged again."),
        **about(event),
    )
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    question = t(
        "{what} of {property} continues as before. Nothing is charged now. Next charge on {date}.",
        what=name,
        property=clip(event.property_name, SHORT_NAME),
        date=date,
    )
    undo = undo_button_that_asks(event.subscription_id, event.ends_at, name, question, t)
    reason = plain_context(t("Reason: {reason}", reason=reason_in_words(event.reason, t)))
    return Message(sentence, [section(sentence), reason, actions(undo)])


def _undone(event: CancellationUndone, t: Translator) -> str:
    return t(
        "<@{by}> undid the cancellation of {what} of {property}. It continues as before. Nothing was "
        "charged. Next charge on {date}.",
        by=event.by,
        date=t.day_of(event.next_charge_at, event.time_zone),
        **about(event),
    )


def _ended(event: SubscriptionEnded, t: Translator) -> Message:
    date = t.day_of(event.ended_at, event.time_zone)
    if event.unpaid:
        sentence = t(
            "{what} of {property} ended on {date} because its payment failed. It won't be charged again.",
            date=date,
            **about(event),
        )
    else:
        sentence = t(
            "{what} of {property} ended on {date}. It won't be charged again.", date=date, **about(event)
        )
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    renew = renewals.open_button(event.subscription_id, name, t)
    return Message(sentence, [section(sentence), actions(renew)])


def _paid(event: PaidEvent, t: Translator) -> str:
    return t.money(Money(event.total_minor, event.currency))


def _restarted(event: SubscriptionRestarted, t: Translator) -> str:
    if event.currency:
        return t(
            "<@{by}> restarted {what} of {property}. Paid: {amount} with VAT.",
            by=event.by,
            amount=_paid(event, t),
            **about(event),
        )
    return t(
        "<@{by}> restarted {what} of {property}. It's paid and active; the receipt shows the amount.",
        by=event.by,
        **about(event),
    )


def _planned(event: ChangePlanned, t: Translator) -> Message:
    sentence = t(
        "<@{by}> scheduled a change of {what} of {property}: {next} from {date}. Nothing was charged.",
        by=event.by,
        date=t.day_of(event.applies_at, event.time_zone),
        next=escape(plan_and_quantity(event.next_plan, event.quantity)),
        **about(event),
    )
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    undo = changes.undo_button_that_asks(event.subscription_id, event.change_id, name, event.property_name, t)
    return Message(sentence, [section(sentence), actions(undo)])


def _plan_kept(event: PlannedChangeUndone, t: Translator) -> str:
    return t(
        "<@{by}> undid the scheduled change of {what} of {property}. It stays as it is. Nothing was charged.",
        by=event.by,
        **about(event),
    )


def _plan_dropped(event: PlannedChangeDropped, t: Translator) -> str:
    return t(
        "<@{by}> replaced the scheduled change of {what} of {property} to {next}. It will not happen.",
        by=event.by,
        next=escape(plan_and_quantity(event.next_plan, event.quantity)),
        **about(event),
    )


def _changed(event: PlanChanged, t: Translator) -> str:
    sentence = _changed_by_person(event, t) if event.by else _changed_by_cycle(event, t)
    effective = _effective(event, t)
    if not event.lost_days:
        return f"{sentence} {effective}"
    amount = Money(event.lost_minor, event.currency)
    lost = PaidTimeLost(event.before, event.lost_days, event.lost_of_days, amount)
    return f"{sentence} {effective} {changes.lost_with_it(lost, t)}"


def _effective(event: PlanChanged, t: Translator) -> str:
    if not event.by:
        return t("Its new billing cycle is charged now; the receipt shows the amount.")
    if event.total_minor > 0:
        return t("Effective now. Paid: {amount} with VAT.", amount=_paid(event, t))
    return t("Effective now. Nothing was charged.") if event.currency else t("Effective now.")


def _changed_by_person(event: PlanChanged, t: Translator) -> str:
    if event.before == event.plan:
        return t(
            "<@{by}> changed the units or billing interval of {what} of {property}.",
            by=event.by,
            **about(event),
        )
    return t(
        "<@{by}> changed {add_on} of {property} from {before} to {plan}.",
        by=event.by,
        add_on=escape(event.add_on),
        property=escape(event.property_name),
        before=escape(event.before),
        plan=escape(event.plan),
    )


def _changed_by_cycle(event: PlanChanged, t: Translator) -> str:
    if event.before == event.plan:
        return t(
            "{what} of {property} has a new number of units or billing interval, as scheduled.",
            **about(event),
        )
    return t(
        "{add_on} of {property} changed from {before} to {plan}, as scheduled.",
        add_on=escape(event.add_on),
        property=escape(event.property_name),
        before=escape(event.before),
        plan=escape(event.plan),
    )


def _transferred(event: SubscriptionTransferred, t: Translator) -> str:
    return t(
        "<@{by}> transferred {what} from {from_property} to {property}, with its invoices. Nothing was "
        "charged and its dates stay the same. Before its next charge it needs a card and a billing address "
        "there.",
        by=event.by,
        from_property=escape(event.from_property),
        **about(event),
    )
