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
    ("mode", "secret"), [("http", "slack_signing_secret"), ("socket", "slack_app_token")]
)
def test_each_way_to_slack_needs_its_own_secret(mode: str, secret: str) -> None:
    others = {"slack_signing_secret": "s", "slack_app_token": "xapp-1"}
    assert settings(slack_mode=mode, **others).slack_mode == mode
    with pytest.raises(ValidationError, match=f"{secret}\n.*SLACK_MODE={mode}"):
        settings(slack_mode=mode, **others | {secret: ""})
    del others[secret]
    with pytest.raises(ValidationError, match=f"SLACK_MODE={mode}"):
        BotSettings.model_validate({"slack_bot_token": "t", "slack_mode": mode, **others})


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "example.com", "https://a b", "https://a|b", "https://a>"]
)
def test_what_could_not_stand_in_a_link_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        settings(support_call_url=url)
