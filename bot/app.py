"""THE ROUTING TABLE: every word, button and form on one page; and how each turn is made and answered."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from billing import Actor
from billing.domain.card_numbers import holds_card_number
from billing.domain.errors import BadFields, Fault, Refusal
from billing.services import audit
from bot import errors, i18n
from bot.blocks import Message, unfolded
from bot.context import TROUBLES_WITH_SLACK, Desk, Kind, Turn, home_view
from bot.listeners import (
    addresses,
    agenda,
    changes,
    channels,
    companies,
    credit_notes,
    health,
    help,
    home,
    invoices,
    members,
    payment_methods,
    payments,
    properties,
    purchases,
    receipts,
    renewals,
    subscriptions,
    transfers,
)
from bot.listeners import audit as audit_log
from bot.people import Profile
from bot.refusals import CardNumberTyped, ForeignWorkspace, Outdated, Outsider, SlackSilent
from bot.runner import EventDrivenRunner, SignallingAck, in_thread, install_runner
from bot.views import addresses as address_views
from bot.views import agenda as agenda_views
from bot.views import audit as audit_views
from bot.views import changes as change_views
from bot.views import channels as channel_views
from bot.views import companies as company_views
from bot.views import credit_notes as credit_note_views
from bot.views import help as help_views
from bot.views import home as home_views
from bot.views import invoices as invoice_views
from bot.views import members as member_views
from bot.views import payment_methods as method_views
from bot.views import payments as payment_views
from bot.views import properties as property_views
from bot.views import purchases as purchase_views
from bot.views import receipts_by_mail as receipt_views
from bot.views import renewals as renewal_views
from bot.views import subscriptions as subscription_views
from bot.views import support as support_views
from bot.views import transfers as transfer_views
from bot.views.notice import sentence_message

Listener = Callable[[Turn], Awaitable[None]]
WordListener = Callable[[Turn, str], Awaitable[None]]
log = structlog.get_logger()

COMMAND = "/billing"

WORDS: Mapping[str, WordListener] = {
    "home": lambda turn, _: home.show_card(turn),
    "buy": lambda turn, _: purchases.open_form(turn),
    "change": changes.open_form_from_words,
    "help": help.show,
    "cancel": subscriptions.open_cancel_from_words,
    "renew": renewals.open_from_words,
    "pause": changes.open_pause_from_words,
    "transfer": transfers.open_form_from_words,
    "agenda": agenda.open_agenda_from_words,
    "history": payments.open_history_from_words,
    "payment": payment_methods.open_form_from_words,
    "address": addresses.open_form_from_words,
    "company": companies.open_form_from_words,
    "receipts": receipts.open_form_from_words,
    "invoices": invoices.open_list_from_words,
    "property": properties.choose_by_name,
    "members": lambda turn, _: members.open_list(turn),
    "channel": lambda turn, _: channels.open_form(turn),
    "audit": lambda turn, _: audit_log.open_log(turn),
    "health": lambda turn, _: health.show(turn),
    "contact": lambda turn, _: help.open_message(turn),
}

ACTIONS: Mapping[str, Listener] = {
    home_views.CHOOSE: properties.choose,
    home_views.NEW_PROPERTY: properties.open_create,
    subscription_views.CANCEL: subscriptions.open_cancel,
    subscription_views.UNDO: subscriptions.undo_cancellation,
    purchase_views.OPEN: purchases.open_form,
    purchase_views.NEW_CARD: purchases.add_card,
    change_views.OPEN: changes.open_form,
    change_views.PREVIEW: changes.preview,
    change_views.UNDO: changes.undo,
    renewal_views.OPEN: renewals.open_question,
    transfer_views.OPEN: transfers.open_form,
    payment_views.PAY: payments.pay,
    payment_views.AT_BANK: payments.go_to_bank,
    method_views.OPEN: payment_methods.open_form,
    method_views.NEW: payment_methods.add,
    method_views.PAGE_OPENED: payment_methods.page_opened,
    method_views.REMOVE: payment_methods.remove,
    payment_views.HISTORY: payments.open_history,
    payment_views.PAGE: payments.turn_page,
    agenda_views.PAGE: agenda.turn_page,
    address_views.EDIT: addresses.open_form,
    company_views.EDIT: companies.open_form,
    receipt_views.EDIT: receipts.open_form,
    invoice_views.LIST: invoices.open_list,
    invoice_views.PAGE: invoices.turn_page,
    invoice_views.SEND: invoices.send,
    member_views.LIST: members.open_list,
    member_views.PAGE: members.turn_page,
    member_views.ADD: members.open_add,
    member_views.CHANGE: members.open_change,
    member_views.ASK: members.ask_for_role,
    channel_views.OFF: channels.turn_off,
    audit_views.PAGE: audit_log.turn_page,
    help_views.HELPFUL: help.vote,
    help_views.NOT_HELPFUL: help.vote,
    support_views.OPEN: help.open_message,
    credit_note_views.SEND: credit_notes.send,
}

SUBMISSIONS: Mapping[str, Listener] = {
    subscription_views.CANCEL: subscriptions.confirm_cancel,
    subscription_views.CANCEL_CONFIRMED: subscriptions.cancel,
    purchase_views.CONFIRM: purchases.confirm,
    purchase_views.BUY: purchases.buy,
    change_views.OPEN: changes.show_form,
    change_views.CONFIRM: changes.confirm,
    change_views.CHANGE: changes.change,
    change_views.PAUSE: changes.refuse_pause,
    renewal_views.CHOSEN: renewals.show_question,
    renewal_views.KEEP: renewals.keep,
    renewal_views.RESTART: renewals.restart,
    transfer_views.CONFIRM: transfers.confirm,
    transfer_views.TRANSFER: transfers.transfer,
    method_views.OPEN: payment_methods.show_form,
    method_views.USE: payment_methods.use,
    address_views.EDIT: addresses.show_form,
    address_views.CHANGE: addresses.change,
    company_views.EDIT: companies.show_form,
    company_views.CHANGE: companies.change,
    receipt_views.EDIT: receipts.show_form,
    receipt_views.CHANGE: receipts.change,
    property_views.CREATE: properties.create,
    member_views.ADD: members.add,
    member_views.CHANGE: members.change,
    channel_views.CHOOSE: channels.choose,
    support_views.SEND: help.send_message,
}

SHORTCUTS: Mapping[str, Listener] = {"home.open": home.show_card}


def make_app(
    desk: Desk, authorized: AuthorizeResult, signing_secret: str
) -> tuple[AsyncApp, EventDrivenRunner]:
    """The Bolt app with its routes. Signatures are checked before it, by the server."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return (
            authorized  # one workspace, one token: nothing to look up; foreign ones are refused by the turn
        )

    app = AsyncApp(
        client=AsyncWebClient(base_url=desk.slack.base_url, session=desk.slack.session),
        authorize=authorize,
        signing_secret=signing_secret,
        request_verification_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    routes = Routes(desk)
    app.command(COMMAND)(routes.command)
    app.action(re.compile(""))(routes.action)
    app.view(re.compile(""))(routes.submission)
    app.shortcut(re.compile(""))(routes.shortcut)
    app.event("app_home_opened")(routes.home_opened)
    app.event("user_change")(routes.user_changed)
    return app, install_runner(app)


class Routes:
    """Finds the listener of what came, and answers in its place when that is refused or fails."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def command(self, body: dict[str, Any], ack: SignallingAck) -> None:
        word, rest, nearest = help_views.understand(body.get("text", ""))

        async def listen(turn: Turn) -> None:
            if holds_card_number(body.get("text", "")):
                raise CardNumberTyped
            if word is None:
                await help.show_unknown(turn, body["text"].split()[0], nearest)
            else:
                await WORDS[word](turn, rest)

        await ack()
        await self._take(Kind.COMMAND, f"command {word}", body, ack, listen)

    async def action(self, body: dict[str, Any], ack: SignallingAck) -> None:
        await ack()
        action = unfolded(body["actions"][0])
        await self._take(
            Kind.ACTION, action["action_id"], body, ack, ACTIONS.get(action["action_id"], outdated), action
        )

    async def submission(self, body: dict[str, Any], ack: SignallingAck) -> None:
        callback = body["view"]["callback_id"]
        await self._take(Kind.SUBMISSION, callback, body, ack, SUBMISSIONS.get(callback, outdated))
        await ack()

    async def shortcut(self, body: dict[str, Any], ack: SignallingAck) -> None:
        await ack()
        listener = SHORTCUTS.get(body["callback_id"], outdated)
        await self._take(Kind.SHORTCUT, body["callback_id"], body, ack, listener)

    async def home_opened(self, body: dict[str, Any], ack: SignallingAck) -> None:
        if body["event"].get("tab") == "home":
            flat = {**body, "user": {"id": body["event"]["user"]}, "team": {"id": body["team_id"]}}
            await self._take(Kind.EVENT, "home.opened", flat, ack, home.open_home)

    async def user_changed(self, body: dict[str, Any]) -> None:
        self.desk.people.forget(body["event"]["user"]["id"])

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
        turn = self._turn(kind, body, ack, action or {})
        try:
            turn.profile = await self._known(turn)
            turn.t, turn.is_known = i18n.words(turn.profile.language), True
            if kind is not Kind.SUBMISSION or not await self._card_number_refused(turn, act):
                await listener(turn)
        except Refusal as refusal:
            await self._refuse(turn, act, refusal)
        except TROUBLES_WITH_SLACK as trouble:
            log.warning("Slack did not take an answer", act=act, trouble=type(trouble).__name__)
            await self._tell(turn, sentence_message(errors.slack_failed(turn.t)))
        except Exception:  # noqa: BLE001  whatever else happens, the person gets a sentence and the log its reference
            await self._fail(turn, act)
        if kind in (Kind.ACTION, Kind.SUBMISSION):
            self.desk.nudge()  # these may have something to tell; words and views only read

    def _turn(
        self, kind: Kind, body: Mapping[str, Any], ack: SignallingAck, action: Mapping[str, Any]
    ) -> Turn:
        team = body.get("team_id") or (body.get("team") or {}).get("id", "")
        user = body.get("user_id") or body["user"]["id"]
        stranger = Profile("", None, self.desk.workspace_language, "UTC", False, True)
        words = i18n.words(self.desk.workspace_language)
        return Turn(self.desk, kind, Actor(team, user), stranger, words, body, ack, action)

    async def _known(self, turn: Turn) -> Profile:
        """Who the person is. Raises ForeignWorkspace, Outsider, SlackSilent."""
        if turn.actor.workspace_id != self.desk.workspace_id:
            raise ForeignWorkspace
        profile = await self.desk.people.profile(turn.actor)
        home_team = turn.body["user"].get("team_id") if isinstance(turn.body.get("user"), dict) else None
        if profile.is_outsider or (home_team and home_team != self.desk.workspace_id):
            turn.t = i18n.words(profile.language)
            raise Outsider
        return profile

    async def _card_number_refused(self, turn: Turn, act: str) -> bool:
        """Errors beside every field in which a card number was typed; what was typed goes nowhere."""
        values: Mapping[str, Mapping[str, Any]] = turn.view.get("state", {}).get("values", {})
        typed = {
            block: str(element.get("value") or "")
            for block, elements in values.items()
            for element in elements.values()
        }
        faults = {block: Fault("card_number") for block, text in typed.items() if holds_card_number(text)}
        if faults:
            await in_thread(audit.record_refusal, self.desk.billing, turn.actor, act, "CardNumberTyped")
            await turn.ack(
                response_action="errors", errors=errors.field_errors(BadFields(faults), turn.t, turn.inputs)
            )
        return bool(faults)

    async def _refuse(self, turn: Turn, act: str, refusal: Refusal) -> None:
        log.info("refused", act=act, refusal=type(refusal).__name__, user=turn.actor.user_id)
        await self._tell(turn, errors.message(refusal, turn.t))
        if not isinstance(refusal, OURS):
            return
        try:
            await in_thread(
                audit.record_refusal, self.desk.billing, turn.actor, act[:60], type(refusal).__name__
            )
        except SQLAlchemyError as error:
            log.error("a refusal could not be recorded", act=act, error=type(error).__name__)

    async def _fail(self, turn: Turn, act: str) -> None:
        reference = uuid4().hex[:8].upper()
        log.exception("a turn failed", act=act, reference=reference, user=turn.actor.user_id)
        say = errors.failed_at_bank if turn.promised else errors.failed
        await self._tell(turn, sentence_message(say(reference, turn.t)))

    async def _tell(self, turn: Turn, message: Message) -> None:
        """Says it in private, where the person is; a Home says it itself, to those who belong here."""
        try:
            if turn.kind is not Kind.EVENT:
                await turn.reply(message)
            if turn.in_home and turn.actor.workspace_id == self.desk.workspace_id:
                await turn.publish(
                    await home_view(turn) if turn.is_known else home_views.home_refused(message, turn.t)
                )
        except TROUBLES_WITH_SLACK as trouble:
            log.warning("nobody could be told", trouble=type(trouble).__name__)


# What is refused before billing is asked, and would not stand in its audit log otherwise.
OURS = (SlackSilent, Outsider, ForeignWorkspace, CardNumberTyped, Outdated)


async def outdated(_: Turn) -> None:
    """A button or form that no longer exists, or never did."""
    raise Outdated
