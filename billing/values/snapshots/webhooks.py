"""Webhooks as the operator and the API see them: never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WebhookEndpointSnapshot:
    """Where events are sent. No `types` means all. Nothing is sent from `off_since` on until it is enabled."""

    id: str
    url: str
    types: tuple[str, ...]
    created_at: datetime
    former_secret_until: datetime | None
    failing_since: datetime | None
    off_since: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class WebhookDeliverySnapshot:
    """An event on its way to an endpoint, or there. `http_status` and `error` are those of the last try."""

    event: str
    type: str
    subject: str
    status: str
    tries: int
    http_status: int | None
    error: str | None
    queued_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
