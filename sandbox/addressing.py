"""Which of the workspace's apps a gesture is meant for."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.errors import Refused
from sandbox.gestures import Gestures


@dataclass
class Addressing:
    """The apps by what people do with each; `first` is the one that is meant where nothing says which."""

    first: Gestures
    others: list[Gestures] = field(default_factory=list)

    def of_app(self, app_id: str | None) -> Gestures:
        """The app with this id."""
        if app_id is None:
            return self.first
        for each in (self.first, *self.others):
            if each.workspace.app.id == app_id:
                return each
        raise Refused("app_not_found")

    def of_command(self, command: str) -> Gestures:
        """The app that has this command."""
        return self._where(lambda each: any(one.command == command for one in each.workspace.app.commands))

    def of_shortcut(self, callback_id: str) -> Gestures:
        """The app that has this shortcut, of whichever kind."""

        def has(each: Gestures) -> bool:
            app = each.workspace.app
            return any(one.callback_id == callback_id for one in (*app.shortcuts, *app.message_shortcuts))

        return self._where(has)

    def of_view(self, view_id: str) -> Gestures:
        """The app whose modal or Home this is."""
        return self._where(lambda each: each.workspace.views.find(view_id) is not None)

    def of_message(self, channel_id: str, ts: str) -> Gestures:
        """The app that wrote this message."""
        message = self.first.workspace.messages.get((channel_id, ts))
        writer = message.bot_id if message else None
        return self._where(lambda each: each.workspace.app.bot_id == writer)

    def _where(self, is_meant: Callable[[Gestures], bool]) -> Gestures:
        return next((each for each in (self.first, *self.others) if is_meant(each)), self.first)
