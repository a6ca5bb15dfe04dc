"""What the billing channel is told of changes of plan: scheduled, dropped, come."""

from __future__ import annotations

from billing.i18n import Translator
from billing.values.events import (
    ChangePlanned,
    PaidEvent,
    PlanChanged,
    PlannedChangeDropped,
    PlannedChangeUndone,
)
from billing.values.money import Money
from billing.values.snapshots import PaidTimeLost
from bot.blocks import Message, actions, clip, escape, section
from bot.views import changes
from bot.views.phrases import SHORT_NAME, about, terms, terms_before_and_after


def paid_amount(event: PaidEvent, t: Translator) -> str:
    """With VAT, as the receipt has it."""
    return t.money(Money(event.total_minor, event.currency))


def paid(event: PaidEvent, t: Translator) -> str:
    """What was paid with it."""
    if event.total_minor <= 0:
        return t("Nothing was charged.")
    return t("Paid: {amount} with VAT.", amount=paid_amount(event, t))


def planned(event: ChangePlanned, t: Translator) -> Message:
    """It is scheduled, with a button that undoes it."""
    before, after = terms_before_and_after(event.had, event.gets, t)
    sentence = t(
        "<@{by}> scheduled a change of {add_on} of {property}: from {before} to {next} on {date}. "
        "Nothing was charged.",
        by=event.by,
        add_on=escape(event.add_on),
        property=escape(event.property_name),
        before=before,
        next=after,
        date=t.day_of(event.applies_at, event.time_zone),
    )
    name = clip(f"{event.add_on} {event.plan}", SHORT_NAME)
    undo = changes.undo_button_that_asks(event.subscription_id, event.change_id, name, event.property_name, t)
    return Message(sentence, [section(sentence), actions(undo)])


def plan_kept(event: PlannedChangeUndone, t: Translator) -> str:
    """It was undone."""
    return t(
        "<@{by}> undid the scheduled change of {what} of {property}. It stays as it is. Nothing was charged.",
        by=event.by,
        **about(event),
    )


def plan_dropped(event: PlannedChangeDropped, t: Translator) -> str:
    """Another one took its place, or its plan was cancelled or ended."""
    said = about(event) | {"by": event.by, "next": terms(event.gets.beside(event.had), t)}
    if event.is_replaced:
        return t(
            "<@{by}> replaced the scheduled change of {what} of {property} to {next}. It will not happen.",
            **said,
        )
    if event.by:
        return t(
            "<@{by}> cancelled {what} of {property}. Its scheduled change to {next} will not happen, even if the "
            "cancellation is undone.",
            **said,
        )
    return t(
        "The scheduled change of {what} of {property} to {next} will not happen: the plan was cancelled or has "
        "ended.",
        **said,
    )


def changed(event: PlanChanged, t: Translator) -> str:
    """It has come: what was paid for it, and what paid time went with it."""
    sentence = _changed_by_person(event, t) if event.by else _changed_by_cycle(event, t)
    effective = _effective(event, t)
    if not event.lost_days:
        return f"{sentence} {effective}"
    amount = Money(event.lost_minor, event.currency)
    lost = PaidTimeLost(event.before, event.lost_days, event.lost_of_days, amount)
    return f"{sentence} {effective} {changes.lost_with_it(lost, t)}"


def _effective(event: PlanChanged, t: Translator) -> str:
    if not event.by:
        return t("Its new cycle is invoiced now.")
    if event.total_minor > 0:
        return t("Effective now. Paid: {amount} with VAT.", amount=paid_amount(event, t))
    return t("Effective now. Nothing was charged.") if event.currency else t("Effective now.")


def _changed_by_person(event: PlanChanged, t: Translator) -> str:
    before, after = terms_before_and_after(event.had, event.has, t)
    if before == after:  # an older version said no more of it
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
        before=before,
        plan=after,
    )


def _changed_by_cycle(event: PlanChanged, t: Translator) -> str:
    before, after = terms_before_and_after(event.had, event.has, t)
    if before == after:
        return t(
            "{what} of {property} has a new number of units or billing interval, as scheduled.",
            **about(event),
        )
    return t(
        "{add_on} of {property} changed from {before} to {plan}, as scheduled.",
        add_on=escape(event.add_on),
        property=escape(event.property_name),
        before=before,
        plan=after,
    )
