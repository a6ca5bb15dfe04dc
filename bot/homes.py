"""The Homes that somebody has opened, drawn again when something happens in what they show; and the cards."""

from __future__ import annotations

import asyncio
from contextvars import Context
from dataclasses import replace
from typing import NamedTuple

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from billing import Actor, Billing
from billing.i18n import Translator
from billing.services import properties
from billing.values.actors import UNASKED
from billing.values.errors import Refusal
from billing.values.refusals import NoProperty
from billing.values.snapshots import PurchasesPage
from bot import i18n, sentences
from bot.blocks import Message, View
from bot.people import SLACK_ERRORS, People, Profile
from bot.refusals import SlackUnavailable
from bot.runner import in_thread
from bot.views import home

# Whoever opened theirs longest ago is forgotten first: it is drawn anew when they open it again.
MAX_CACHED = 500
# Slack takes a hundred a minute, and those of people who wait come first.
PACE_SECONDS = 1.0
# Each has some tens of kilobytes, and is of as many pages at most as threads read at a time (`server.THREADS`).
MAX_CARDS, MAX_PAGES = 200, 4
log = structlog.get_logger()


class Cards:
    """The cards that were drawn last, by who reads them: one of the same page is not drawn again.

    Each connection to SQLite keeps the page that it read, so that one reader sees several of the same books in turn.
    """

    def __init__(self, most: int = MAX_CARDS) -> None:
        self._most = most
        self._drawn: dict[tuple[Actor, str], tuple[tuple[PurchasesPage, Message], ...]] = {}

    def of(self, actor: Actor, page: PurchasesPage, t: Translator) -> Message:
        """The page as a message."""
        before = self._drawn.pop(reader := (actor, t.language), ())
        drawn = next((one for one in before if _is_kept(one[0], page)), None) or (page, home.card(page, t))
        self._drawn[reader] = (drawn, *(one for one in before if one is not drawn))[:MAX_PAGES]
        if len(self._drawn) > self._most:
            del self._drawn[next(iter(self._drawn))]
        return drawn[1]


def _is_kept(drawn: PurchasesPage, page: PurchasesPage) -> bool:
    """Whether it is the page that was kept, and not one that is merely equal: cards show what quotes leave out."""
    parts = ("running", "ended", "invoices", "unpaid")
    of_reader = (drawn.property, drawn.choices, drawn.credit) == (page.property, page.choices, page.credit)
    return of_reader and all(getattr(drawn, part) is getattr(page, part) for part in parts)


class Shown(NamedTuple):
    """What a person's Home shows: of which property, and the hash of what was drawn."""

    property_id: str
    drawn: int


class Homes:
    """Draws Homes, and remembers in this process what they show; those of colleagues follow, one a `pace`."""

    def __init__(
        self, billing: Billing, slack: AsyncWebClient, people: People, pace: float = PACE_SECONDS
    ) -> None:
        self._billing = billing
        self._slack = slack
        self._people = people
        self._pace = pace
        self._shown: dict[Actor, Shown] = {}
        self._stale: dict[Actor, None] = {}
        self._following: asyncio.Task[None] | None = None

    async def draw(self, actor: Actor, profile: Profile) -> None:
        """Draws the person's Home as it is now: the page, or why there is none and what to do."""
        await self._put(actor, *await self._home(actor, profile))

    def changed_by(self, actor: Actor) -> None:
        """They did something in the property that their Home shows: those of their colleagues follow."""
        if shown := self._shown.get(actor):
            self.changed(shown.property_id)
            self._stale.pop(actor, None)

    def changed(self, property_id: str) -> None:
        """Something happened there: the Homes that show it are looked at again."""
        self._stale |= {
            actor: None for actor, shown in self._shown.items() if shown.property_id == property_id
        }
        if self._stale and (self._following is None or self._following.done()):
            # Not within the turn that was the first of several.
            self._following = asyncio.create_task(self._follow_all(), context=Context())

    async def close(self) -> None:
        """Draws no more; what a Home shows then, its buttons say."""
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)

    async def _follow_all(self) -> None:
        while self._stale:
            actor = next(iter(self._stale))
            del self._stale[actor]
            try:
                if await self._follow(actor):
                    await asyncio.sleep(self._pace)
            except (*SLACK_ERRORS, SlackUnavailable, SQLAlchemyError) as trouble:
                # It shows how things stood, and its buttons say so: it is drawn anew when it is opened again.
                log.warning("a home stays as it was", trouble=type(trouble).__name__)
                await asyncio.sleep(self._pace)
            except Exception:  # whatever it is, it is logged, and the other Homes follow
                log.exception("a home cannot be drawn")

    async def _follow(self, actor: Actor) -> bool:
        """Draws it again where it shows something else by now, and says whether it did."""
        profile, shown = await self._people.profile(actor), self._shown.get(actor)
        if shown is None or profile.is_outsider:
            return False
        property_id, view = await self._home(replace(actor, via=UNASKED), profile)
        if _hash(view) == shown.drawn:
            return False
        await self._put(actor, property_id, view)
        return True

    async def _put(self, actor: Actor, property_id: str | None, view: View) -> None:
        self._shown.pop(actor, None)
        await self._slack.views_publish(user_id=actor.user_id, view=view)
        if property_id:
            self._shown[actor] = Shown(property_id, _hash(view))
        if len(self._shown) > MAX_CACHED:
            del self._shown[next(iter(self._shown))]

    async def _home(self, actor: Actor, profile: Profile) -> tuple[str | None, View]:
        """The property that the Home shows, and the view; none where the person may see none."""
        t = i18n.words(profile.language)
        try:
            page = await in_thread(properties.purchases, self._billing, actor)
        except NoProperty as nobody:
            can_create = profile.is_workspace_owner
            return None, home.home_without_property(t, nobody.owners, can_create=can_create)
        except Refusal as refusal:
            return None, home.home_refused(sentences.message(refusal, t), t)
        return page.property.id, home.home(page, t)


def _hash(view: View) -> int:
    return hash(str(view))
