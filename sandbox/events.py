"""Tells the app what it has subscribed to, in the moment or while Slack goes on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.dispatcher import Dispatcher
from sandbox.message_events import News
from sandbox.messages import JsonObject
from sandbox.workspace import Workspace

# Made for each app, for what it may hear differs.
NewsFor = Callable[[Workspace], News]

_NOBODY_ASKED: JsonObject = {"ok": True, "status": None, "ms": 0}


@dataclass
class Events:
    """The app's subscriptions, and the way to it."""

    workspace: Workspace
    dispatcher: Dispatcher
    # Those of the other apps in the same workspace.
    peers: list["Events"] = field(default_factory=list)

    async def tell(self, news: News) -> JsonObject:
        """Deliver what the app listens to, one after another; answers how the last delivery went."""
        outcome = dict(_NOBODY_ASKED)
        for subscription, envelope in news:
            if subscription in self.workspace.app.bot_events:
                outcome = (await self.dispatcher.event(envelope)).to_json()
        return outcome

    async def tell_all(self, news_for: NewsFor) -> JsonObject:
        """Tell every app in the workspace what each of them may hear; answers how this one's delivery went."""
        outcome = await self.tell(news_for(self.workspace))
        for peer in self.peers:
            await peer.tell(news_for(peer.workspace))
        return outcome

    def tell_all_later(self, news_for: NewsFor) -> None:
        """The same beside whatever called: no method of the Web API waits for what apps make of their events."""
        for each in (self, *self.peers):
            each.tell_later(news_for(each.workspace))

    def tell_later(self, news: News) -> None:
        """The same for what concerns this app alone."""
        wanted = [one for one in news if one[0] in self.workspace.app.bot_events]
        if wanted:
            self.dispatcher.later(self.tell(wanted))
