"""python -m bot check: whether Slack takes what the settings say, each fault in one sentence with the way on."""

from __future__ import annotations

from collections.abc import Iterator

from slack_sdk.errors import SlackApiError
from slack_sdk.web import WebClient

from billing.settings import with_way_on
from billing.values.channels import OperatorChannel
from billing.values.errors import Unfit
from bot.settings import OF_LINKS, SCOPES, BotSettings
from bot.slack_errors import error_name

PATIENCE_SECONDS = 10


def faults_at_slack(settings: BotSettings, told_in: OperatorChannel | None) -> list[Unfit]:
    """What Slack does not take of the settings, and of the operators' channel; all of it is tried."""
    slack = WebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        timeout=PATIENCE_SECONDS,
    )
    try:
        found = list(_tried(slack, settings, told_in))
    except OSError:  # urllib's own errors are such
        return [Unfit("SLACK_API_URL: Slack cannot be reached at {url}.", url=settings.slack_api_url)]
    return found


def _tried(slack: WebClient, settings: BotSettings, told_in: OperatorChannel | None) -> Iterator[Unfit]:
    if not settings.slack_bot_token.get_secret_value():
        slack.api_test()
        return
    try:
        who = slack.auth_test()
    except SlackApiError as refused:
        yield with_way_on("SLACK_BOT_TOKEN", Unfit("Slack refuses it ({error})", error=error_name(refused)))
        return
    granted = {name.lower(): value for name, value in who.headers.items()}.get("x-oauth-scopes")
    needed = SCOPES if settings.public_url else SCOPES - OF_LINKS
    lacking = needed - {one.strip() for one in granted.split(",")} if granted else ()
    if lacking:
        yield Unfit(
            "SLACK_BOT_TOKEN: the app lacks the scopes {scopes}: add them on its page, OAuth & Permissions, and "
            "install it again.",
            scopes=", ".join(sorted(lacking)),
        )
    yield from _app_token(slack, settings)
    yield from _channel(slack, "SUPPORT_CHANNEL", settings.support_channel)
    if settings.operator_workspace_id == who["team_id"]:
        yield from _channel(slack, "OPERATOR_CHANNEL", told_in.channel if told_in else "")
        for one in sorted(settings.operators):
            yield from _operator(slack, one)


def _app_token(slack: WebClient, settings: BotSettings) -> Iterator[Unfit]:
    if settings.slack_mode != "socket":
        return
    try:
        slack.apps_connections_open(app_token=settings.slack_app_token.get_secret_value())
    except SlackApiError as refused:
        yield with_way_on("SLACK_APP_TOKEN", Unfit("Slack refuses it ({error})", error=error_name(refused)))


def _operator(slack: WebClient, user_id: str) -> Iterator[Unfit]:
    try:
        user = slack.users_info(user=user_id)["user"]
    except SlackApiError as refused:
        yield Unfit(
            "OPERATOR_IDS: Slack does not show {user} ({error}): remove or correct it.",
            user=user_id,
            error=error_name(refused),
        )
        return
    if user.get("deleted") or user.get("is_restricted") or user.get("is_bot"):
        yield Unfit("OPERATOR_IDS: {user} is not a full member of the workspace: remove it.", user=user_id)


def _channel(slack: WebClient, name: str, channel: str) -> Iterator[Unfit]:
    """Whether the app can post in the channel of that setting, where there is one."""
    if not channel:
        return
    try:
        is_member = slack.conversations_info(channel=channel)["channel"].get("is_member")
    except SlackApiError as refused:
        yield Unfit(
            "{setting}: Slack does not show {channel} ({error}): invite the app there.",
            setting=name,
            channel=channel,
            error=error_name(refused),
        )
        return
    if not is_member:
        yield Unfit("{setting}: the app is not in {channel}: invite it there.", setting=name, channel=channel)
