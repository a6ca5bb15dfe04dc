"""Webhooks to the seller's own product, by Standard Webhooks: what is sent, how it is signed and tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from secrets import token_bytes
from urllib.parse import urlsplit

from billing.values.errors import Unfit

TRY_SECONDS = 15.0
# So long a delivery is tried before it is given up, from its first failure on.
TRIED_FOR = timedelta(days=3)
FIRST_WAIT, MAX_WAIT, GROWTH = timedelta(seconds=5), timedelta(hours=6), 3
# However long a receiver asks to be left alone.
MAX_RETRY_AFTER = timedelta(days=1)
# So long the secret before the newest signs beside it.
ROTATED_FOR = timedelta(hours=24)
MAX_URL_LENGTH = 500
KEY_PREFIX = "whsec_"
GONE = 410
# By which a network may unpack an IPv4 address from one of IPv6.
NAT64 = IPv6Network("64:ff9b::/96")
# Which some version of Python takes for the internet's: what a site has for itself, of old, and what IANA set apart.
SET_APART = tuple(map(ip_network, ("fec0::/10", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24")))


class DeliveryStatus(StrEnum):
    """How a delivery stands: not tried yet, failed and tried again, arrived, or given up."""

    WAITING = "waiting"
    FAILING = "failing"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One try: the same event has the same `webhook-id` in each."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What came of a try: the HTTP status, or none where no answer came and `error` says why.

    `retry_after` is how many seconds the receiver wants to be left alone.
    """

    status: int | None
    error: str | None = None
    retry_after: float | None = None

    @property
    def is_fine(self) -> bool:
        return self.error is None


def new_secret() -> str:
    return KEY_PREFIX + base64.b64encode(token_bytes(32)).decode()


def signed_headers(event_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The headers of Standard Webhooks, with a signature by each of the secrets."""
    timestamp = str(int(at.timestamp()))
    content = f"{event_id}.{timestamp}.".encode() + body
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, content) for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(KEY_PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def wait_after(tries: int) -> timedelta:
    """How long until the next try after so many: 5 s, 15 s, 45 s, ... never more than six hours."""
    return min(FIRST_WAIT * int(GROWTH ** min(tries - 1, 10)), MAX_WAIT)


def endpoint_url(url: str) -> str:
    """An address that can be an endpoint's. Raises Unfit. Where its name leads is looked at with each try."""
    fault = Unfit("not an address like https://example.com/webhooks, without user and password")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port  # a port that is none raises
        if parts.username is not None or parts.password is not None:
            raise fault
        host and host.encode("idna")
    except ValueError:
        raise fault from None
    if parts.scheme != "https" or not host or parts.fragment or len(url) > MAX_URL_LENGTH:
        raise fault
    if not url.isascii() or not url.isprintable() or " " in url:
        raise fault
    return url


def is_public(address: str) -> bool:
    """Whether everybody on the internet means the same machine by it: not loopback, private, link-local, reserved."""
    plain = ip_address(address.partition("%")[0])
    if isinstance(plain, IPv6Address):
        plain = _packed(plain) or plain
    if any(plain in network for network in SET_APART):
        return False
    return plain.is_global and not plain.is_multicast and not plain.is_reserved


def _packed(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address in one of IPv6."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
