"""What the property's billing channel is told when something has happened."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.events import (
    AppInstalled,
    AuthenticationNeeded,
    BillingAdminLeft,
    BillingAdminReplaced,
    BudgetReached,
    CancellationUndone,
    CardSaved,
    ChangePlanned,
    ChannelUnusable,
    ContactRefused,
    CreditNoteIssued,
    DetailsMissing,
    LatePaymentCredited,
    MemberChanged,
    MonthReported,
    PaidEvent,
    PaymentDisputed,
    PaymentFailed,
    PaymentReceived,
    PlanChanged,
    PlannedChangeDropped,
    PlannedChangeUndone,
    PropertyEvent,
    PurchaseRequested,
    QuotaUsed,
    ReceiptUndelivered,
    RecipientLeft,
    RefundFailed,
    Reminder,
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
    TrialExtended,
    UnissuedPaymentCredited,
    VatNumberRejected,
)
from billing.values.snapshots import InvoiceFile
from bot.blocks import Message, actions, clip, context, plain_context, section
from bot.views import (
    access,
    bank_questions,
    budgets,
    channels,
    contacts,
    credit_notes,
    install,
    invoices,
    members,
    monthly_reports,
    purchase_requests,
    receipts,
    receipts_by_mail,
    reminders,
    renewals,
    subscriptions,
    support,
    transfers,
    vat_numbers,
)
from bot.views.announced_changes import changed, paid, plan_dropped, plan_kept, planned
from bot.views.phrases import SHORT_NAME, about
from bot.views.quotas import quota_used


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
        case AppInstalled():
            return install.first_steps(t)
        case SubscriptionCancelled():
            return _cancelled(event, t)
        case ChangePlanned():
            return planned(event, t)
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
            return bank_questions.authentication_needed(event, t)
        case CardSaved():
            return receipts.card_saved(event, t)
        case LatePaymentCredited():
            return receipts.late_payment_credited(event, t)
        case UnissuedPaymentCredited():
            return receipts.unissued_payment_credited(event, t)
        case Reminder():
            return reminders.reminder(event, t)
        case DetailsMissing():
            return transfers.details_missing(event, t)
        case CreditNoteIssued():
            return credit_notes.issued(event, t)
        case ChannelUnusable():
            return channels.unusable(event, t)
        case MonthReported():
            return monthly_reports.reported(event, t)
        case ContactRefused():
            return contacts.refused(event, t)
        case VatNumberRejected():
            return vat_numbers.rejected(event, t)
        case BudgetReached():
            return budgets.reached(event, t)
        case PurchaseRequested():
            return purchase_requests.told(event, t)
        case RefundFailed():
            return receipts.refund_failed(event, t)
        case ReceiptUndelivered():
            return receipts_by_mail.undelivered(event, t)
    sentence = _sentence(event, t)
    return Message(sentence, [section(sentence)])


def for_one(event: PropertyEvent, t: Translator) -> Message:
    """The same for the one person whom it concerns: with what only they may see or do."""
    match event:
        case AuthenticationNeeded():
            return bank_questions.confirm_at_bank(event, t)
        case MemberChanged():
            return access.your_role(event, t)
    return announcement(event, t)


def in_place_of(before: PropertyEvent, event: PropertyEvent, t: Translator) -> Message:
    """What the message of the same thing says from now on, on the day on which it was written."""
    if isinstance(before, PaidEvent) and isinstance(event, PaymentReceived):
        sentence = f"{announcement(before, t).text} {receipts.invoice_and_card(event, t)}"
        return Message(sentence, [section(sentence)])
    now = announcement(event, t)
    if isinstance(event, PurchaseRequested):
        return now  # it says what was asked for
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
        case TrialExtended():
            return _trial_extended(event, t)
        case CancellationUndone():
            return _undone(event, t)
        case SubscriptionRestarted():
            return _restarted(event, t)
        case PlannedChangeUndone():
            return plan_kept(event, t)
        case PlannedChangeDropped():
            return plan_dropped(event, t)
        case PlanChanged():
            return changed(event, t)
        case SubscriptionTransferred():
            return transfers.moved(event, t)
        case QuotaUsed():
            return quota_used(event, t)
    raise ValueError(f"there is no announcement of {event.kind}")


def _started(event: SubscriptionStarted, t: Translator) -> str:
    if event.trial_ends_at is None and event.currency:
        return t(
            "<@{by}> bought {what} for {property}. {paid}",
            by=event.by,
            paid=paid(event, t),
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


def _trial_extended(event: TrialExtended, t: Translator) -> str:
    date = t.day_of(event.ends_at, event.time_zone)
    return t(
        "The provider extended the free trial of {what} of {property}: it goes on until {date}. Nothing is charged "
        "before.",
        date=date,
        **about(event),
    )


def _by_provider(sentence: str, by: str, t: Translator) -> str:
    """What the provider's software did, nobody can be mentioned for."""
    return sentence if by else sentence.replace("<@>", t("The provider"), 1)


def _cancelled(event: SubscriptionCancelled, t: Translator) -> Message:
    date, dunning = t.day_of(event.ends_at, event.time_zone), subscriptions.dunning_of(event)
    last_day = (dunning and dunning.ends_at) or event.ends_at
    sentence = t(
        "<@{by}> cancelled {what} of {property}. {ends} {charges}",
        by=event.by,
        ends=subscriptions.ends_on(date, last_day if last_day < event.ends_at else None, event.time_zone, t),
        charges=subscriptions.still_charged(dunning, t) if dunning else t("It won't be charged again."),
        **about(event),
    )
    if event.trial:
        sentence = t(
            "<@{by}> cancelled the free trial of {what} of {property}. It goes on until {date}, then ends. It won't "
            "be charged.",
            by=event.by,
            date=date,
            **about(event),
        )
    sentence = _by_provider(sentence, event.by, t)
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    question = t(
        "{what} of {property} continues. Nothing is charged now. {then}",
        what=name,
        property=clip(event.property_name, SHORT_NAME),
        then=subscriptions.what_then(date, dunning, event.time_zone, t),
    )
    undo = subscriptions.undo_button_that_asks(event.subscription_id, event.ends_at, name, question, t)
    reason = plain_context(t("Reason: {reason}", reason=subscriptions.reason_in_words(event.reason, t)))
    return Message(sentence, [section(sentence), reason, actions(undo)])


def _undone(event: CancellationUndone, t: Translator) -> str:
    date = t.day_of(event.next_charge_at, event.time_zone)
    sentence = t(
        "<@{by}> undid the cancellation of {what} of {property}. It continues. Nothing was charged. {then}",
        by=event.by,
        then=subscriptions.what_then(date, subscriptions.dunning_of(event), event.time_zone, t),
        **about(event),
    )
    return _by_provider(sentence, event.by, t)


def _ended(event: SubscriptionEnded, t: Translator) -> Message:
    date = t.day_of(event.ended_at, event.time_zone)
    said = about(event) | {"date": date}
    if event.unpaid:
        sentence = t(
            "{what} of {property} ended on {date} because its payment failed. It won't be charged again.",
            **said,
        )
    elif event.was == "trialing":
        sentence = t("The free trial of {what} of {property} ended on {date}. Nothing was charged.", **said)
    else:
        owes = event.was == "past_due"
        charges = t("Its past-due invoice is still unpaid.") if owes else t("It won't be charged again.")
        sentence = t("{what} of {property} ended on {date}. {charges}", charges=charges, **said)
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    renew = renewals.open_button(event.subscription_id, name, t)
    return Message(sentence, [section(sentence), actions(renew)])


def _restarted(event: SubscriptionRestarted, t: Translator) -> str:
    if event.currency:
        return t(
            "<@{by}> restarted {what} of {property}. {paid}",
            by=event.by,
            paid=paid(event, t),
            **about(event),
        )
    return t(
        "<@{by}> restarted {what} of {property}. It's paid and active; the receipt shows the amount.",
        by=event.by,
        **about(event),
    )
