"""One turn of the conversation: who speaks, in which language, and how they are answered where they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Concatenate, ParamSpec, TypeVar

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from billing import Actor, Billing
from billing.domain.errors import NoProperty, Refusal
from billing.i18n import Words
from billing.services import properties
from bot import errors
from bot.blocks import Message, View
from bot.people import People, Profile
from bot.runner import SignallingAck, in_thread
from bot.settings import Support
from bot.views import home
from bot.views.notice import notice

P = ParamSpec("P")
R = TypeVar("R")
log = structlog.get_logger()


class Kind(StrEnum):
    """What came from Slack."""

    COMMAND = "command"
    ACTION = "action"
    SUBMISSION = "submission"
    SHORTCUT = "shortcut"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Desk:
    """What all turns share."""

    billing: Billing
    slack: AsyncWebClient
    people: People
    workspace_id: str
    workspace_language: str
    nudge: Callable[[], None]
    support: Support


@dataclass(slots=True)
class Turn:
    """One thing that a person did, and the ways to answer it. `is_known`: they belong to this workspace."""

    desk: Desk
    kind: Kind
    actor: Actor
    profile: Profile
    t: Words
    body: Mapping[str, Any]
    ack: SignallingAck
    action: Mapping[str, Any] = field(default_factory=dict)
    is_known: bool = False

    @property
    def in_home(self) -> bool:
        """Whether the person looks at the Home tab."""
        return self.kind is Kind.EVENT or self.view.get("type") == "home"

    @property
    def value(self) -> str:
        """What the pressed button or chosen option stands for."""
        option = self.action.get("selected_option") or {}
        return str(self.action.get("value") or option.get("value") or "")

    @property
    def view(self) -> Mapping[str, Any]:
        """The modal or Home in which it happened."""
        found: Mapping[str, Any] = self.body.get("view") or {}
        return found

    @property
    def inputs(self) -> list[str]:
        """The block ids of the form's fields."""
        return list(self.view.get("state", {}).get("values", {}))

    async def call(
        self, service: Callable[Concatenate[Billing, Actor, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Asks a service of billing in the name of this actor."""
        return await in_thread(service, self.desk.billing, self.actor, *args, **kwargs)

    async def open(self, view: View) -> None:
        """Opens a modal; from within a modal it goes on top."""
        trigger = self.body["trigger_id"]
        if self.view.get("type") == "modal":
            await self.desk.slack.views_push(trigger_id=trigger, view=view)
        else:
            await self.desk.slack.views_open(trigger_id=trigger, view=view)

    async def show(self, view: View) -> None:
        """Puts the view in the place of the modal in which the person is."""
        if self.kind is Kind.SUBMISSION:
            await self.ack(response_action="update", view=view)
        else:
            await self.desk.slack.views_update(view_id=self.view["id"], hash=self.view["hash"], view=view)

    async def reply(self, message: Message, *, replace: bool = False) -> None:
        """Answers in private, in the place where the person is."""
        if self.view.get("type") == "modal":
            await self.show(notice(message, self.t))
        elif url := self.body.get("response_url"):
            await self._respond(
                url, {"text": message.text, "blocks": message.blocks, "replace_original": replace}
            )
        else:
            await self.open(notice(message, self.t))

    async def redraw_home(self) -> None:
        """Brings the person's Home up to what is true now."""
        await self.publish(await home_view(self))

    async def publish(self, view: View) -> None:
        """Draws the person's Home."""
        await self.desk.slack.views_publish(user_id=self.actor.user_id, view=view)

    async def _respond(self, url: str, payload: Mapping[str, Any]) -> None:
        session = self.desk.slack.session
        assert session is not None
        async with session.post(url, json=payload) as answer:
            if answer.status != 200:
                log.warning("reply not taken", status=answer.status)


async def home_view(turn: Turn) -> View:
    """The Home of this person: the page, or why there is none and what to do."""
    try:
        return home.home(await turn.call(properties.purchases), turn.t)
    except NoProperty:
        return home.home_without_property(turn.t, can_create=turn.profile.is_workspace_owner)
    except Refusal as refusal:
        return home.home_refused(errors.message(refusal, turn.t), turn.t)


TROUBLES_WITH_SLACK = (SlackApiError, ClientError, TimeoutError)
