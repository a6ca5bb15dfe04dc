"""Drains the outbox into Slack: in order per channel, at the pace that Slack allows, again until it is delivered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TypeVar

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from billing import Actor, Billing, traces
from billing.i18n import Translator
from billing.services import channels, outbox
from billing.values.channels import ChannelProblem
from billing.values.cycles import local_date
from billing.values.events import CardSaved
from billing.values.outbox import Audience, Before, Delivery
from bot import announcements, i18n
from bot.channels import problem_named
from bot.context import Asking, Desk
from bot.draining import Taken, drain
from bot.listeners import waiting_forms
from bot.listeners.channels import problem_of
from bot.refusals import SlackUnavailable
from bot.runner import in_pool, in_thread
from bot.slack_errors import NO_READER, error_name, retry_after
from bot.views import announcements as views

R = TypeVar("R")
IDLE_SECONDS = 5.0
PACE_SECONDS = 1.0
# More places than this are not told at one time; each has one message on its way, so that none takes all of them.
AT_ONCE = 20
# After so many tries to send its document, the message being there, a fact counts as delivered without it: that can
# still be had from the page.
TRIES_WITH_DOCUMENT = 5
# So long a document waits at most until those before it in its workspace are sent: well within the hold of its claim.
LINE_SECONDS = 20.0
# So many documents are drawn at a time, by none of the threads for which people wait.
DRAWN_AT_A_TIME = 2
# So long it waits for Slack to let it look for what it may have told already: an app that its maker hands out by
# itself may read histories once a minute, and told twice is better than never.
LOOKED_FOR = timedelta(hours=1)
# How long a channel that was found good is not asked for again while it is told one thing after the other.
CHECKED_SECONDS = 30.0
log = structlog.get_logger()


class Unusable(Exception):
    """Nothing can be announced in the channel, or strangers would read it."""

    def __init__(self, problem: ChannelProblem) -> None:
        super().__init__(problem)
        self.problem = problem


class ReaderLeft(Exception):
    """Whoever was to read it cannot use Slack here any more, or only as a guest."""


class StandsInLine(Exception):
    """Other documents of the workspace are sent still."""


class Courier:
    """Delivers what the outbox holds, by each workspace's desk. A channel gets a message per `pace` seconds."""

    def __init__(
        self,
        billing: Billing,
        desk_of: Callable[[str], Awaitable[Desk | None]],
        pace: float = PACE_SECONDS,
    ) -> None:
        self._billing = billing
        self._desk_of = desk_of
        self._pace = pace
        self._woken = asyncio.Event()
        self._draining = asyncio.Lock()
        self._free_at: dict[tuple[str, str], float] = {}
        self._good_until: dict[tuple[str, str], float] = {}
        self._sends_document: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._drawing: ThreadPoolExecutor | None = None

    def wake(self) -> None:
        """Something was written just now; do not wait for the next round."""
        self._woken.set()

    async def run(self) -> None:
        """Works until it is cancelled."""
        is_away = False
        self._drawing = ThreadPoolExecutor(DRAWN_AT_A_TIME, thread_name_prefix="documents")
        try:
            while True:
                try:
                    await self.drain()
                    is_away = False
                except SQLAlchemyError as error:  # the database is away: what is untold waits in it
                    if not is_away:
                        log.error("the outbox cannot be read", error=type(error).__name__)
                    is_away = True
                with suppress(TimeoutError):
                    # Not wait_for: a wake-up and the server's end at one moment, and it would swallow the end.
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._woken.wait()
        finally:
            self._drawing.shutdown(wait=False)

    async def drain(self) -> None:
        """Tells all that can be told now; a second caller waits for the first, whose rows are on their way.

        Whoever is done makes room for the next: a place that answers slowly keeps no other waiting.
        """
        async with self._draining:
            self._good_until.clear()
            await drain(self._take, AT_ONCE, self._woken)

    async def _take(self, room: int) -> Taken:
        rows = await in_thread(outbox.claim, self._billing, room)
        return {asyncio.create_task(self._traced(row)) for row in rows}

    async def _traced(self, row: Delivery) -> None:
        with traces.span("delivery slack", audience=row.to.audience, number=row.number, tries=row.tries):
            await self._tell(row)

    async def _tell(self, row: Delivery) -> None:
        try:
            if (desk := await self._desk_of(row.workspace_id)) is None:
                await self._failed(row, "the app is not installed there", None)
                return
            message_ref = await self._announce(desk, row, await self._words(desk, row))
        except ReaderLeft:  # billing learned it with their profile, and tells others in their place
            await in_thread(outbox.drop, self._billing, row.number, "the person left")
        except StandsInLine:
            await self._failed(row, "ratelimited", retry_after=0)
        except SlackUnavailable:
            await self._failed(row, "nobody knows the reader's language", None)
        except Unusable as unusable:
            await self._channel_unusable(row, unusable.problem)
        except SlackApiError as error:
            problem = problem_named(error) if row.to.audience is Audience.SLACK_CHANNEL else None
            if desk and row.to.reader and error_name(error) in NO_READER:
                desk.people.forget(row.to.reader)
            if problem is not None:
                await self._channel_unusable(row, problem)
            else:
                await self._failed(row, *_refusal(error))
        except (TimeoutError, ClientError, AttributeError, ValueError) as error:
            # The last two are how the SDK stumbles over an answer that is no JSON object.
            await self._failed(row, type(error).__name__, None)
        except SQLAlchemyError:
            raise  # the database is away: its claim is over by itself
        except Exception as error:  # whatever it is, it is logged, and the other messages go out
            log.exception("a message could not be told", number=row.number)
            await self._failed(row, type(error).__name__, None)
        else:
            await in_thread(outbox.told, self._billing, row.number, message_ref)
            desk.homes.changed(row.event.property_id)

    async def _words(self, desk: Desk, row: Delivery) -> Translator:
        """In the language of the workspace, or of the one person who reads it. Raises ReaderLeft."""
        if row.to.reader is None:
            return i18n.words(desk.workspace_language)
        profile = await desk.people.profile(Actor(row.workspace_id, row.to.reader))
        if profile.is_outsider:
            raise ReaderLeft
        return i18n.words(profile.language)

    async def _announce(self, desk: Desk, row: Delivery, t: Translator) -> str:
        """Tells it where it belongs; answers the message in which it stands. Each step can be done again."""
        to = row.to
        if to.edits is not None:
            await self._wait_for_turn(desk, row)
            await announcements.edit(desk.slack, to.address, to.edits, views.for_one(row.event, t))
            if isinstance(row.event, CardSaved):
                asking = Asking(desk.billing, Actor(row.workspace_id, to.reader or ""), t)
                await waiting_forms.card_came(desk.slack, asking, row.event)
            return to.edits
        message_ref = row.message_ref or await self._post(desk, row, t)
        if to.reader is None and (row.message_ref is None or row.tries <= TRIES_WITH_DOCUMENT):
            await self._attach(desk, row, message_ref, t)
        return message_ref

    async def _post(self, desk: Desk, row: Delivery, t: Translator) -> str:
        """In the place of what was told of the same thing on the same day; else as a message of its own.

        What was told on an earlier day stays as it was said then, without what can't be done with it any more; but
        for what asks for something, which says how that stands.
        """
        channel, event = row.to.address, row.event
        await self._wait_for_turn(desk, row)
        if row.tries > 1 and (found := await self._posted_before(desk, row)):
            return found
        message = views.announcement(event, t) if row.to.reader is None else views.for_one(event, t)
        if before := row.before:
            goes_on = event.in_place or (not event.also_post and _is_same_day(row, before))
            now = views.in_place_of(before.event, event, t) if goes_on else views.closed(before.event, t)
            edited = await announcements.edit(desk.slack, channel, before.message_ref, now)
            if edited and goes_on:
                return before.message_ref
            await self._wait_for_turn(desk, row)
        return await announcements.post(desk.slack, channel, message, row.number)

    async def _posted_before(self, desk: Desk, row: Delivery) -> str | None:
        """By an earlier try whose answer was lost, or of whose process nothing is left."""
        find = announcements.find(desk.slack, row.to.address, row.number, row.written_at)
        return await _looked_for(row, find)

    async def _attach(self, desk: Desk, row: Delivery, message_ref: str, t: Translator) -> None:
        """The PDF of a receipt or credit note, in its thread. The message is remembered first, and not sent again."""
        if not isinstance(row.event, outbox.DOCUMENTED):
            return
        if not await in_thread(outbox.posted, self._billing, row, message_ref):
            return
        await self._wait_for_turn(desk, row)
        async with self._line_of(row.workspace_id):
            # Held anew: the line, and what Slack wants waited for, may take longer than what is left of the claim.
            if not await in_thread(outbox.posted, self._billing, row, message_ref):
                return
            about = (desk.billing, row.workspace_id, row.event, t.language)
            file = await in_pool(self._drawing, outbox.document, *about)
            if file is None:
                return
            to = row.to.address
            if row.tries > 1 and await _looked_for(
                row, announcements.is_attached(desk.slack, to, message_ref, file.name)
            ):
                return
            comment = views.document_comment(row.event, file, t)
            await announcements.attach(desk.slack, to, message_ref, file, comment)

    @asynccontextmanager
    async def _line_of(self, workspace_id: str) -> AsyncIterator[None]:
        """One document of a workspace after the other: Slack takes so many a minute; who is refused waits for all.

        Raises StandsInLine.
        """
        line = self._sends_document[workspace_id]
        try:
            async with asyncio.timeout(LINE_SECONDS):
                await line.acquire()
        except TimeoutError:
            raise StandsInLine from None
        try:
            yield
        finally:
            line.release()

    async def _failed(self, row: Delivery, error: str, retry_after: float | None) -> None:
        log.warning("not told", number=row.number, error=error)
        await in_thread(outbox.failed, self._billing, row.number, error, retry_after)

    async def _channel_unusable(self, row: Delivery, problem: ChannelProblem) -> None:
        """It waits until the channel is good again or another one is chosen; whoever can choose is told.

        What belongs elsewhere by now is told there at once.
        """
        about = (self._billing, row.workspace_id, row.to.address)
        moved = await in_thread(channels.found_unusable, *about, problem)
        await self._failed(row, problem, 0 if row.number in moved else None)

    async def _wait_for_turn(self, desk: Desk, row: Delivery) -> None:
        """Until the channel may get the next message; nothing goes where strangers read. Raises Unusable."""
        now, place = asyncio.get_running_loop().time(), (row.workspace_id, row.to.address)
        free_at = max(self._free_at.get(place, now), now)
        self._free_at[place] = free_at + self._pace
        await asyncio.sleep(free_at - now)
        if row.to.audience is Audience.SLACK_CHANNEL and self._good_until.get(place, 0) <= free_at:
            if problem := await problem_of(desk, row.to.address):
                raise Unusable(problem)
            self._good_until[place] = free_at + CHECKED_SECONDS


async def _looked_for(row: Delivery, look: Awaitable[R]) -> R | None:
    """What of the row is in Slack already, as the look says; None where Slack had no room for that look for long."""
    try:
        return await look
    except SlackApiError as error:
        if retry_after(error) is None or row.waited < LOOKED_FOR:
            raise
    return None


def _is_same_day(row: Delivery, before: Before) -> bool:
    zone = row.event.time_zone
    return local_date(before.written_at, zone) == local_date(row.written_at, zone)


def _refusal(error: SlackApiError) -> tuple[str, float | None]:
    """Slack's name for what is wrong, and how long it wants us to wait."""
    return error_name(error), retry_after(error)
