"""The installed app, as its manifest describes it to Slack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Command:
    """A slash command of the app."""

    command: str
    description: str = ""
    usage_hint: str = ""
    # Whether people and channels that are named in its text arrive by their ids.
    should_escape: bool = False


@dataclass(frozen=True)
class Shortcut:
    """A shortcut of the app: a global one, or one of a message's menu."""

    name: str
    callback_id: str
    description: str = ""


@dataclass(frozen=True)
class App:
    """What Slack knows of the app: its names, what it may do (scopes) and what it hears (events)."""

    name: str
    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    message_shortcuts: tuple[Shortcut, ...] = ()
    scopes: tuple[str, ...] = ()
    bot_events: tuple[str, ...] = ()
    im_hint: str = ""
    id: str = "A0BILLDESK1"
    bot_user_id: str = "U0BILLDESK1"
    bot_id: str = "B0BILLDESK1"
    bot_token: str = "xoxb-sandbox"  # noqa: S105  # the pretend workspace's own, worth nothing elsewhere
    app_token: str = "xapp-sandbox"  # noqa: S105  # as above
    app_token_scopes: tuple[str, ...] = ("connections:write",)
    socket_mode: bool = False
    # Installed in an organisation as a whole: one token serves all of its workspaces.
    is_org_wide: bool = False
    has_options_url: bool = False
    is_assistant: bool = False
    # Whether people see the tab with their messages with the app, and whether they can write there.
    has_messages_tab: bool = True
    is_read_only: bool = False
    has_home_tab: bool = True
    # Links to these are told to the app, which may show more of them.
    unfurl_domains: tuple[str, ...] = ()

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "App":
        """The app that Slack would make of this manifest (the parsed YAML of api.slack.com/apps)."""
        features = manifest.get("features", {})
        settings = manifest.get("settings", {})
        about = manifest["display_information"]
        tabs = features.get("app_home", {})
        return cls(
            name=features.get("bot_user", {}).get("display_name", about["name"]),
            commands=tuple(
                Command(
                    row["command"],
                    row.get("description", ""),
                    row.get("usage_hint", ""),
                    bool(row.get("should_escape")),
                )
                for row in features.get("slash_commands", ())
            ),
            shortcuts=_shortcuts(features, "global"),
            message_shortcuts=_shortcuts(features, "message"),
            scopes=tuple(manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ())),
            bot_events=tuple(settings.get("event_subscriptions", {}).get("bot_events", ())),
            socket_mode=bool(settings.get("socket_mode_enabled")),
            im_hint=about.get("description", ""),
            is_assistant="assistant_view" in features or "agent_view" in features,
            has_messages_tab=bool(tabs.get("messages_tab_enabled", True)),
            has_home_tab=bool(tabs.get("home_tab_enabled", True)),
            is_read_only=bool(tabs.get("messages_tab_read_only_enabled")),
            unfurl_domains=tuple(features.get("unfurl_domains", ())),
            has_options_url=bool(settings.get("interactivity", {}).get("message_menu_options_url")),
        )

    def to_state(self) -> dict[str, Any]:
        """The app as the page draws it."""
        return {
            "id": self.id,
            "name": self.name,
            "bot_user_id": self.bot_user_id,
            "bot_id": self.bot_id,
            "im_hint": self.im_hint,
            "socket_mode": self.socket_mode,
            "is_assistant": self.is_assistant,
            "has_home_tab": self.has_home_tab,
            "has_messages_tab": self.has_messages_tab,
            "is_read_only": self.is_read_only,
            "commands": [vars(command) for command in self.commands],
            "shortcuts": [vars(shortcut) for shortcut in self.shortcuts],
            "message_shortcuts": [vars(shortcut) for shortcut in self.message_shortcuts],
        }


def _shortcuts(features: Mapping[str, Any], kind: str) -> tuple[Shortcut, ...]:
    return tuple(
        Shortcut(row["name"], row["callback_id"], row.get("description", ""))
        for row in features.get("shortcuts", ())
        if row["type"] == kind
    )
