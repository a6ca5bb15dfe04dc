"""Endpoints of webhooks: made, listed, given another secret, turned on again, deleted; their log, and replays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from billing.facts import readable_up_to
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.models.base import new_id
from billing.queries import webhooks as queries
from billing.queries.facts import number_of_fact
from billing.values.actors import Actor
from billing.values.errors import Unfit
from billing.values.facts import FactType
from billing.values.refusals import NotFound
from billing.values.snapshots.webhooks import WebhookDeliverySnapshot, WebhookEndpointSnapshot
from billing.values.webhooks import ROTATED_FOR, DeliveryStatus, endpoint_url, new_secret
from billing.work import Billing, Work

MAX_PAGE = 100
# So many events are replayed at a time: more wait for the next call.
MAX_REPLAY = 10_000
# So many secrets sign beside the newest, at most.
MAX_FORMER = 3
# Greater than any number of a fact.
NO_NUMBER = 2**62


def create(
    billing: Billing, url: str, types: Sequence[str] = (), *, by: Actor | None = None
) -> tuple[WebhookEndpointSnapshot, str]:
    """A new endpoint, told all that happens from now on, and its secret, which is never shown again.

    It listens to events of those `types`, or to all without any. `by` is who asks, nobody for the operator. Raises
    Unfit for an address that cannot be one or a type that there is not, and CipherFault where nothing encrypts.
    """
    if unknown := [word for word in types if word not in {*FactType}]:
        raise Unfit("there are no events of the type {type}", type=unknown[0])
    secret = new_secret()
    with billing.work("webhook_endpoint.create") as work:
        endpoint = WebhookEndpoint(
            id=new_id("whe"),
            url=endpoint_url(url),
            types=" ".join(dict.fromkeys(types)),
            secret=billing.cipher.encrypt(secret),
            created_at=work.now,
            queued_up_to=readable_up_to(work.session),
        )
        work.session.add(endpoint)
        _record(work, "webhook_endpoint.create", endpoint, by)
        return endpoint.snapshot(), secret


def listed(billing: Billing) -> list[WebhookEndpointSnapshot]:
    """Every endpoint, oldest first."""
    with billing.read("webhook_endpoint.list") as work:
        return [endpoint.snapshot() for endpoint in work.session.scalars(queries.all_endpoints())]


def rotate_secret(
    billing: Billing, endpoint_id: str, *, by: Actor | None = None
) -> tuple[WebhookEndpointSnapshot, str]:
    """A new secret, shown once; for a day what signed before signs beside it. Raises NotFound.

    Whoever rotates again because the answer was lost leaves no receiver without the secret that it has.
    """
    secret = new_secret()
    with billing.work("webhook_endpoint.rotate_secret") as work:
        endpoint = _endpoint(work, endpoint_id)
        endpoint.former_secret = " ".join(endpoint.secrets_at(work.now)[:MAX_FORMER])
        endpoint.secret = billing.cipher.encrypt(secret)
        endpoint.former_until = work.now + ROTATED_FOR
        _record(work, "webhook_endpoint.rotate_secret", endpoint, by)
        return endpoint.snapshot(), secret


def encrypt_anew(billing: Billing) -> int:
    """Encrypts by the newest key what an older one encrypted; answers of how many endpoints. Raises CipherFault."""
    return sum(_encrypt_anew(billing, one.id) for one in listed(billing))


def _encrypt_anew(billing: Billing, endpoint_id: str) -> bool:
    cipher = billing.cipher
    with billing.work("webhook_endpoint.encrypt") as work:
        endpoint = work.session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
        if endpoint is None:
            return False
        kept = [endpoint.secret, *(endpoint.former_secret or "").split()]
        if all(map(cipher.is_by_newest, kept)):
            return False
        endpoint.secret, *former = [cipher.encrypt(cipher.decrypt(one)) for one in kept]
        endpoint.former_secret = " ".join(former) or None
        return True


def enable(billing: Billing, endpoint_id: str, *, by: Actor | None = None) -> WebhookEndpointSnapshot:
    """What was turned off is told again, from where it was left. Raises NotFound; done twice it changes nothing."""
    with billing.work("webhook_endpoint.enable") as work:
        endpoint = _endpoint(work, endpoint_id)
        if endpoint.off_since is not None:
            endpoint.off_since = endpoint.failing_since = endpoint.paused_until = endpoint.last_error = None
            _record(work, "webhook_endpoint.enable", endpoint, by)
            work.session.execute(queries.begin_anew(), {"endpoint": endpoint.id})
        return endpoint.snapshot()


def delete(billing: Billing, endpoint_id: str, *, by: Actor | None = None) -> None:
    """It is told nothing more; its secrets and its log are gone. Raises NotFound."""
    with billing.work("webhook_endpoint.delete") as work:
        endpoint = _endpoint(work, endpoint_id)
        _record(work, "webhook_endpoint.delete", endpoint, by)
        work.session.execute(queries.forget_deliveries_of(), {"endpoint": endpoint.id})
        work.session.delete(endpoint)


def deliveries(
    billing: Billing,
    endpoint_id: str,
    before: str | None = None,
    status: DeliveryStatus | None = None,
    size: int = MAX_PAGE,
) -> list[WebhookDeliverySnapshot]:
    """The newest `size` events in the log of an endpoint, from behind the event `before`. Raises NotFound."""
    with billing.read("webhook_delivery.list") as work:
        _endpoint(work, endpoint_id, lock=False)
        number = NO_NUMBER if before is None else _number(work, before)
        page = {"endpoint": endpoint_id, "before": number, "size": size}
        return [_snapshot(row) for row in work.session.execute(queries.deliveries(status), page)]


def replay(
    billing: Billing, endpoint_id: str, first: str, last: str | None = None, *, by: Actor | None = None
) -> int:
    """Sends the events from `first` to `last`, or that one, again under their ids, in order; answers how many.

    Also what was given up, or happened before there was the endpoint; not what it does not listen to. Of a range
    the first 10,000 events. Raises NotFound.
    """
    with billing.work("webhook_endpoint.replay") as work:
        endpoint = _endpoint(work, endpoint_id)
        after = _number(work, first) - 1
        end = min(_number(work, last or first), readable_up_to(work.session))
        most = work.session.scalar(queries.last_of_range(), {"after": after, "size": MAX_REPLAY})
        wanted = {"endpoint": endpoint.id, "after": after, "last": end if most is None else min(end, most)}
        _record(work, "webhook_endpoint.replay", endpoint, by, first=first, last=last or first)
        connection = work.session.connection()
        queue = queries.queue(connection.dialect, anew=True)
        return connection.execute(queue, wanted | {"types": endpoint.listens_to}).rowcount


def _endpoint(work: Work, endpoint_id: str, *, lock: bool = True) -> WebhookEndpoint:
    found = work.session.get(WebhookEndpoint, endpoint_id, with_for_update=lock)
    if found is None:
        raise NotFound("webhook endpoint")
    return found


def _number(work: Work, event_id: str) -> int:
    number = work.session.scalar(number_of_fact(), {"id": event_id})
    if number is None:
        raise NotFound("event")
    return number


def _record(work: Work, act: str, endpoint: WebhookEndpoint, by: Actor | None, **more: Any) -> None:
    work.actor = by
    work.record(act, endpoint.id, after={"url": endpoint.url, "types": endpoint.types, **more})


def _snapshot(row: Row[Any]) -> WebhookDeliverySnapshot:
    delivery: WebhookDelivery = row.WebhookDelivery
    status = _status(delivery)
    is_open = status in (DeliveryStatus.WAITING, DeliveryStatus.FAILING)
    next_try_at: datetime | None = delivery.due_at if is_open else None
    return WebhookDeliverySnapshot(
        row.id,
        str(row.type),
        delivery.subject_key,
        str(status),
        delivery.tries,
        delivery.status,
        delivery.last_error,
        delivery.queued_at,
        next_try_at,
        delivery.delivered_at,
    )


def _status(delivery: WebhookDelivery) -> DeliveryStatus:
    if delivery.delivered_at is not None:
        return DeliveryStatus.DELIVERED
    if delivery.dead_at is not None:
        return DeliveryStatus.DEAD
    return DeliveryStatus.FAILING if delivery.first_failed_at else DeliveryStatus.WAITING
