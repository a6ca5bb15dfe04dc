"""The bot's settings: what is empty is not offered, and a web address is one."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from billing.bootstrap import LOCALES
from billing.i18n import Translator
from billing.settings import BillingSettings, faults_in, faults_of
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


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_file_of_settings_that_is_no_utf_8_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    (tmp_path / ".env").write_bytes("SELLER_NAME=Società Perché\n".encode(encoding))
    monkeypatch.chdir(tmp_path)
    (fault,) = faults_in(BillingSettings, BotSettings)
    assert str(fault) == ".env: it is not text in UTF-8"
    assert Translator(LOCALES, "it").fault(fault) == ".env: non è testo in UTF-8"


@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("port", "9" * 5_000, "PORT: a whole number is needed"),
        ("payment_gateway", "\udcff", "PAYMENT_GATEWAY: it is not text in UTF-8"),
        ("smtp_ca_file", "a\0b", "SMTP_CA_FILE: one line of at most 4096 printable characters is needed"),
        ("seller_logo", "a\0b", "SELLER_LOGO: one line of at most 4096 printable characters is needed"),
    ],
)
def test_what_no_setting_can_hold_is_refused_in_words_of_ours(name: str, written: str, said: str) -> None:
    kind = BotSettings if name == "port" else BillingSettings
    with pytest.raises(ValidationError) as refused:
        kind.model_validate({"slack_bot_token": "t", "slack_signing_secret": "s", name: written})
    assert [str(fault).startswith(said) for fault in faults_of(refused.value)] == [True]
