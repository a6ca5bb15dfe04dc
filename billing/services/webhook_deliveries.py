"""Webhooks on their way: queued from the facts, claimed, sent, and marked with what came of it."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from time import monotonic

import structlog

from billing import traces
from billing.facts import readable_up_to
from billing.models import WebhookEndpoint
from billing.ports import CipherFault, Post, Poster
from billing.queries import webhooks as queries
from billing.services.facts import snapshot_of
from billing.values.snapshots.facts import FactSnapshot
from billing.values.webhooks import (
    GONE,
    MAX_RETRY_AFTER,
    WebhookReply,
    WebhookRequest,
    signed_headers,
    wait_after,
)
from billing.work import Billing, Work

# How many events are on their way to one endpoint at a time, and how many numbers of the feed are queued at a time.
BATCH_SIZE, QUEUED_AT_A_TIME = 50, 1_000
# An endpoint that failed for so long and takes events again gets at once what waits for its next try.
LONG_FAILURE = timedelta(minutes=1)
# How long one endpoint is sent to before others have their turn, and from when on a batch was slow.
TURN_SECONDS, SLOW_SECONDS = 10.0, 3.0
KEPT_FOR = timedelta(days=30)
FORGOTTEN_AT_A_TIME = 500
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Claimed:
    """An event that this worker holds. `tries` counts this one too; `now` is the database's moment."""

    number: int
    fact: FactSnapshot
    tries: int
    now: datetime


def busy(billing: Billing) -> list[str]:
    """The endpoints for which there is something to do."""
    if billing.held.is_set():
        return []  # the books that these were copied from tell it
    with billing.read("webhook.busy") as work:
        return list(work.session.scalars(queries.busy_endpoints()))


def drain(billing: Billing, poster: Poster, endpoint_id: str) -> int:
    """Sends to the endpoint all that may be sent now, many at a time; answers how much arrived. Safe in parallel."""
    return sum(_batches(billing, poster, endpoint_id))


def take_turn(billing: Billing, poster: Poster, endpoint_id: str, slow_seconds: float = SLOW_SECONDS) -> bool:
    """The same for some seconds, or up to the first batch that was slow; whether one was: none should wait for it."""
    began = monotonic()
    with closing(_batches(billing, poster, endpoint_id)) as batches:
        before = began
        for _ in batches:
            now = monotonic()
            if now - before > slow_seconds:
                return True
            if now - began > TURN_SECONDS:
                break
            before = now
    return False


def _batches(billing: Billing, poster: Poster, endpoint_id: str) -> Generator[int]:
    """How much of each arrived, until there are no more."""
    with poster() as post:
        while not (billing.stopping.is_set() or billing.held.is_set()):
            is_queued = queue(billing, endpoint_id)
            claimed = claim(billing, endpoint_id)
            if claimed:
                yield _send(billing, post, endpoint_id, claimed)
            elif not is_queued:
                break


def queue(billing: Billing, endpoint_id: str) -> bool:
    """Makes deliveries of the next facts that the endpoint listens to; whether there were facts at all."""
    with billing.work("webhook.queue") as work:
        endpoint = work.session.scalar(queries.endpoint_to_queue_for(), {"id": endpoint_id})
        if endpoint is None:
            return False
        after = endpoint.queued_up_to
        last = min(readable_up_to(work.session), after + QUEUED_AT_A_TIME)
        if last <= after:
            return False
        wanted = {"endpoint": endpoint_id, "after": after, "last": last, "types": endpoint.listens_to}
        connection = work.session.connection()
        connection.execute(queries.queue(connection.dialect), wanted)
        endpoint.queued_up_to = last
        return True


def claim(billing: Billing, endpoint_id: str, limit: int = BATCH_SIZE) -> list[Claimed]:
    """Takes the oldest events that may be sent to the endpoint, one of each subject."""
    with billing.work("webhook.claim") as work:
        if work.session.scalar(queries.endpoint_that_is_on(), {"id": endpoint_id}) is None:
            return []
        rows = work.session.execute(queries.claim(), {"endpoint": endpoint_id, "limit": limit}).all()
        held = {row.fact_number: row for row in rows}
        facts = work.session.execute(queries.facts_numbered(), {"numbers": list(held)})
        read = {row.Fact.number: snapshot_of(row) for row in facts}
        return [Claimed(number, fact, held[number].tries, held[number].now) for number, fact in read.items()]


def forget_delivered(billing: Billing) -> int:
    """Deletes what arrived more than thirty days ago, so much in each transaction; answers how much."""
    forgotten = 0
    while not billing.stopping.is_set():
        with billing.work("webhook.forget") as work:
            wanted = {"before": work.now - KEPT_FOR, "size": FORGOTTEN_AT_A_TIME}
            count = work.session.connection().execute(queries.forget_delivered(), wanted).rowcount
        forgotten += count
        if count < FORGOTTEN_AT_A_TIME:
            break
    return forgotten


def _send(billing: Billing, post: Post, endpoint_id: str, claimed: Sequence[Claimed]) -> int:
    try:
        requests = _requests(billing, endpoint_id, claimed)
    except CipherFault as fault:
        log.error("webhooks cannot be signed", endpoint=endpoint_id, why=str(fault))
        replies: Sequence[WebhookReply] = [WebhookReply(None, "its secret cannot be read")] * len(claimed)
    else:
        if not requests:
            return 0
        with traces.span("delivery webhooks", count=len(requests)):
            replies = post(requests)
    return mark(billing, endpoint_id, list(zip(claimed, replies, strict=True)))


def _requests(billing: Billing, endpoint_id: str, claimed: Sequence[Claimed]) -> list[WebhookRequest]:
    """As they are sent, signed by the secrets that hold now; none where the endpoint was deleted."""
    with billing.read("webhook.sign") as work:
        endpoint = work.session.get(WebhookEndpoint, endpoint_id)
        if endpoint is None:
            return []
        kept, url = endpoint.secrets_at(work.now), endpoint.url
    secrets = [billing.cipher.decrypt(one) for one in kept]
    made = []
    for one in claimed:
        body = json.dumps(one.fact.as_event(), ensure_ascii=False, separators=(",", ":")).encode()
        made.append(WebhookRequest(url, signed_headers(one.fact.id, one.now, body, secrets), body))
    return made


def mark(billing: Billing, endpoint_id: str, tried: Sequence[tuple[Claimed, WebhookReply]]) -> int:
    """Writes down what came of each try; answers how many arrived. What was replayed meanwhile is left alone."""
    fine = [(one, reply) for one, reply in tried if reply.is_fine]
    rest = [(one, reply) for one, reply in tried if not reply.is_fine]
    gone = [one for one, reply in rest if reply.status == GONE]
    with billing.work("webhook.mark") as work:
        endpoint = work.session.get(WebhookEndpoint, endpoint_id, with_for_update=True)
        if endpoint is None:
            return 0
        for status, group in groupby(sorted(fine, key=_status_of), _status_of):
            of_it = {"endpoint": endpoint_id, "numbers": [one.number for one, _ in group]}
            work.session.execute(queries.arrived(), of_it | {"now": work.now, "http_status": status})
        if gone:
            numbers = [one.number for one, _ in rest]
            work.session.execute(queries.let_go(), {"endpoint": endpoint_id, "numbers": numbers})
            _turn_off(work, endpoint)
        else:
            for one, reply in rest:
                _mark_failed(work, endpoint_id, one, reply)
            _note(work, endpoint, fine=bool(fine), failed=[reply for _, reply in rest])
    return len(fine)


def _status_of(tried: tuple[Claimed, WebhookReply]) -> int:
    return tried[1].status or 0


def _mark_failed(work: Work, endpoint_id: str, one: Claimed, reply: WebhookReply) -> None:
    error = (reply.error or "")[:300]
    of_it = {"endpoint": endpoint_id, "numbers": [one.number], "http_status": reply.status, "error": error}
    log.warning("a webhook was not taken", endpoint=endpoint_id, event_id=one.fact.id, error=error)
    for row in work.session.execute(queries.failed(wait_after(one.tries)), of_it):
        if row.dead_at is not None:
            log.error("a webhook is given up", endpoint=endpoint_id, event_id=one.fact.id, error=error)


def _turn_off(work: Work, endpoint: WebhookEndpoint) -> None:
    """It says itself that it is gone: nothing is sent until somebody turns it on."""
    endpoint.off_since, endpoint.last_error = work.now, f"HTTP {GONE}"
    log.error("a webhook endpoint is gone: nothing is sent to it", endpoint=endpoint.id)


def _note(work: Work, endpoint: WebhookEndpoint, *, fine: bool, failed: Sequence[WebhookReply]) -> None:
    """How the endpoint is: failing since when, to be left alone for how long, or back."""
    waits = [reply.retry_after for reply in failed if reply.retry_after]
    if waits:
        wait = min(timedelta(seconds=max(waits)), MAX_RETRY_AFTER)
        work.session.execute(queries.pause(wait), {"endpoint": endpoint.id})
    if fine:
        since = endpoint.failing_since
        endpoint.failing_since = None
        if since is not None and work.now - since >= LONG_FAILURE:
            work.session.execute(queries.due_now(), {"endpoint": endpoint.id})
    elif failed:
        endpoint.failing_since = endpoint.failing_since or work.now
    if failed:
        endpoint.last_error = (failed[-1].error or "")[:300]
