"""Credit notes and refunds that another operator has to approve: the request, what it would do, what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from billing.i18n import Translator
from billing.values.money import Money
from billing.values.snapshots import (
    MOST_FOUND,
    ApprovalReview,
    ApprovalSnapshot,
    CreditNoteSnapshot,
    CreditPreview,
    RefundPreview,
    RefundSnapshot,
)
from bot.blocks import Block, Message, View, actions, button, context, escape, modal, section
from bot.reading import reads
from bot.views import phrases
from bot.views.notice import sentence_message
from bot.views.operator_acts import confirmation, credit_parts, credited
from bot.views.operator_refunds import refund_parts, refunded
from bot.views.operators import COMMAND, name_of

APPROVE, APPROVE_CONFIRMED, DECLINE = "operator.approve", "operator.approve_confirmed", "operator.decline"


def request(asked: ApprovalSnapshot, t: Translator) -> Message:
    """What is asked for, with the buttons while it is open, and how it ended afterwards."""
    sentence = _asked(asked, t)
    blocks = [section(line) for line in (sentence, *_reason(asked, t))]
    if asked.state == "open":
        until = phrases.moment(asked.expires_at, "UTC", t, phrases.TO_THE_MINUTE)
        told = t("Nothing happens before another operator approves it, until {moment}.", moment=until)
        return Message(sentence, [*blocks, context(told), _buttons(asked, t)])
    outcome = _outcome(asked, t)
    return Message(f"{sentence} {outcome}", [*blocks, context(outcome)])


def requests(waiting: Sequence[ApprovalSnapshot], t: Translator) -> Message:
    """All that can be decided now."""
    if not waiting:
        return sentence_message(t("No request waits for approval."))
    shown = waiting[:MOST_FOUND]
    if len(waiting) > MOST_FOUND:
        sentence = t("More than {count} requests wait. These are the oldest.", count=MOST_FOUND)
    else:
        sentence = t.plural("{count} request waits", "{count} requests wait", len(shown))
    return Message(sentence, [section(sentence), *(b for one in shown for b in request(one, t).blocks)])


def waits(t: Translator, *, is_untold: bool) -> Message:
    """To who asked; `is_untold` where the operators' channel took no message."""
    sentence = t(
        "Nothing was done yet: another operator has to approve it within a day. `{command} {requests}` shows it, "
        "and you get a direct message once it is decided.",
        command=COMMAND,
        requests=t("requests"),
    )
    untold = t("It couldn't be posted in the operators' channel: tell a colleague.")
    return sentence_message(f"{sentence} {untold}" if is_untold else sentence)


def review(seen: ApprovalReview, t: Translator) -> View:
    """What it would do now: to be approved where that is what was shown, and else what has changed."""
    asked, title = seen.request, t("Approval")
    if not seen.is_unchanged:
        told = t("This has changed since it was asked for, so it can't be approved. Nothing was done.")
        way_on = context(t("Decline it, and ask for it again."))
        lines = [section(line) for line in (_asked(asked, t), told, *_changes(asked.seen, seen.now, t))]
        return modal(title, [*lines, way_on], close=t("Close"))
    if isinstance(seen.now, CreditPreview):
        parts, yes = credit_parts(seen.now, t), t("Approve and credit")
    else:
        parts, yes = refund_parts(seen.now, t), t("Approve and refund")
    shown = [_asked(asked, t), *parts, *_reason(asked, t)]
    return confirmation(title, APPROVE_CONFIRMED, shown, yes, place_of(asked), t)


def approved(asked: ApprovalSnapshot, done: CreditNoteSnapshot | RefundSnapshot, t: Translator) -> Message:
    """What came of it, to who approved and to who had asked."""
    if isinstance(done, RefundSnapshot):
        told = refunded(asked.of, done, t)
    else:
        promised = asked.seen.refund if isinstance(asked.seen, CreditPreview) else asked.amount
        told = credited(asked.of, done, promised, t)
    who = t("Asked for by {person}.", person=f"<@{asked.requested_by}>")
    return Message(told.text, [*told.blocks, context(f"{who} {_outcome(asked, t)}")])


def place_of(asked: ApprovalSnapshot) -> dict[str, str]:
    """What names the request in a form."""
    return {"workspace_id": asked.of.workspace_id, "request_id": asked.id}


@reads
def read_place(view: Mapping[str, Any]) -> tuple[str, str]:
    """The workspace and id of the request that the form is about."""
    place = json.loads(view["private_metadata"])
    return str(place["workspace_id"]), str(place["request_id"])


def _asked(asked: ApprovalSnapshot, t: Translator) -> str:
    said = {
        "person": f"<@{asked.requested_by}>",
        "amount": t.money(asked.amount),
        "number": escape(asked.of.invoice_number),
        "customer": name_of(asked.of, t),
    }
    if isinstance(asked.seen, RefundPreview):
        return t(
            "{person} asks to refund *{amount}* of invoice *{number}* to the card of {customer}.", **said
        )
    return t("{person} asks to credit *{amount}* with VAT of invoice *{number}* to {customer}.", **said)


def _reason(asked: ApprovalSnapshot, t: Translator) -> list[str]:
    return [t("Reason: {reason}", reason=escape(asked.reason))] if asked.reason else []


def _outcome(asked: ApprovalSnapshot, t: Translator) -> str:
    person = f"<@{asked.decided_by}>"
    if asked.state == "approved":
        return t("Approved by {person}.", person=person)
    if asked.state == "declined":
        return t("Declined by {person}. Nothing was done.", person=person)
    return t("Nobody approved it within a day: it has expired, and nothing was done.")


def _buttons(asked: ApprovalSnapshot, t: Translator) -> Block:
    value, number = f"{asked.of.workspace_id} {asked.id}", asked.of.invoice_number
    return actions(
        button(t("Approve"), APPROVE, value, t("Approve for invoice {number}", number=number), "primary"),
        button(t("Decline"), DECLINE, value, t("Decline for invoice {number}", number=number)),
    )


def _changes(
    then: CreditPreview | RefundPreview, now: CreditPreview | RefundPreview, t: Translator
) -> list[str]:
    """Each amount that is not as it was shown."""
    names = {
        "amount": t("Amount"),
        "total": t("Amount"),
        "owed": t("Unpaid, no longer due"),
        "lost": t("Written off before"),
        "refund": t("Promised to the card"),
        "balance": t("Becomes credit"),
        "promised": t("Promised by credit notes"),
        "before": t("Credited or refunded before"),
    }
    was, is_ = asdict(then), asdict(now)
    return [
        t(
            "{name}: {before} when it was asked for, {after} now",
            name=name,
            before=_money(was, part, t),
            after=_money(is_, part, t),
        )
        for part, name in names.items()
        if was.get(part) != is_.get(part)
    ]


def _money(amounts: Mapping[str, Any], part: str, t: Translator) -> str:
    return t.money(Money(**amounts[part]))
