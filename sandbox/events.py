"""Tells the app what it has subscribed to, in the moment or while Slack goes on."""

from dataclasses import dataclass

from sandbox.dispatcher import Dispatcher
from sandbox.message_events import News
from sandbox.messages import JsonObject
from sandbox.workspace import Workspace

_NOBODY_ASKED: JsonObject = {"ok": True, "status": None, "ms": 0}


@dataclass
class Events:
    """The app's subscriptions, and the way to it."""

    workspace: Workspace
    dispatcher: Dispatcher

    async def tell(self, news: News) -> JsonObject:
        """Deliver what the app listens to, one after another; answers how the last delivery went."""
        outcome = dict(_NOBODY_ASKED)
        for subscription, envelope in news:
            if subscription in self.workspace.app.bot_events:
                outcome = (await self.dispatcher.event(envelope)).to_json()
        return outcome

    def tell_later(self, news: News) -> None:
        """The same beside whatever called: no method of the Web API waits for what the app makes of its events."""
        wanted = [one for one in news if one[0] in self.workspace.app.bot_events]
        if wanted:
            self.dispatcher.later(self.tell(wanted))
