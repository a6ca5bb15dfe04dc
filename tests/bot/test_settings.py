"""The bot's settings: what is empty is not offered, and a web address is one."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.settings import BotSettings, Support


def settings(**given: str) -> BotSettings:
    return BotSettings.model_validate({"slack_bot_token": "t", "slack_signing_secret": "s", **given})


def test_the_support_is_what_the_settings_say() -> None:
    given = settings(support_channel="C1", support_chat_url="https://example.com/chat", community_url="")
    assert given.support == Support("C1", "https://example.com/chat", "", "")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "example.com", "https://a b", "https://a|b", "https://a>"]
)
def test_what_could_not_stand_in_a_link_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(support_call_url=url)
