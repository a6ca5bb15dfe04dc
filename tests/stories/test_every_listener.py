"""Every word, button, form and shortcut against everybody who may not use it: ids are routing, not authority.

The routing table of the app is the list: whatever is added to it must get a row here.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import pytest

from billing import Actor, Billing
from billing.domain.actors import Role
from billing.services import credit_notes, properties
from billing.services.credit_notes import Wanted
from bot import app
from sandbox import demo
from sandbox.demo import ANNA, BILLING_CHANNEL, EMMA, GIULIA, LUCA
from sandbox.people import User
from tests.stories.conversation import Conversation
from tests.stories.records import (
    KEPT_OF_REFUSALS,
    give_role,
    invoice_ids,
    property_id,
    rows,
    subscription_id,
    tables,
)
from tests.stories.test_properties import arrives
from tests.stories.wire import Wire, picks

DORA = User("U0DORA00001", "dora", "Dora Bianchi", email="dora@esempio.example", locale="en-GB")
FOREIGN_WORKSPACE = "T0FOREIGN01"
# Who was met, and the hash of what was drawn for the first time.
KEPT_OF_READING = ("persons", "drawings")
INVENTED = "sub_01ARZ3NDEKTSV4RRFFQ69G5FAV"
PIAZZAS_OWN = (
    "Piazza",
    "35.38",
    "29.00",
    "Via Roma",
    "Milano",
    "4242",
    "AI Assist Growth",
    "Remove Branding",
)

FOREIGN = "This billing desk serves another workspace"
GUEST = "Gli ospiti e le persone di altre aree di lavoro"
NOT_FOUND = "I cannot find that here"
READERS_ONLY = ("Only accountants, admins and owners", "Solo contabili, amministratori e proprietari")
ADMINS_ONLY = ("Only admins and owners", "Solo amministratori e proprietari")
OWNERS_OF_BOTH_ONLY = (
    "Only somebody who owns both properties",
    "Solo chi è proprietario di entrambe le proprietà",
)
OWNERS_ONLY = ("Only owners of this property", "Solo i proprietari di questa proprietà")
WORKSPACE_OWNERS_ONLY = ("Only an owner of this workspace", "Solo un proprietario di questa area di lavoro")


class For(Enum):
    """Whom the listener serves."""

    EVERYBODY = auto()
    READERS = auto()
    ADMINS = auto()
    OWNERS = auto()
    OWNERS_OF_BOTH = auto()
    WORKSPACE_OWNERS = auto()


@dataclass(frozen=True)
class Row:
    """How one entry of the routing table is used, whom it serves, and what kind of id it is handed, if any.

    One that only hears of something answers nobody whom it serves.
    """

    serves: For
    noun: str
    use: Callable[[Try, str], Awaitable[str]]
    answers: bool = True


@dataclass(frozen=True)
class Try:
    """One person's try, and its answer. `workspace` is what the request says where it does not say ours."""

    wire: Wire
    person: User
    workspace: str | None = None

    @property
    def other_property(self) -> str:
        return property_id(self.wire.conversation.stage.billing, "Bottega")

    async def word(self, text: str) -> str:
        changed = {"team_id": self.workspace} if self.workspace else {}
        return await self._answered(self.wire.commands(self.person, text, **changed))

    async def press(self, action_id: str, value: str, *, chooses: bool = False) -> str:
        payload = self.wire.press(self.person, action_id, value, chooses=chooses)
        return await self._answered(self.wire.interacts(self._from_there(payload)))

    async def press_in_modal(
        self, action_id: str, value: str, metadata: str, **values: Mapping[str, Any]
    ) -> str:
        """A press in an open modal; `values` are the states of its fields that are heard at once, by name."""
        view = self.wire.open_modal(self.person, "", metadata)
        view = {**view, "state": {"values": {name: {action_id: value} for name, value in values.items()}}}
        payload = self.wire.press_in(self.person, view, action_id, value)
        return await self._answered(self.wire.interacts(self._from_there(payload)))

    async def submit(self, callback_id: str, metadata: str = "", **values: Any) -> str:
        payload = self._from_there(self.wire.submit(self.person, callback_id, metadata, **values))
        reply = await self.wire.interacts(payload)
        assert reply.status == 200
        return json.dumps(json.loads(reply.text), ensure_ascii=False)

    async def shortcut(self, callback_id: str) -> str:
        payload = self._from_there(self.wire.shortcut(self.person, callback_id))
        return await self._answered(self.wire.interacts(payload))

    def _from_there(self, payload: dict[str, Any]) -> dict[str, Any]:
        return payload | {"team": {"id": self.workspace, "domain": "altrove"}} if self.workspace else payload

    async def _answered(self, sending: Awaitable[Any]) -> str:
        person = self.wire.conversation.as_person(self.person)
        seen = await person.private_answers()
        assert (await sending).status == 200
        return await person.is_answered(beyond=seen)


def address(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "version": 1})


def company(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "version": 1, "address": None})


def reason(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "reason": "Altro"})


def change(subscription: str) -> str:
    wish = {"subscription_id": subscription, "plan_id": "business", "interval": "month", "quantity": 1}
    return json.dumps({**wish, "seen": "forged", "key": "forged"})


def purchase(of_property: str) -> str:
    what = {"add_on_id": "video-voice", "plan_id": "plus", "interval": "month", "quantity": 1}
    how = {"payment_method_id": "pm_forged", "address_of": "", "receipts_to": ""}
    return json.dumps({"property_id": of_property, **what, **how, "seen": "forged", "key": "forged"})


def restart(subscription: str) -> str:
    return json.dumps({"subscription_id": subscription, "seen": "forged", "key": "forged"})


def typed(value: str) -> dict[str, str]:
    return {"type": "number_input", "value": value}


def member(of_property: str, user_id: str) -> str:
    return json.dumps({"property_id": of_property, "user_id": user_id, "page": 1})


PICKS_ANNA = {"type": "users_select", "selected_user": ANNA.id}
PICKS_BILLING = {"type": "conversations_select", "selected_conversation": BILLING_CHANNEL}
TICKS_NOTHING: dict[str, Any] = {"type": "checkboxes", "selected_options": []}
NEW_ADDRESS = {
    "name": "Forged",
    "street": "Forged",
    "extra": "",
    "postal_code": "",
    "city": "Forged",
    "region": "",
    "country": picks("IT"),
}
ROWS: dict[tuple[str, str], Row] = {
    ("word", "home"): Row(For.READERS, "", lambda a, _: a.word("")),
    ("word", "help"): Row(For.EVERYBODY, "", lambda a, _: a.word("help")),
    ("word", "cancel"): Row(For.ADMINS, "", lambda a, _: a.word("cancel ai")),
    ("word", "buy"): Row(For.ADMINS, "", lambda a, _: a.word("buy")),
    ("word", "change"): Row(For.ADMINS, "", lambda a, _: a.word("change ai")),
    ("word", "renew"): Row(For.ADMINS, "", lambda a, _: a.word("renew video")),
    ("word", "pause"): Row(For.ADMINS, "", lambda a, _: a.word("pause ai")),
    ("word", "transfer"): Row(For.OWNERS_OF_BOTH, "", lambda a, _: a.word("transfer ai")),
    ("word", "agenda"): Row(For.READERS, "", lambda a, _: a.word("agenda")),
    ("word", "history"): Row(For.READERS, "", lambda a, _: a.word("history ai")),
    ("word", "payment"): Row(For.ADMINS, "", lambda a, _: a.word("payment ai")),
    ("word", "address"): Row(For.ADMINS, "", lambda a, _: a.word("address ai")),
    ("word", "company"): Row(For.ADMINS, "", lambda a, _: a.word("company ai")),
    ("word", "receipts"): Row(For.ADMINS, "", lambda a, _: a.word("receipts ai")),
    ("word", "invoices"): Row(For.READERS, "", lambda a, _: a.word("invoices ai")),
    ("word", "property"): Row(For.READERS, "", lambda a, _: a.word("property piazza")),
    ("word", "members"): Row(For.READERS, "", lambda a, _: a.word("members")),
    ("word", "channel"): Row(For.ADMINS, "", lambda a, _: a.word("channel")),
    ("word", "audit"): Row(For.READERS, "", lambda a, _: a.word("audit")),
    ("word", "health"): Row(For.ADMINS, "", lambda a, _: a.word("health")),
    ("word", "contact"): Row(For.EVERYBODY, "", lambda a, _: a.word("contact")),
    ("action", "property.choose"): Row(
        For.READERS, "property", lambda a, id: a.press("property.choose", id, chooses=True)
    ),
    ("action", "property.new"): Row(For.WORKSPACE_OWNERS, "", lambda a, _: a.press("property.new", "new")),
    ("action", "subscription.cancel"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("subscription.cancel", id)
    ),
    ("action", "subscription.undo_cancellation"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("subscription.undo_cancellation", id)
    ),
    ("action", "purchase.open"): Row(For.ADMINS, "", lambda a, _: a.press("purchase.open", "new")),
    ("action", "purchase.new_card"): Row(
        For.ADMINS, "property", lambda a, id: a.press_in_modal("purchase.new_card", id, id)
    ),
    ("action", "change.open"): Row(For.ADMINS, "subscription", lambda a, id: a.press("change.open", id)),
    ("action", "change.preview"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.press_in_modal(
            "change.preview", "business:month", id, plan=picks("business:month"), quantity=typed("1")
        ),
    ),
    ("action", "change.undo"): Row(For.ADMINS, "subscription", lambda a, id: a.press("change.undo", id)),
    ("action", "renewal.open"): Row(For.ADMINS, "subscription", lambda a, id: a.press("renewal.open", id)),
    ("action", "transfer.open"): Row(
        For.OWNERS_OF_BOTH, "subscription", lambda a, id: a.press("transfer.open", id)
    ),
    ("action", "payment.pay"): Row(For.ADMINS, "payment", lambda a, id: a.press("payment.pay", id)),
    ("action", "payment.at_bank"): Row(
        For.EVERYBODY, "", lambda a, _: a.press("payment.at_bank", "pay_1"), answers=False
    ),
    ("action", "payment_method.open"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press("payment_method.open", id)
    ),
    ("action", "payment_method.new"): Row(
        For.ADMINS, "subscription", lambda a, id: a.press_in_modal("payment_method.new", id, id)
    ),
    ("action", "payment_method.page_opened"): Row(
        For.EVERYBODY, "", lambda a, _: a.press("payment_method.page_opened", "cs_1"), answers=False
    ),
    ("action", "payment_method.remove"): Row(
        For.ADMINS, "payment_method", lambda a, id: a.press_in_modal("payment_method.remove", id, INVENTED)
    ),
    ("action", "payment.history"): Row(
        For.READERS, "subscription", lambda a, id: a.press("payment.history", f"{id}:1")
    ),
    ("action", "payment.page"): Row(
        For.READERS, "subscription", lambda a, id: a.press_in_modal("payment.page", f"{id}:1", "")
    ),
    ("action", "agenda.page"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("agenda.page", f"{id}:1", "")
    ),
    ("action", "address.edit"): Row(For.ADMINS, "subscription", lambda a, id: a.press("address.edit", id)),
    ("action", "company.edit"): Row(For.ADMINS, "subscription", lambda a, id: a.press("company.edit", id)),
    ("action", "receipts.edit"): Row(For.ADMINS, "subscription", lambda a, id: a.press("receipts.edit", id)),
    ("action", "invoice.list"): Row(
        For.READERS, "subscription", lambda a, id: a.press("invoice.list", f"{id}:1")
    ),
    ("action", "invoice.page"): Row(
        For.READERS, "subscription", lambda a, id: a.press_in_modal("invoice.page", f"{id}:1", f"{id}:1")
    ),
    ("action", "invoice.send"): Row(For.READERS, "invoice", lambda a, id: a.press("invoice.send", id)),
    ("action", "member.list"): Row(For.READERS, "property", lambda a, id: a.press("member.list", f"{id}:1")),
    ("action", "member.page"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("member.page", f"{id}:1", "")
    ),
    ("action", "member.add"): Row(
        For.OWNERS, "property", lambda a, id: a.press_in_modal("member.add", f"{id}:1", "")
    ),
    ("action", "member.change"): Row(
        For.OWNERS, "property", lambda a, id: a.press_in_modal("member.change", f"{id}:1:{LUCA.id}", "")
    ),
    ("action", "member.ask_for_role"): Row(
        For.EVERYBODY, "property", lambda a, id: a.press("member.ask_for_role", f"{id} owner")
    ),
    ("action", "channel.off"): Row(For.ADMINS, "property", lambda a, id: a.press("channel.off", id)),
    ("action", "audit.page"): Row(
        For.READERS, "property", lambda a, id: a.press_in_modal("audit.page", f"{id}:1", "")
    ),
    ("action", "help.helpful"): Row(For.EVERYBODY, "", lambda a, _: a.press("help.helpful", "words")),
    ("action", "help.not_helpful"): Row(For.EVERYBODY, "", lambda a, _: a.press("help.not_helpful", "words")),
    ("action", "support.open"): Row(For.EVERYBODY, "", lambda a, _: a.press("support.open", "help")),
    ("submission", "member.add"): Row(
        For.OWNERS,
        "property",
        lambda a, id: a.submit("member.add", member(id, ""), user_id=PICKS_ANNA, role=picks("owner")),
    ),
    ("submission", "member.change"): Row(
        For.OWNERS,
        "property",
        lambda a, id: a.submit("member.change", member(id, LUCA.id), role=picks("owner")),
    ),
    ("submission", "channel.choose"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit("channel.choose", id, channel=PICKS_BILLING, topics=TICKS_NOTHING),
    ),
    ("submission", "support.send"): Row(
        For.EVERYBODY, "", lambda a, _: a.submit("support.send", message="Forged")
    ),
    ("action", "credit_note.send"): Row(
        For.READERS, "credit note", lambda a, id: a.press("credit_note.send", id)
    ),
    ("submission", "subscription.cancel"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit(
            "subscription.cancel", subscription_id=picks(id), kind=picks("other"), reason="Forged"
        ),
    ),
    ("submission", "subscription.cancel_confirmed"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("subscription.cancel_confirmed", reason(id))
    ),
    ("submission", "purchase.confirm"): Row(
        For.ADMINS,
        "property",
        lambda a, id: a.submit(
            "purchase.confirm",
            id,
            offer=picks("video-voice:plus:month"),
            quantity=typed("1"),
            payment_method_id=picks("pm_forged"),
            address=picks("none"),
            receipts_to=picks("none"),
        ),
    ),
    ("submission", "purchase.buy"): Row(
        For.ADMINS, "property", lambda a, id: a.submit("purchase.buy", purchase(id))
    ),
    ("submission", "change.open"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("change.open", subscription_id=picks(id))
    ),
    ("submission", "change.confirm"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit("change.confirm", id, plan=picks("business:month"), quantity=typed("1")),
    ),
    ("submission", "change.make"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("change.make", change(id))
    ),
    ("submission", "change.pause"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("change.pause", subscription_id=picks(id))
    ),
    ("submission", "renewal.choose"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("renewal.choose", subscription_id=picks(id))
    ),
    ("submission", "renewal.keep"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("renewal.keep", id)
    ),
    ("submission", "renewal.restart"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("renewal.restart", restart(id))
    ),
    ("submission", "transfer.confirm"): Row(
        For.OWNERS_OF_BOTH,
        "subscription",
        lambda a, id: a.submit(
            "transfer.confirm", subscription_id=picks(id), property_id=picks(a.other_property)
        ),
    ),
    ("submission", "transfer.make"): Row(
        For.OWNERS_OF_BOTH,
        "subscription",
        lambda a, id: a.submit(
            "transfer.make", json.dumps({"subscription_id": id, "property_id": a.other_property})
        ),
    ),
    ("submission", "payment_method.open"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("payment_method.open", subscription_id=picks(id))
    ),
    ("submission", "payment_method.use"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit("payment_method.use", id, payment_method_id=picks("pm_forged")),
    ),
    ("submission", "address.edit"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("address.edit", subscription_id=picks(id))
    ),
    ("submission", "address.change"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("address.change", address(id), **NEW_ADDRESS)
    ),
    ("submission", "company.edit"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("company.edit", subscription_id=picks(id))
    ),
    ("submission", "company.change"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit(
            "company.change", company(id), legal_name="Forged", vat_number="IT00743110157"
        ),
    ),
    ("submission", "receipts.edit"): Row(
        For.ADMINS, "subscription", lambda a, id: a.submit("receipts.edit", subscription_id=picks(id))
    ),
    ("submission", "receipts.change"): Row(
        For.ADMINS,
        "subscription",
        lambda a, id: a.submit("receipts.change", address(id), receipts_to=picks("anna@esempio.example")),
    ),
    ("submission", "property.create"): Row(
        For.WORKSPACE_OWNERS,
        "",
        lambda a, _: a.submit("property.create", name="Forged", time_zone="Europe/Rome", country=picks("IT")),
    ),
    ("shortcut", "home.open"): Row(For.READERS, "", lambda a, _: a.shortcut("home.open")),
}
USES = [pytest.param(row, id=" ".join(key)) for key, row in ROWS.items()]


def piazzas(slack: Conversation, noun: str) -> str:
    """The id of something of the property Piazza."""
    billing = slack.stage.billing
    subscription = subscription_id(billing, "Piazza", "ai-assist")
    found = {
        "": "",
        "property": property_id(billing, "Piazza"),
        "subscription": subscription,
        "payment_method": str(
            rows(billing, "SELECT payment_method_id FROM subscriptions WHERE id = :s", s=subscription)[0][0]
        ),
        "invoice": invoice_ids(billing, subscription)[0],
        "payment": str(
            rows(
                billing,
                "SELECT id FROM payments WHERE kind = 'renewal' AND subscription_id = :s",
                s=subscription,
            )[0][0]
        ),
    }
    return credit_note_of(billing, subscription) if noun == "credit note" else found[noun]


def credit_note_of(billing: Billing, subscription: str) -> str:
    """The credit note of the subscription's first invoice, issued without telling the channel where there is none."""
    (issued,) = rows(
        billing, "SELECT number FROM invoices WHERE id = :id", id=invoice_ids(billing, subscription)[-1]
    )
    if not rows(billing, "SELECT id FROM credit_notes"):
        emma, piazza = Actor(demo.TEAM.id, EMMA.id), property_id(billing, "Piazza")
        properties.announce_in(billing, emma, piazza, None)
        credit_notes.issue(billing, issued[0], Wanted("1.00"))
        properties.announce_in(billing, emma, piazza, demo.BILLING_CHANNEL)
    return str(rows(billing, "SELECT id FROM credit_notes")[0][0])


async def refused(slack: Conversation, attempt: Try, row: Row, some_id: str, *sentences: str) -> None:
    """The person reads one of the sentences and nothing of Piazza's, and nothing has changed."""
    before = tables(slack.stage.billing, but=KEPT_OF_REFUSALS)
    answer = await row.use(attempt, some_id)
    assert any(sentence in answer for sentence in sentences), answer
    assert not [own for own in PIAZZAS_OWN[1:] if own in answer], answer
    assert tables(slack.stage.billing, but=KEPT_OF_REFUSALS) == before
    assert not await slack.calls("files.completeUploadExternal")


def test_every_entry_of_the_routing_table_has_a_row_here() -> None:
    routed = {
        *(("word", name) for name in app.WORDS),
        *(("action", name) for name in app.ACTIONS),
        *(("submission", name) for name in app.SUBMISSIONS),
        *(("shortcut", name) for name in app.SHORTCUTS),
    }
    assert set(ROWS) == routed


async def test_another_workspace_is_refused_by_every_listener(demo_slack: Conversation) -> None:
    attempt = Try(Wire(demo_slack), EMMA, workspace=FOREIGN_WORKSPACE)
    for row in ROWS.values():
        await refused(demo_slack, attempt, row, piazzas(demo_slack, row.noun), FOREIGN)


async def test_a_guest_is_refused_by_every_listener_whatever_role_they_had(demo_slack: Conversation) -> None:
    await demo_slack.stage.sandbox.change_user(GIULIA.id, is_restricted=True)
    for row in ROWS.values():
        await refused(demo_slack, Try(Wire(demo_slack), GIULIA), row, piazzas(demo_slack, row.noun), GUEST)


async def test_a_stranger_is_refused_by_every_listener(demo_slack: Conversation) -> None:
    await demo_slack.stage.sandbox.change_user(GIULIA.id, is_stranger=True)
    for row in ROWS.values():
        await refused(demo_slack, Try(Wire(demo_slack), GIULIA), row, piazzas(demo_slack, row.noun), GUEST)


async def agent_is_refused(slack: Conversation, agent: User) -> None:
    sentences = {
        For.READERS: (*READERS_ONLY, *ADMINS_ONLY),
        For.ADMINS: (*READERS_ONLY, *ADMINS_ONLY),
        For.OWNERS: (*READERS_ONLY, *OWNERS_ONLY),
        For.OWNERS_OF_BOTH: (*READERS_ONLY, *OWNERS_OF_BOTH_ONLY, *ADMINS_ONLY),
        For.WORKSPACE_OWNERS: WORKSPACE_OWNERS_ONLY,
    }
    for row in ROWS.values():
        if row.serves is not For.EVERYBODY:
            some_id = piazzas(slack, row.noun)
            await refused(slack, Try(Wire(slack), agent), row, some_id, *sentences[row.serves])


async def test_an_agent_is_refused_by_every_listener_that_shows_or_changes_something(
    demo_slack: Conversation,
) -> None:
    await agent_is_refused(demo_slack, LUCA)


async def test_who_was_an_admin_until_a_moment_ago_is_refused_like_any_agent(
    demo_slack: Conversation,
) -> None:
    giulia = demo_slack.as_person(GIULIA)
    await giulia.types("/billing")
    await giulia.reads("Acquisti e fatture")
    give_role(demo_slack.stage.billing, GIULIA, "Piazza", Role.AGENT)
    await agent_is_refused(demo_slack, GIULIA)


async def test_an_accountant_is_refused_by_every_listener_that_changes_something(
    demo_slack: Conversation,
) -> None:
    sentences = {For.ADMINS: ADMINS_ONLY, For.OWNERS: OWNERS_ONLY}
    for row in ROWS.values():
        if row.serves in sentences:
            some_id = piazzas(demo_slack, row.noun)
            await refused(demo_slack, Try(Wire(demo_slack), ANNA), row, some_id, *sentences[row.serves])


async def test_an_admin_is_refused_by_every_listener_that_is_for_owners(demo_slack: Conversation) -> None:
    for row in ROWS.values():
        if row.serves is For.OWNERS:
            some_id = piazzas(demo_slack, row.noun)
            await refused(demo_slack, Try(Wire(demo_slack), GIULIA), row, some_id, *OWNERS_ONLY)


@pytest.mark.parametrize("person", [ANNA, GIULIA], ids=["accountant", "admin"])
async def test_who_does_not_own_both_properties_is_refused_by_every_listener_that_transfers(
    demo_slack: Conversation, person: User
) -> None:
    for row in ROWS.values():
        if row.serves is For.OWNERS_OF_BOTH:
            some_id = piazzas(demo_slack, row.noun)
            sentences = (*OWNERS_OF_BOTH_ONLY, "I cannot find that here", "Qui non lo trovo")
            await refused(demo_slack, Try(Wire(demo_slack), person), row, some_id, *sentences)


async def test_an_accountant_is_served_by_every_listener_that_only_shows(demo_slack: Conversation) -> None:
    assert piazzas(demo_slack, "credit note")  # issued once, before anybody looks
    before = tables(demo_slack.stage.billing, but=KEPT_OF_READING)
    for key, row in ROWS.items():
        if row.serves is For.READERS:
            answer = await row.use(Try(Wire(demo_slack), ANNA), piazzas(demo_slack, row.noun))
            assert "Piazza" in answer, key
            assert "went wrong" not in answer, key
    assert tables(demo_slack.stage.billing, but=KEPT_OF_READING) == before


async def test_the_admin_of_another_property_finds_nothing_of_this_one(demo_slack: Conversation) -> None:
    arrives(demo_slack, DORA)
    give_role(demo_slack.stage.billing, DORA, "Bottega", Role.ADMIN)
    for key, row in ROWS.items():
        attempt = Try(Wire(demo_slack), DORA)
        if row.noun:
            await refused(demo_slack, attempt, row, piazzas(demo_slack, row.noun), NOT_FOUND)
        elif row.serves is not For.WORKSPACE_OWNERS and row.answers:
            answer = await row.use(attempt, "")
            assert "Piazza" not in answer.replace("for example: Piazza", ""), key
            assert "AI Assist Growth" not in answer, key


@pytest.mark.parametrize(
    "forged", [INVENTED, "x", "' OR 1=1 --", "sub_" + "0" * 300, "é", "*"], ids=lambda forged: forged[:12]
)
async def test_an_id_that_nobody_gave_out_is_not_found_by_any_listener(
    demo_slack: Conversation, forged: str
) -> None:
    for row in ROWS.values():
        if row.noun:
            await refused(demo_slack, Try(Wire(demo_slack), EMMA), row, forged, NOT_FOUND)
