"""A pretend Stripe on loopback for tests: a server in a thread of its own, and the gateway that talks to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import requests

from billing.adapters.gateways.stripe import StripeGateway
from billing.adapters.gateways.stripe_client import READ_SECONDS, client_of
from billing.adapters.gateways.stripe_line import AWAY_SECONDS, Line
from billing.adapters.gateways.stripe_subscriptions import StripeSubscriptions
from sandbox.gateway.server import API_KEY, WEBHOOK_SECRET, PretendStripe
from tests.serving import running

RETURN_URL = "https://slack.example/"
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class RunningStripe:
    """The far side of the wire, and the gateway on this one."""

    stripe: PretendStripe
    url: str

    def gateway(
        self, away_seconds: float = AWAY_SECONDS, read_seconds: float = READ_SECONDS
    ) -> StripeGateway:
        return StripeGateway(
            API_KEY,
            WEBHOOK_SECRET,
            api_url=self.url,
            return_url=RETURN_URL,
            away_seconds=away_seconds,
            read_seconds=read_seconds,
        )

    @property
    def settings(self) -> dict[str, str]:
        """What a program needs to be told to pay by it."""
        return {
            "PAYMENT_GATEWAY": "stripe",
            "STRIPE_API_KEY": API_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
            "STRIPE_API_URL": self.url,
        }

    def subscriptions(self) -> StripeSubscriptions:
        """The account's own subscriptions, as an import reads and ends them."""
        return StripeSubscriptions(client_of(API_KEY, self.url), Line(AWAY_SECONDS))

    def enter_card(self, page_url: str, number: str = "4242 4242 4242 4242") -> requests.Response:
        """The payer fills in the hosted page."""
        typed = {"number": number, "expiry": "12/30", "cvc": "123"}
        return requests.post(page_url, data=typed, timeout=PATIENCE_SECONDS)

    def answer_bank(self, page_url: str, answer: str = "yes") -> requests.Response:
        """The payer answers their bank."""
        return requests.post(page_url, data={"answer": answer}, timeout=PATIENCE_SECONDS)

    def collected(self) -> list[int]:
        return [one["amount_received"] for one in self.stripe.collected()]


@contextmanager
def running_stripe(clock: Callable[[], datetime], path: str = ":memory:") -> Iterator[RunningStripe]:
    """Serves until the block is left."""
    stripe = PretendStripe(clock, path)
    with running(stripe.app) as url:
        stripe.public_url = url
        yield RunningStripe(stripe, url)
    stripe.books.close()
