"""Where the API is served."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "/api/v1"


class ApiSettings(BaseSettings):
    """For `python -m api`; mounted in the bot it listens where the bot does."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    api_host: str = "127.0.0.1"
    api_port: int = Field(default=3001, ge=1, le=65535)
