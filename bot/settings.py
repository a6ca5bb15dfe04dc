"""The bot's settings, read once from the environment and `.env`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from billing.setting_types import ChannelId, OptionalWebAddress, WebAddress, WorkspaceId, secret_like
from billing.values.approvals import ApprovalLimits, read_limits
from billing.values.errors import Unfit

SlackMode = Literal["http", "socket"]


def _people(written: str) -> str:
    """Their ids, parted by commas: what people are called can change."""
    if written and not all(re.fullmatch(r"[UW][A-Z0-9]+", one.strip()) for one in written.split(",")):
        raise Unfit(
            "{written} is not a list of member IDs like U0123456789, separated by commas (in Slack: the person’s "
            "profile, Copy member ID)",
            written=repr(written),
        )
    return written


def _limits(written: str) -> str:
    """Amounts with their currencies, parted by commas."""
    try:
        read_limits(written)
    except ValueError:
        raise Unfit(
            "{written} is not a list of amounts with their currencies like 500 EUR, 550.50 USD",
            written=repr(written),
        ) from None
    return written


def _proxies(written: str) -> str:
    """Addresses and networks, parted by commas. Not `*`: then everybody names whom they like."""
    try:
        for one in filter(None, written.split(",")):
            ip_network(one.strip())
    except ValueError:
        raise Unfit(
            "{written} is not a list of IP addresses and networks like 127.0.0.1, 10.0.0.0/8",
            written=repr(written),
        ) from None
    return written


def _client_id(written: str) -> str:
    if not re.fullmatch(r"(\d+\.\d+)?", written):
        raise Unfit("not the Client ID of the app's page, two numbers with a dot between them")
    return written


Proxies = Annotated[str, AfterValidator(_proxies)]
PeopleIds = Annotated[str, AfterValidator(_people)]
ApprovalAmounts = Annotated[str, AfterValidator(_limits)]
# The tokens of Slack's other kinds and the example's dots are refused; which token is good, Slack alone knows.
BotToken = Annotated[
    SecretStr,
    secret_like(
        r"(?!xapp-|xoxp-|.*\.\.\.$)\S+", Unfit("not the Bot User OAuth Token of the app's page, xoxb-...")
    ),
]
AppToken = Annotated[
    SecretStr,
    secret_like(r"(?!xox|.*\.\.\.$)\S+", Unfit("not an App-Level Token of the app's page, xapp-...")),
]
SigningSecret = Annotated[
    SecretStr, secret_like(r"(?!xox|xapp-|\.\.\.$)\S+", Unfit("not the Signing Secret of the app's page"))
]

ClientId = Annotated[str, AfterValidator(_client_id)]
ClientSecret = Annotated[
    SecretStr, secret_like(r"(?!xox|xapp-|\.\.\.$)\S+", Unfit("not the Client Secret of the app's page"))
]
# What shows more of links to invoices, where there are such: with PUBLIC_URL.
OF_LINKS = frozenset({"links:read", "links:write"})
# What the app may do in a workspace that installs it: as in the manifest.
SCOPES = frozenset(
    {
        *OF_LINKS,
        *("channels:history", "channels:read", "chat:write", "commands", "files:write"),
        *("groups:history", "groups:read"),
        *("im:history", "im:write", "team:read", "users:read", "users:read.email"),
    }
)


@dataclass(frozen=True, slots=True)
class Support:
    """Where help comes from; what is empty is not offered. The channel is told what people write."""

    channel: str = ""
    chat_url: str = ""
    call_url: str = ""
    community_url: str = ""


class BotSettings(BaseSettings):
    """What the bot needs to know of Slack. `.env.example` says why each setting is there."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    slack_mode: SlackMode = "http"
    slack_client_id: ClientId = ""
    slack_client_secret: ClientSecret = Field(default=SecretStr(""), validate_default=True)
    slack_bot_token: BotToken = Field(default=SecretStr(""), validate_default=True)
    slack_redirect_url: OptionalWebAddress = ""
    public_url: OptionalWebAddress = ""
    slack_signing_secret: SigningSecret = Field(default=SecretStr(""), validate_default=True)
    slack_app_token: AppToken = Field(default=SecretStr(""), validate_default=True)
    slack_api_url: WebAddress = "https://slack.com/api/"
    host: str = "0.0.0.0"
    port: int = Field(default=3000, ge=1, le=65535)
    forwarded_allow_ips: Proxies = "127.0.0.1"
    shutdown_delay_seconds: int = Field(default=5, ge=0, le=60)
    support_channel: ChannelId = ""
    support_chat_url: OptionalWebAddress = ""
    support_call_url: OptionalWebAddress = ""
    community_url: OptionalWebAddress = ""
    operator_workspace_id: WorkspaceId = ""
    operator_ids: PeopleIds = Field(default="", validate_default=True)
    operator_approval_above: ApprovalAmounts = ""

    @field_validator("slack_signing_secret", "slack_app_token")
    @classmethod
    def _is_there_where_it_is_needed(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        needed_for = "http" if info.field_name == "slack_signing_secret" else "socket"
        if not secret.get_secret_value() and info.data.get("slack_mode") == needed_for:
            raise Unfit("it is needed with SLACK_MODE={mode}", mode=needed_for)
        return secret

    @field_validator("slack_client_secret")
    @classmethod
    def _comes_with_the_client_id(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        if bool(info.data.get("slack_client_id")) != bool(secret.get_secret_value()):
            raise Unfit("SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are needed together")
        return secret

    @field_validator("slack_bot_token")
    @classmethod
    def _somebody_can_be_served(cls, token: SecretStr, info: ValidationInfo) -> SecretStr:
        if not token.get_secret_value() and not info.data.get("slack_client_id"):
            raise Unfit("it is needed: the Bot User OAuth Token of the app's page, xoxb-...")
        return token

    @field_validator("operator_ids")
    @classmethod
    def _comes_with_the_workspace(cls, written: str, info: ValidationInfo) -> str:
        workspace = info.data.get("operator_workspace_id")
        if workspace is not None and bool(written) != bool(workspace):
            raise Unfit("OPERATOR_WORKSPACE_ID and OPERATOR_IDS are needed together")
        return written

    @field_validator("operator_approval_above")
    @classmethod
    def _somebody_else_can_approve(cls, written: str, info: ValidationInfo) -> str:
        people = {one.strip() for one in str(info.data.get("operator_ids", "")).split(",")}
        if written.strip() and "operator_ids" in info.data and len(people) < 2:
            raise Unfit("OPERATOR_IDS has to name two people at least: nobody approves what they asked for")
        return written

    @property
    def operators(self) -> frozenset[str]:
        """The ids of the seller's people."""
        return frozenset(one.strip() for one in self.operator_ids.split(",") if one.strip())

    @property
    def approval_limits(self) -> ApprovalLimits:
        """What one of them gives back alone."""
        return read_limits(self.operator_approval_above)

    @property
    def support(self) -> Support:
        return Support(self.support_channel, self.support_chat_url, self.support_call_url, self.community_url)
