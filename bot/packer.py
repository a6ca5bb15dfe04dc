"""Makes what was asked to be downloaded, one at a time of a workspace: a message says how far it is, then a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Event
from typing import BinaryIO

import structlog
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from billing import Actor, Billing
from billing.i18n import Translator
from billing.services import download_files, downloads
from billing.services.download_files import Abandoned
from billing.values.errors import Refusal
from billing.values.snapshots import DownloadSnapshot, Papers
from bot import announcements, i18n, sentences
from bot.blocks import Message
from bot.context import Desk
from bot.draining import Taken, drain
from bot.people import SLACK_ERRORS
from bot.refusals import SlackUnavailable
from bot.runner import in_pool, in_thread
from bot.slack_errors import NO_READER, error_name, retry_after
from bot.views import downloads as views

IDLE_SECONDS = 5.0
# More workspaces than this are not served at one time; none has more than one on its way.
AT_ONCE = 10
# How often the message says how far it is: Slack takes fifty edits a minute.
PROGRESS_SECONDS = 3.0
log = structlog.get_logger()


@dataclass
class Progress:
    """How far it is. Asked by the thread that packs whether to go on, read by the one that tells."""

    stopped: Event
    done: int = 0
    count: int = 0

    def __call__(self, done: int, count: int) -> bool:
        self.done, self.count = done, count
        return not self.stopped.is_set()


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is told, and in which language."""

    desk: Desk
    channel: str
    message_ref: str
    t: Translator

    async def say(self, message: Message) -> None:
        """In the place of what the message said."""
        await announcements.edit(self.desk.slack, self.channel, self.message_ref, message)


class Packer:
    """Works in threads of its own, which draw at a low share together: whoever waits for an answer comes first."""

    def __init__(self, billing: Billing, desk_of: Callable[[str], Awaitable[Desk | None]]) -> None:
        self._billing = billing
        self._desk_of = desk_of
        self._woken = asyncio.Event()
        self._pool: ThreadPoolExecutor | None = None
        self._packing = 0

    def wake(self) -> None:
        """Something was asked for just now; do not wait for the next round."""
        self._woken.set()

    async def run(self) -> None:
        """Works until it is cancelled."""
        is_away = False
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="packer")
        try:
            while True:
                try:
                    await self.drain()
                    is_away = False
                except SQLAlchemyError as error:  # the database is away: what was asked for waits in it
                    if not is_away:
                        log.error("downloads cannot be read", error=type(error).__name__)
                    is_away = True
                with suppress(TimeoutError):
                    async with asyncio.timeout(IDLE_SECONDS):
                        await self._woken.wait()
        finally:
            self._pool.shutdown(wait=False)

    async def drain(self) -> None:
        """Makes all that waits. What takes long, or whose Slack does not answer, keeps no other workspace waiting."""
        await drain(self._take, AT_ONCE, self._woken, IDLE_SECONDS)

    async def _take(self, room: int) -> Taken:
        taken: Taken = set()
        # What is left as the process ends would be taken again at once, and given up after so many tries.
        while len(taken) < room and not self._billing.stopping.is_set():
            if (one := await in_thread(downloads.claim, self._billing)) is None:
                break
            taken.add(asyncio.create_task(self._make(one)))
        return taken

    async def _make(self, one: DownloadSnapshot) -> None:
        desk: Desk | None = None
        try:
            desk = await self._desk_of(one.workspace_id)
            await self._deliver(desk, one)
        except Abandoned:
            await in_thread(downloads.failed, self._billing, one, "the process ended", 0)
        except SlackApiError as error:
            if error_name(error) in NO_READER:
                await in_thread(downloads.give_up, self._billing, one, error_name(error))
            else:
                await self._failed(desk, one, error_name(error), retry_after(error))
        except (SlackUnavailable, TimeoutError, ClientError, AttributeError, ValueError) as error:
            # The last two are how the SDK stumbles over an answer that is no JSON object.
            await self._failed(desk, one, type(error).__name__)
        except SQLAlchemyError:
            raise  # the database is away: its claim is over by itself
        except Exception as error:  # whatever it is, it is logged, and the others are made
            log.exception("a download could not be made", download=one.id)
            await self._failed(desk, one, type(error).__name__)

    async def _deliver(self, desk: Desk | None, one: DownloadSnapshot) -> None:
        """Each step can be done again: the message is known by its id, the file by its name in the thread."""
        if desk is None:
            raise SlackUnavailable
        profile = await desk.people.profile(_actor(one))
        if profile.is_outsider:
            await in_thread(downloads.give_up, self._billing, one, "the person left")
            return
        place = await self._place(desk, one, i18n.words(profile.language))
        with TemporaryFile(prefix="billing-") as file:  # nobody else's to read, and gone with the process
            try:
                papers = await self._packed(one, file, place)
            except Refusal as refusal:
                await place.say(sentences.message(refusal, place.t))
                await in_thread(downloads.refused, self._billing, one, type(refusal).__name__)
                return
            await self._send(one, file, place)
        await place.say(views.ready(one, papers, place.t))
        await in_thread(downloads.delivered, self._billing, one, len(papers.documents))

    async def _place(self, desk: Desk, one: DownloadSnapshot, t: Translator) -> Place:
        """The message of an earlier try where there is one, though its answer was lost; else a new one."""
        opened = await desk.slack.conversations_open(users=one.requested_by)
        channel, at = opened["channel"]["id"], one.message_ref
        if at is None and one.tries > 1:
            at = await announcements.find(desk.slack, channel, one.id, one.requested_at)
        if at is None:
            at = await announcements.post(desk.slack, channel, views.preparing(one, 0, 0, t), one.id)
        await in_thread(downloads.posted, self._billing, one, at)
        return Place(desk, channel, at, t)

    async def _packed(self, one: DownloadSnapshot, file: BinaryIO, place: Place) -> Papers:
        progress = Progress(Event())
        made = in_pool(
            self._pool,
            download_files.pack,
            place.desk.billing,
            _actor(one),
            one,
            file,
            place.t.language,
            progress,
            at_a_time=lambda: self._packing,
        )
        packing = asyncio.create_task(made)
        self._packing += 1
        try:
            while not (await asyncio.wait({packing}, timeout=PROGRESS_SECONDS))[0]:
                await in_thread(downloads.hold_on, self._billing, one)
                await place.say(views.preparing(one, progress.done, progress.count, place.t))
            return packing.result()
        finally:  # also where the server ends meanwhile, or Slack does not answer: nobody would get it
            progress.stopped.set()
            await asyncio.wait({packing})
            self._packing -= 1

    async def _send(self, one: DownloadSnapshot, file: BinaryIO, place: Place) -> None:
        slack, name = place.desk.slack, views.file_name(one)
        if one.tries > 1 and await announcements.is_attached(slack, place.channel, place.message_ref, name):
            return
        comment = views.comment(one, place.t)
        await announcements.upload(slack, place.channel, place.message_ref, name, file, comment)

    async def _failed(
        self, desk: Desk | None, one: DownloadSnapshot, error: str, wait: float | None = None
    ) -> None:
        log.warning("a download was not delivered", download=one.id, error=error)
        is_given_up = await in_thread(downloads.failed, self._billing, one, error, wait)
        if is_given_up and desk and one.message_ref:
            with suppress(*SLACK_ERRORS):
                opened = await desk.slack.conversations_open(users=one.requested_by)
                t = i18n.words((await desk.people.profile(_actor(one))).language)
                await Place(desk, opened["channel"]["id"], one.message_ref, t).say(views.given_up(one, t))


def _actor(one: DownloadSnapshot) -> Actor:
    return Actor(one.workspace_id, one.requested_by)
