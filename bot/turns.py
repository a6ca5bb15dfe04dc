"""How a turn is made of what came from Slack, given to its row of the routing table, and answered if that fails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from billing import Actor, traces
from billing.services import audit, installations
from billing.values.card_numbers import holds_card_number
from billing.values.companies import TAX_NUMBERS
from billing.values.errors import BadFields, Fault, Refusal
from bot import i18n, sentences
from bot.app import ACTIONS, COMMANDS, LOOKED_UP, SHORTCUTS, SUBMISSIONS, SUGGESTIONS, Listener
from bot.blocks import OPTIONS_LIMIT, VALUE, Message, fitting, unfolded
from bot.channels import CHANGES
from bot.commands import listener_of
from bot.context import Desk, Kind, Turn
from bot.desks import Desks, place_of
from bot.listeners import channels, home, old_buttons, people
from bot.listeners.invoice_links import LINK_EVENTS
from bot.people import SLACK_ERRORS, Profile
from bot.references import referred
from bot.refusals import (
    CardNumberTyped,
    ForeignWorkspace,
    NotAnOperator,
    Outdated,
    Outsider,
    SlackUnavailable,
)
from bot.runner import Body, Handler, Pending, SignallingAck, in_thread
from bot.views import home as home_views
from bot.views import operator_refusals
from bot.views.notice import sentence_message
from bot.views.vat_numbers import WAITS

log = structlog.get_logger()


class Turns:
    """Finds the row of what came, and answers in its listener's place when that is refused or fails."""

    def __init__(self, desks: Desks) -> None:
        self.desks = desks

    def handler_for(self, body: Body) -> Handler | None:
        """The handler of what came; None where this app knows nothing of that shape."""
        match body:
            case {"command": str(command)} if command in COMMANDS:
                return Handler(self.command)
            case {"type": "block_actions", "actions": [{"action_id": str()}, *_]}:
                return Handler(self.action)
            case {"type": "view_submission", "view": {"callback_id": str()}}:
                return Handler(self.submission, answers=True)
            case {"type": "block_suggestion", "action_id": str(), "block_id": str()}:
                return Handler(self.suggestion, answers=True)
            case {"type": "shortcut" | "message_action", "callback_id": str()}:
                return Handler(self.shortcut)
            case {"type": "event_callback", "event": {"type": "app_home_opened", "user": str()}}:
                return Handler(self.home_opened)
            case {"type": "event_callback", "event": {"type": "message", "channel_type": "im"}}:
                return Handler(self.message_written)
            case {"type": "event_callback", "event": {"type": str(kind), "user": str()}} if (
                kind in LINK_EVENTS
            ):
                return Handler(self.link_used)
            case {"type": "event_callback", "event": {"type": "user_change", "user": {"id": str()}}}:
                return Handler(self.user_changed)
            case {
                "type": "event_callback",
                "event": {"type": str(kind), "channel": str() | {"id": str()}},
            } if kind in CHANGES:
                return Handler(self.channel_changed)
            case {"type": "event_callback", "event": {"type": "app_uninstalled" | "tokens_revoked"}}:
                return Handler(self.uninstalled)
        return None

    def command(self, body: Body, ack: SignallingAck) -> Pending:
        name, listen = listener_of(body["command"], body.get("text", ""))
        return self._take(Kind.COMMAND, name, body, ack, listen)

    def action(self, body: Body, ack: SignallingAck) -> Pending:
        action = unfolded(body["actions"][0])
        name = action["action_id"]
        return self._take(Kind.ACTION, name, body, ack, ACTIONS.get(name, old_buttons.outdated), action)

    def submission(self, body: Body, ack: SignallingAck) -> Pending:
        name = body["view"]["callback_id"]
        return self._take(Kind.SUBMISSION, name, body, ack, SUBMISSIONS.get(name, old_buttons.outdated))

    def suggestion(self, body: Body, ack: SignallingAck) -> Pending:
        """A menu asks for its options: it is known by its own name, or else by its form and field."""
        name, form = body["action_id"], (body.get("view") or {}).get("callback_id", "")
        name = f"{form} {body['block_id']}" if name == VALUE else name

        async def listen(turn: Turn) -> None:
            if name not in SUGGESTIONS:
                raise Outdated
            options, typed = await SUGGESTIONS[name](turn), str(body.get("value") or "")
            await ack(options=options[:OPTIONS_LIMIT] if name in LOOKED_UP else fitting(options, typed))

        return self._take(Kind.SUGGESTION, name, body, ack, listen)

    def shortcut(self, body: Body, ack: SignallingAck) -> Pending:
        name = body["callback_id"]
        return self._take(Kind.SHORTCUT, name, body, ack, SHORTCUTS.get(name, old_buttons.outdated))

    def home_opened(self, body: Body, ack: SignallingAck) -> Pending | None:
        opened = body["event"]
        if opened.get("tab") != "home":
            return None
        return self._take(Kind.EVENT, "home.opened", _flat(body), ack, home.open_home)

    def message_written(self, body: Body, ack: SignallingAck) -> Pending | None:
        """Somebody wrote to the app; what it says itself, edits and the like are no matter."""
        written = body["event"]
        if written.get("subtype") or written.get("bot_id") or not isinstance(written.get("user"), str):
            return None
        return self._take(Kind.EVENT, "message.written", _flat(body), ack, home.answer_message)

    def link_used(self, body: Body, ack: SignallingAck) -> Pending:
        """Somebody posted a link to us, or wants to see more of one."""
        return self._take(Kind.EVENT, name := body["event"]["type"], _flat(body), ack, LINK_EVENTS[name])

    def user_changed(self, body: Body, _ack: SignallingAck) -> Pending | None:
        """Another name, address or language; or they left, or became a guest, and others are told in their place."""
        desks, user = self.desks.all_of(body.get("team_id", "")), body["event"]["user"]

        async def changed() -> None:
            for desk in desks:
                await people.changed(desk, user)

        return changed() if desks else None

    def channel_changed(self, body: Body, _ack: SignallingAck) -> Pending | None:
        """Something may be announced in it no more, or again; whoever else comes or goes is no matter."""
        event, seen_by = body["event"], (body.get("authorizations") or [{}])[0].get("user_id")
        desk = self.desks.at(*place_of(body))
        if desk is None or event.get("user", seen_by) != seen_by:
            return None
        channel = event["channel"]
        return channels.changed(desk, channel if isinstance(channel, str) else channel["id"])

    async def uninstalled(self, body: Body, _ack: SignallingAck) -> None:
        """The app was taken out, or its bot token revoked: nobody is served there until it is installed again."""
        event = body["event"]
        if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return
        if account := self.desks.account_of(*place_of(body)):
            at = datetime.fromtimestamp(body["event_time"], UTC)
            if await in_thread(installations.put_to_sleep, self.desks.billing, account, at):
                self.desks.forget(account)

    async def _take(
        self,
        kind: Kind,
        act: str,
        body: Mapping[str, Any],
        ack: SignallingAck,
        listener: Listener,
        action: Mapping[str, Any] | None = None,
    ) -> None:
        """Makes the turn, lets the listener have it, and tells the person where it was refused or failed."""
        turn = self._turn(kind, act, body, ack, action or {})
        with referred(kind, act) as reference:
            try:
                turn.profile = await self._known(turn)
                turn.t, turn.is_known = i18n.words(turn.profile.language), True
                if kind is not Kind.SUBMISSION or not await self._card_number_refused(turn, act):
                    await listener(turn)
            except Refusal as refusal:
                await self._refuse(turn, act, refusal)
            except SLACK_ERRORS as trouble:
                log.warning("Slack did not take an answer", act=act, trouble=type(trouble).__name__)
                say = operator_refusals.slack_failed if turn.by_operator else sentences.slack_failed
                await self._tell(turn, sentence_message(say(turn.t)))
            except Exception:  # noqa: BLE001  whatever else happens, the person gets a sentence with the log's reference
                await self._fail(turn, act, reference)
            if kind in (Kind.ACTION, Kind.SUBMISSION):
                turn.desk.wake()  # these may have something to tell; words and views only read
            await ack()  # a form that nobody answered closes

    def _turn(
        self, kind: Kind, act: str, body: Mapping[str, Any], ack: SignallingAck, action: Mapping[str, Any]
    ) -> Turn:
        """The turn at the desk of the workspace, as far as that is known; at the host's else."""
        team, organisation = place_of(body)
        if (desk := self.desks.at(team, organisation)) is None:
            desk = self.desks.host
        elif team == desk.enterprise_id:
            team = desk.workspace_id  # whether the person belongs to it is asked of Slack
        user = body.get("user_id") or body["user"]["id"]
        words = i18n.words(desk.workspace_language)
        return Turn(desk, kind, Actor(team, user), desk.people.stranger, words, body, ack, action, act)

    async def _known(self, turn: Turn) -> Profile:
        """Who the person is. Raises ForeignWorkspace, Outsider, SlackUnavailable."""
        if turn.actor.workspace_id != turn.desk.workspace_id:
            turn.desk = await self._looked_for(turn)
        profile = await turn.desk.people.profile(turn.actor)
        home_team = turn.part("user").get("team_id")
        if profile.is_outsider or (home_team and home_team not in {*profile.teams, turn.desk.enterprise_id}):
            turn.t = i18n.words(profile.language)
            raise Outsider
        return profile

    async def _looked_for(self, turn: Turn) -> Desk:
        """The desk of a workspace from which nobody came to this process yet."""
        try:
            found = await self.desks.of(*place_of(turn.body))
        except (*SLACK_ERRORS, SQLAlchemyError) as trouble:
            log.warning("a workspace could not be looked for", trouble=type(trouble).__name__)
            raise SlackUnavailable from None
        if found is None:
            raise ForeignWorkspace
        return found

    async def _card_number_refused(self, turn: Turn, act: str) -> bool:
        """Errors beside every field in which a card number was typed; what was typed goes nowhere.

        Not in fields for tax numbers: whether it is one, billing knows with the country.
        """
        values: Mapping[str, Mapping[str, Any]] = turn.view.get("state", {}).get("values", {})
        typed = {
            block: str(element.get("value") or "")
            for block, elements in values.items()
            if block not in TAX_NUMBERS
            for element in elements.values()
        }
        faults = {block: Fault("card_number") for block, text in typed.items() if holds_card_number(text)}
        if faults:
            await self._record(turn, act, "CardNumberTyped")
            await self._mark_fields(turn, sentences.field_errors(BadFields(faults), turn.t, turn.inputs))
        return bool(faults)

    async def _refuse(self, turn: Turn, act: str, refusal: Refusal) -> None:
        traces.note(outcome=type(refusal).__name__)
        log.info("refused", act=act, refusal=type(refusal).__name__, user=turn.actor.user_id)
        await self._say(turn, refusal)
        if not isinstance(refusal, OURS):
            return
        try:
            await self._record(turn, act, type(refusal).__name__)
        except SQLAlchemyError as error:
            log.error("a refusal could not be recorded", act=act, error=type(error).__name__)

    async def _record(self, turn: Turn, act: str, refused_as: str) -> None:
        """In the audit log of the person's workspace, whoever's desk answers them."""
        billing = self.desks.billing.within(turn.actor.workspace_id)
        await in_thread(audit.record_refusal, billing, turn.actor, act[:60], refused_as)

    async def _say(self, turn: Turn, refusal: Refusal) -> None:
        """Beside the field that it belongs to, where a form was submitted that has it; else in a message."""
        if turn.kind is Kind.SUBMISSION and not turn.progress_view_id:
            errors = sentences.beside_fields(refusal, turn.t, turn.inputs)
            if errors:
                await self._mark_fields(turn, errors)
                return
        over = turn.kind is Kind.ACTION and old_buttons.is_over(refusal)
        replace = over and old_buttons.stands_in_private_answer(turn)
        message = sentences.message(refusal, turn.t, to_operator=turn.by_operator)
        await self._tell(turn, message, replace=replace)
        if over:
            await old_buttons.retire(turn)

    async def _mark_fields(self, turn: Turn, errors: Mapping[str, str]) -> None:
        """Beside the fields; of a form that is closed by now, in a message."""
        await turn.ack(response_action="errors", errors=errors)
        if turn.is_late:
            why = " ".join(dict.fromkeys(errors.values()))
            await self._tell(turn, sentence_message(sentences.not_submitted(why, turn.t)))

    async def _fail(self, turn: Turn, act: str, reference: str) -> None:
        traces.note(outcome="failed")
        log.exception("a turn failed", act=act, user=turn.actor.user_id)
        at_bank = turn.progress_view_id and not turn.progress_view_id.startswith(WAITS)
        say = sentences.failed_at_bank if at_bank else sentences.failed
        if turn.by_operator:
            say = operator_refusals.failed
        await self._tell(turn, sentence_message(say(reference, turn.t)))

    async def _tell(self, turn: Turn, message: Message, *, replace: bool = False) -> None:
        """Says it in private, where the person is; a Home says it itself, to those who belong here."""
        if turn.kind is Kind.SUGGESTION:
            await turn.ack(options=[])
        try:
            if turn.is_reachable:
                await turn.reply(message, replace=replace)
            if turn.in_home and turn.actor.workspace_id == turn.desk.workspace_id:
                await self._tell_in_home(turn, message)
        except SLACK_ERRORS as trouble:
            log.warning("nobody could be told", trouble=type(trouble).__name__)

    async def _tell_in_home(self, turn: Turn, message: Message) -> None:
        """Draws it again, or why there is none; where Slack takes no Home, whoever opened it reads it elsewhere."""
        try:
            if turn.is_known:
                await turn.redraw_home()
            else:
                refused = home_views.home_refused(message, turn.t)
                await turn.desk.slack.views_publish(user_id=turn.actor.user_id, view=refused)
        except SLACK_ERRORS:
            if turn.kind is not Kind.EVENT:
                raise
            await turn.write_to_person(message)


# What is refused before billing is asked, and would not stand in its audit log otherwise.
OURS = (SlackUnavailable, Outsider, ForeignWorkspace, CardNumberTyped, Outdated, NotAnOperator)


def _flat(body: Body) -> dict[str, Any]:
    """An event with whose it is where gestures have it."""
    return {**body, "user": {"id": body["event"]["user"]}, "team": {"id": body["team_id"]}}
