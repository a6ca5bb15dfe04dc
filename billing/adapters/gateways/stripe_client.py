"""The client of Stripe's own SDK, as everything here uses it."""

from __future__ import annotations

from stripe import RequestsClient, StripeClient

CONNECT_SECONDS, READ_SECONDS = 3.0, 20.0


def client_of(api_key: str, api_url: str, read_seconds: float = READ_SECONDS) -> StripeClient:
    """For one account. The SDK's own retries would use keys of their own, and those die with the process."""
    return StripeClient(
        api_key,
        base_addresses={"api": api_url},
        max_network_retries=0,
        http_client=RequestsClient(timeout=(CONNECT_SECONDS, read_seconds)),
    )
