"""Purchases and upgrades that wait for another admin: asked for, shown, approved or declined (product, line 49)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from billing.i18n import Translator
from billing.values.events import PurchaseRequested
from billing.values.snapshots import PurchaseReview, Quote
from billing.values.terms import PlanTerms
from bot.blocks import Block, Element, Message, View, actions, button, clip, escape, modal, section
from bot.reading import reads
from bot.views import phrases
from bot.views.phrases import SHORT_NAME
from bot.views.quotes import quote_blocks

APPROVE = "request.approve"
APPROVE_CONFIRMED = "request.approve_confirmed"
DECLINE = "request.decline"
ASK_PURCHASE = "request.ask_purchase"
ASK_CHANGE = "request.ask_change"
ASK_RESTART = "request.ask_restart"


def needed(quote: Quote, t: Translator) -> list[Block]:
    """That another admin has to approve it, below what it costs; nothing where whoever reads it can do it alone."""
    if quote.above is None:
        return []
    said = t(
        "*This needs another admin's approval:* more than {limit} would be charged now. If you ask for it, nothing "
        "is charged or changed until another admin of {property} approves it. The request expires after 72 hours.",
        limit=t.money(quote.above),
        property=escape(quote.subscription.property_name),
    )
    return [section(said)]


def told(event: PurchaseRequested, t: Translator) -> Message:
    """For the admins: what is asked for, with the answers; from then on what became of it."""
    if event.state == "open":
        sentence = f"{_asks(event, t)} {_costs(event, t)}"
        return Message(sentence, [section(sentence), actions(*answers(event, t))])
    sentence = f"{_asked(event, t)} {_outcome(event, t)}"
    return Message(sentence, [section(sentence)])


def asked(event: PurchaseRequested, t: Translator) -> Message:
    """The private answer to whoever asked, who can withdraw it."""
    if event.state != "open":  # the form came twice
        return told(event, t)
    sentence = t(
        "Asked for approval. Nothing was charged or changed: the other admins of {property} can approve it until "
        "{until}, and you're told what they decide.",
        property=escape(event.property_name),
        until=phrases.moment(event.expires_at, event.time_zone, t, phrases.TO_THE_MINUTE),
    )
    withdraw = button(t("Withdraw request"), DECLINE, event.request_id, _label(event, t))
    return Message(sentence, [section(sentence), actions(withdraw)])


def answers(event: PurchaseRequested, t: Translator) -> list[Element]:
    """The buttons for the other admins; Decline is also how whoever asked takes it back."""
    what = _name(event)
    return [
        button(t("Approve"), APPROVE, event.request_id, t("Approve {what}", what=what), "primary"),
        button(t("Decline"), DECLINE, event.request_id, t("Decline {what}", what=what)),
    ]


def waiting(event: PurchaseRequested, reader: str, t: Translator) -> list[Block]:
    """The same among what waits, where who asked can only withdraw it."""
    withdraw = button(t("Withdraw request"), DECLINE, event.request_id, _label(event, t))
    buttons = [withdraw] if event.by == reader else answers(event, t)
    return [section(f"{_asks(event, t)} {_costs(event, t)}"), actions(*buttons)]


def review(seen: PurchaseReview, t: Translator) -> View:
    """What it costs now, to be approved; and what it was when it was asked for, where that is something else."""
    asked_for, quote = seen.request, seen.quote
    changed = [] if seen.is_unchanged else [section(_changes(asked_for, quote, t))]
    return _review(asked_for.request_id, [section(_asks(asked_for, t)), *changed], quote, t)


def review_again(request_id: str, quote: Quote, again: str, t: Translator) -> View:
    """The same where it has changed since: `again` says so, ready to be shown."""
    return _review(request_id, [section(again)], quote, t)


@reads
def read_review(view: Mapping[str, Any]) -> tuple[str, str]:
    """Which request, and the fingerprint of the quote that was seen."""
    said = json.loads(view["private_metadata"])
    return str(said["request_id"]), str(said["expected_quote"])


def _review(request_id: str, first: list[Block], quote: Quote, t: Translator) -> View:
    return modal(
        t("Approval"),
        [*first, *quote_blocks(quote, t)],
        callback_id=APPROVE_CONFIRMED,
        submit=t("Yes, approve it"),
        close=t("Don't approve it"),
        metadata=json.dumps({"request_id": request_id, "expected_quote": quote.fingerprint}),
    )


def _asks(event: PurchaseRequested, t: Translator) -> str:
    said = _named(event, t)
    if event.act == "change":
        return t("<@{by}> asks to change {add_on} of {property} from {before} to {after}.", **said)
    if event.act == "restart":
        return t("<@{by}> asks to restart for {property}: {what}.", **said)
    return t("<@{by}> asks to buy for {property}: {what}.", **said)


def _asked(event: PurchaseRequested, t: Translator) -> str:
    said = _named(event, t) | {"amount": t.money(event.amount)}
    if event.act == "change":
        return t(
            "<@{by}> asked to change {add_on} of {property} from {before} to {after} for {amount} with VAT.",
            **said,
        )
    if event.act == "restart":
        return t("<@{by}> asked to restart for {property}: {what}, {amount} with VAT.", **said)
    return t("<@{by}> asked to buy for {property}: {what}, {amount} with VAT.", **said)


def _costs(event: PurchaseRequested, t: Translator) -> str:
    date = t.day_of(event.next_charge_at, event.time_zone)
    return t(
        "It costs {amount} with VAT now, charged to {card}. Next charge: {next}. Another admin can approve it until "
        "{until}; nothing is charged or changed before.",
        amount=t.money(event.amount),
        card=phrases.charged_card(event.card),
        next=phrases.charge_on(event.next_charge, event.next_credit, event.next_carried, date, t),
        until=phrases.moment(event.expires_at, event.time_zone, t, phrases.TO_THE_MINUTE),
    )


def _outcome(event: PurchaseRequested, t: Translator) -> str:
    by = event.decided_by
    match event.state:
        case "approved" | "waiting":
            return t("<@{by}> approved it. The payment isn't confirmed yet.", by=by)
        case "done" if event.charged_minor:
            charged = t.money(event.charged)
            return t("<@{by}> approved it: done, and {amount} with VAT was charged.", by=by, amount=charged)
        case "done":
            return t("<@{by}> approved it: done. No card was charged.", by=by)
        case "failed":
            return t(
                "<@{by}> approved it, but the payment didn't succeed, so nothing was bought or changed. "
                "`{command} history` shows why. It can be asked for again.",
                by=by,
                command=phrases.COMMAND,
            )
        case "declined":
            return t("<@{by}> declined it. Nothing was charged or changed.", by=by)
        case "withdrawn":
            return t("<@{by}> withdrew it. Nothing was charged or changed.", by=by)
    return t("Nobody approved it within 72 hours: it has expired. Nothing was charged or changed.")


def _changes(event: PurchaseRequested, quote: Quote, t: Translator) -> str:
    """Both amounts of which at least one is not as it was shown to who asked."""
    return t(
        "*This has changed since it was asked for.* Charged now: {before_now} then, {now} now. Next charge: "
        "{before_next} then, {next} now.",
        before_now=t.money(event.amount),
        now=t.money(quote.charge_now),
        before_next=t.money(event.next_charge),
        next=t.money(quote.next_charge),
    )


def _named(event: PurchaseRequested, t: Translator) -> dict[str, str]:
    before, after = phrases.terms_before_and_after(event.had, event.wants, t)
    counted = event.wants.beside(PlanTerms(event.plan))
    what = phrases.terms(replace(counted, interval=event.wants.interval), t)
    return {
        "by": event.by,
        "add_on": escape(event.add_on),
        "what": f"{escape(event.add_on)} {what}",
        "property": escape(event.property_name),
        "before": before,
        "after": after,
    }


def _name(event: PurchaseRequested) -> str:
    return clip(f"{event.add_on} {event.plan}", SHORT_NAME)


def _label(event: PurchaseRequested, t: Translator) -> str:
    return t("Withdraw the request for {what}", what=_name(event))
