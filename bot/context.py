"""One turn of the conversation: who speaks, in which language, and how they are answered where they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing import Actor, Billing
from billing.i18n import Translator
from bot.blocks import Message, View
from bot.homes import Cards, Homes
from bot.operators import Operators
from bot.people import SLACK_ERRORS, People, Profile
from bot.refusals import TriggerExpired
from bot.responses import respond
from bot.runner import SignallingAck, in_pool, in_thread
from bot.settings import Support
from bot.slack_errors import error_name, patiently
from bot.views import invoice_links
from bot.views.notice import closed_early, in_message, in_progress, notice

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger()
# An outcome may reach Slack before it has opened the modal that shows progress: how long until it is sent again.
RESEND_AFTER = (0.05, 0.2, 0.5, 1.0)
# Slack's words for a gesture that opens nothing any more: more than three seconds ago, or used before.
TRIGGER_GONE = ("expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id")


class Kind(StrEnum):
    """What came from Slack."""

    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    SHORTCUT = "shortcut"
    SUGGESTION = "suggestion"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Desk:
    """What all turns share. Whatever asks the bank does so in the pool `at_bank`.

    `enterprise_id` is that of the organisation (Enterprise Grid) to which the workspace belongs, if any; `account_id`
    the one of the two that installed the app. `public_url` is where links to invoices lead, if there are any.
    """

    billing: Billing
    slack: AsyncWebClient
    people: People
    workspace_id: str
    workspace_language: str
    wake: Callable[[], None]
    support: Support
    homes: Homes
    cards: Cards = field(default_factory=Cards)
    at_bank: Executor | None = None
    enterprise_id: str | None = None
    account_id: str = ""
    public_url: str = ""
    operators: Operators | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Whoever looks at a form that is drawn anew by itself: nobody's turn, but somebody's rights and language."""

    billing: Billing
    actor: Actor
    t: Translator

    async def call(
        self, service: Callable[Concatenate[Billing, Actor, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Asks a service of billing in their name."""
        return await in_thread(service, self.billing, self.actor, *args, **kwargs)


@dataclass(slots=True)
class Turn:
    """One thing that a person did, by the `act` of the routing table, and the ways to answer it.

    `is_known`: they belong to this workspace. `is_answered`: they have been told what came of it; what fails from
    then on is no answer to them. `progress_view_id` is the external id of the modal in which they wait, once they do.
    """

    desk: Desk
    kind: Kind
    actor: Actor
    profile: Profile
    t: Translator
    body: Mapping[str, Any]
    ack: SignallingAck
    action: Mapping[str, Any] = field(default_factory=dict)
    act: str = ""
    is_known: bool = False
    is_answered: bool = False
    progress_view_id: str = ""

    @property
    def by_operator(self) -> bool:
        """Whether it was done by the operators' command, or by what that showed."""
        return self.act.startswith(("operator ", "operator."))

    @property
    def in_home(self) -> bool:
        """Whether the person looks at the Home tab."""
        return self.view.get("type") == "home" or self.event == "app_home_opened"

    @property
    def event(self) -> str:
        """Which event it is, if it is one."""
        return str(self.body["event"]["type"]) if self.kind is Kind.EVENT else ""

    @property
    def wrote_to_app(self) -> bool:
        """Whether the person wrote a direct message to the app."""
        return self.event == "message"

    @property
    def asked_for_details(self) -> bool:
        """Whether the person waits for the details of a link, beside the conversation."""
        return self.event == "entity_details_requested"

    @property
    def is_reachable(self) -> bool:
        """Whether there is a way to answer: none leads from a look at the Home, or from a menu outside a form."""
        ways = {"response_url", "trigger_id"} & self.body.keys()
        is_waiting = self.wrote_to_app or self.asked_for_details
        return bool(ways) or self.view.get("type") == "modal" or is_waiting

    @property
    def is_late(self) -> bool:
        """Whether Slack closed the form before its answer was known: that goes to the direct messages."""
        return self.kind is Kind.SUBMISSION and self.ack.is_late and not self.progress_view_id

    @property
    def value(self) -> str:
        """What the pressed button or chosen option stands for."""
        option = self.action.get("selected_option") or {}
        return str(self.action.get("value") or option.get("value") or "")

    def part(self, name: str) -> Mapping[str, Any]:
        """That part of what Slack sent; empty where it sent none, or something else in its place."""
        return found if isinstance(found := self.body.get(name), Mapping) else {}

    @property
    def view(self) -> Mapping[str, Any]:
        """The modal or Home in which it happened."""
        return self.part("view")

    @property
    def form_key(self) -> str | None:
        """The key of the form: however often it is delivered, what it asks for is done once."""
        return str(self.view.get("id") or "") or None

    @property
    def inputs(self) -> list[str]:
        """The block ids of the form's fields."""
        return list(self.view.get("state", {}).get("values", {}))

    async def call(
        self, service: Callable[Concatenate[Billing, Actor, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Asks a service of billing in the name of this actor."""
        return await in_thread(service, self.desk.billing, self.actor, *args, **kwargs)

    async def ask_bank(
        self, service: Callable[Concatenate[Billing, Actor, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """The same for a service that waits for the gateway: only once money may move, for it may take long."""
        return await in_pool(self.desk.at_bank, service, self.desk.billing, self.actor, *args, **kwargs)

    async def mark_money_may_move(self) -> None:
        """Answers Slack with a modal that says it is being done; what is shown from then on takes its place.

        It has a name of its own at each press: whoever finds it knows that Slack has followed the answer to that
        press, which would else hide an outcome that overtook it.
        """
        name = uuid4().hex
        view = {**in_progress(self.t), "external_id": name}
        if self.kind is Kind.SUBMISSION:
            await self.ack(response_action="update", view=view)
        else:
            await self.open(view)
        self.progress_view_id = name

    async def open(self, view: View) -> None:
        """Opens a modal; from within a modal it goes on top. Raises TriggerExpired: nothing is done before."""
        if not self.body.get("trigger_id"):
            raise TriggerExpired
        try:
            await self._open(view)
        except SlackApiError as error:
            if error_name(error) in TRIGGER_GONE:
                raise TriggerExpired from None
            raise

    async def _open(self, view: View) -> None:
        trigger = self.body["trigger_id"]
        if self.view.get("type") == "modal":
            await self.desk.slack.views_push(trigger_id=trigger, view=view)
        else:
            await self.desk.slack.views_open(trigger_id=trigger, view=view)

    async def show(self, view: View) -> None:
        """Puts the view in the place of the modal in which the person is: of two that come at once the later stays.

        Whoever has closed that modal does not wait for it, but for what the bank was asked.
        """
        if self.progress_view_id:
            if not await self._show_outcome(view):
                await self.write_to_person(closed_early(self.t))
        elif self.kind is Kind.SUBMISSION:
            await self.ack(response_action="update", view=view)
            if self.is_late:
                await self.write_to_person(in_message(view, self.t))
        elif self.view:
            await self._update(view)
        else:
            await self.open(view)
        self.is_answered = True

    async def reply(self, message: Message, *, replace: bool = False) -> None:
        """Answers in private, in the place where the person is; where that takes nothing, in a direct message."""
        try:
            is_told = not self.is_late and await self._reply_in_place(message, replace=replace)
        except SLACK_ERRORS as trouble:
            log.warning("no answer in its place", trouble=_named(trouble))
            is_told = False
        if not is_told:
            await self.write_to_person(message)
        self.is_answered = True

    async def _reply_in_place(self, message: Message, *, replace: bool) -> bool:
        """Where the person is; False where they are not any more, or Slack takes nothing there."""
        if self.asked_for_details:
            trigger = self.body["event"]["trigger_id"]
            sentence = await self.desk.people.in_names(message.text, self.desk.workspace_id)
            error = invoice_links.refused(sentence, self.t)
            await self.desk.slack.entity_presentDetails(trigger_id=trigger, error=error)
            return True
        if self.progress_view_id:
            return await self._show_outcome(notice(message, self.t))
        if self.view.get("type") == "modal" and self.kind is not Kind.SUBMISSION:
            return await self._update(notice(message, self.t))
        if self.view.get("type") == "modal":
            await self.show(notice(message, self.t))
        elif url := self.body.get("response_url"):
            said = {"text": message.text, "blocks": message.blocks, "replace_original": replace}
            return await respond(self.desk.slack, url, said)
        elif self.body.get("trigger_id"):
            await self._open(notice(message, self.t))
        else:
            return False
        return True

    async def redraw_home(self) -> None:
        """Brings the person's Home up to what is true now. Whoever is answered already is told no more."""
        try:
            await self.desk.homes.draw(self.actor, self.profile)
        except SLACK_ERRORS as trouble:
            if not self.is_answered:
                raise
            log.warning("a home stays as it was", trouble=_named(trouble))

    async def redraw_homes(self) -> None:
        """The same after an act, which those of the colleagues follow."""
        await self.redraw_home()
        self.desk.homes.changed_by(self.actor)

    async def _update(self, view: View, external_id: str | None = None) -> bool:
        """Puts it in the place of the modal, or of the one of that name, and says whether that is still open."""
        which = {"external_id": external_id} if external_id else {"view_id": self.view["id"]}
        try:
            await self.desk.slack.views_update(**which, view=view)
        except SlackApiError as error:
            if error_name(error) != "not_found":
                raise
            return False
        return True

    async def _show_outcome(self, view: View) -> bool:
        """Shows it in the modal that was promised, and says whether that is still open."""
        named = {**view, "external_id": self.progress_view_id}
        for pause in (*RESEND_AFTER, None):
            if await self._update(named, self.progress_view_id):
                return True
            if pause is not None:
                await asyncio.sleep(pause)
        # The form was pressed again meanwhile, and its modal has that press's name.
        return self.kind is Kind.SUBMISSION and not self.ack.is_late and await self._update(named)

    async def write_to_person(self, message: Message) -> dict[str, str]:
        """A direct message; answers where it stands: its channel and ts."""
        opened = await self.desk.slack.conversations_open(users=self.actor.user_id)
        channel = opened["channel"]["id"]
        post = partial(
            self.desk.slack.chat_postMessage, channel=channel, text=message.text, blocks=message.blocks
        )
        written = await patiently(post)
        return {"channel": written["channel"], "ts": written["ts"]}


def _named(trouble: Exception) -> str:
    """Slack's own name for what is wrong, or that of the wire's."""
    return error_name(trouble) if isinstance(trouble, SlackApiError) else type(trouble).__name__
