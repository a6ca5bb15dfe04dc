"""The bot's settings, read once from the environment and `.env`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SlackMode = Literal["http", "socket"]
WEB_ADDRESS = r"^(https?://[^\s<>|]+)?$"


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
    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    slack_app_token: SecretStr = Field(default=SecretStr(""), validate_default=True)
    slack_api_url: str = "https://slack.com/api/"
    host: str = "0.0.0.0"
    port: int = Field(default=3000, ge=1, le=65535)
    support_channel: str = ""
    support_chat_url: str = Field(default="", pattern=WEB_ADDRESS)
    support_call_url: str = Field(default="", pattern=WEB_ADDRESS)
    community_url: str = Field(default="", pattern=WEB_ADDRESS)

    @field_validator("slack_signing_secret", "slack_app_token")
    @classmethod
    def _is_there_where_it_is_needed(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        needed_for = "http" if info.field_name == "slack_signing_secret" else "socket"
        if not secret.get_secret_value() and info.data.get("slack_mode") == needed_for:
            raise ValueError(f"it is needed with SLACK_MODE={needed_for}")
        return secret

    @property
    def support(self) -> Support:
        return Support(self.support_channel, self.support_chat_url, self.support_call_url, self.community_url)
