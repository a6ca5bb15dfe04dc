"""`python -m api` as a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests

from api.settings import PREFIX
from billing.services import api_keys, copies
from tests.api.client import Client
from tests.billing.desk import Desk
from tests.bot.test_process import environment_of, free_port

pytestmark = pytest.mark.slow

# Twice as long as its look at the books takes, and a start.
MAX_SECONDS = 60


def test_the_api_alone_does_nothing_with_books_that_are_put_on_hold_and_goes_on_when_they_are_resumed(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    desk, port = sqlite_desk, free_port()
    url = desk.billing.engine.url.render_as_string(hide_password=False)
    _, secret = api_keys.create(desk.billing, "Tests", ("read", "write"))
    client = Client(f"http://127.0.0.1:{port}{PREFIX}", secret)
    environment = environment_of(url, "") | {"API_PORT": str(port)}
    api = subprocess.Popen([sys.executable, "-m", "api"], cwd=tmp_path, env=environment)
    try:
        until_answered(client, 404)
        copies.hold(desk.billing, "A drill.")
        until_answered(client, 503)
        copies.resume(desk.billing)
        until_answered(client, 404)
    finally:
        api.terminate()
        api.wait(MAX_SECONDS)


def until_answered(client: Client, status: int) -> None:
    """Asks for an act with what there is not: on hold not even that is looked for."""
    deadline, path = monotonic() + MAX_SECONDS, "/subscriptions/sub_none/uncancel"
    while True:
        assert monotonic() < deadline
        try:
            answer = client.ask(path, "POST", headers={"Idempotency-Key": f"k-{monotonic()}"})
        except requests.ConnectionError:  # it starts
            answer = None
        if answer is not None and answer.status_code == status:
            return
        sleep(0.2)  # neither the socket nor the books say it by themselves
