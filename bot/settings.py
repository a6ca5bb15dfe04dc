"""The bot's settings, read once from the environment and `.env`."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

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

    slack_bot_token: SecretStr
    slack_signing_secret: SecretStr
    slack_api_url: str = "https://slack.com/api/"
    host: str = "0.0.0.0"
    port: int = Field(default=3000, ge=1, le=65535)
    support_channel: str = ""
    support_chat_url: str = Field(default="", pattern=WEB_ADDRESS)
    support_call_url: str = Field(default="", pattern=WEB_ADDRESS)
    community_url: str = Field(default="", pattern=WEB_ADDRESS)

    @property
    def support(self) -> Support:
        return Support(self.support_channel, self.support_chat_url, self.support_call_url, self.community_url)
