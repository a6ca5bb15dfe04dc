"""A smoke test against a Stripe that is not ours: localstripe, by the same SDK, over HTTP."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
from stripe import StripeClient

from billing.adapters.gateways.stripe import StripeGateway
from tests.pretend_stripe import PATIENCE_SECONDS, RETURN_URL

KEY = "sk_test_12345"


@pytest.fixture(scope="module")
def localstripe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    with subprocess.Popen(
        command,
        cwd=tmp_path_factory.mktemp("localstripe"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers(url):
            assert server.poll() is None
            assert time.monotonic() < deadline
        yield url
        server.terminate()


def answers(url: str) -> bool:
    try:
        requests.get(f"{url}/v1/customers", auth=(KEY, ""), timeout=1)
    except requests.ConnectionError:
        return False
    return True


def test_customers_payments_and_refunds_are_what_the_sdk_takes_them_for(localstripe: str) -> None:
    gateway = StripeGateway(KEY, "whsec_unused", api_url=localstripe, return_url=RETURN_URL)
    customer = gateway.customer("customer-1", "Piazza")
    assert customer.startswith("cus_")
    client = StripeClient(KEY, base_addresses={"api": localstripe}, max_network_retries=0).v1
    method = client.payment_methods.create(
        {
            "type": "card",
            "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030, "cvc": "123"},
        }
    )
    client.payment_methods.attach(method.id, {"customer": customer})
    intent = client.payment_intents.create(
        {"amount": 1220, "currency": "eur", "customer": customer, "payment_method": method.id}
    )
    assert client.payment_intents.confirm(intent.id).status == "succeeded"
    refund = client.refunds.create({"payment_intent": intent.id, "amount": 250})
    assert (refund.amount, refund.status) == (250, "succeeded")
    gateway.detach(method.id)
    gateway.detach(method.id)
