"""Answers go to Slack and nowhere else, whatever address a request names."""

from __future__ import annotations

import pytest

from bot.responses import is_slack_s

API = "https://slack.com/api/"
SANDBOX = "http://127.0.0.1:8090/api/"


@pytest.mark.parametrize(
    ("url", "api", "is_theirs"),
    [
        ("https://hooks.slack.com/commands/T1/2/x", API, True),
        ("https://hooks.slack-gov.com/commands/T1/2/x", "https://slack-gov.com/api/", True),
        ("http://127.0.0.1:8090/response/x", SANDBOX, True),
        ("http://hooks.slack.com/commands/T1/2/x", API, False),
        ("https://hooks.slack.com.evil.example/x", API, False),
        ("https://evilslack.com/x", API, False),
        ("http://127.0.0.1:9000/x", SANDBOX, False),
        ("http://169.254.169.254/latest", API, False),
        ("https://slack.com@evil.example/x", API, False),
        ("", API, False),
    ],
)
def test_an_address_is_slack_s_by_its_host_and_scheme(url: str, api: str, is_theirs: bool) -> None:
    assert is_slack_s(url, api) is is_theirs
