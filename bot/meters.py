"""What /metrics shows: requests from Slack, calls to those outside, and what waits in the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from billing.calls import CALLS
from billing.process_gauges import gauge
from billing.services.gauges import Gauges, Waiting


@dataclass(frozen=True)
class Meters:
    """One server's; two in one process count apart, but for their calls to those outside."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram

    @classmethod
    def make(cls) -> Meters:
        registry = CollectorRegistry()
        requests = Counter(
            "slack_requests", "Requests from Slack by HTTP status", ["status"], registry=registry
        )
        seconds = Histogram(
            "slack_request_seconds", "From a request of Slack to its answer, the ack", registry=registry
        )
        registry.register(CALLS)
        return cls(registry, requests, seconds)

    def count(self, status: int, begun: float) -> None:
        """A request that began at that moment of the performance counter is answered now."""
        self.requests.labels(status).inc()
        self.seconds.observe(perf_counter() - begun)

    def shown(self, seen: Seen) -> bytes:
        """All of it, as Prometheus reads it, with what was seen just now."""
        now = CollectorRegistry()
        now.register(seen)
        return generate_latest(self.registry) + generate_latest(now)


@dataclass(eq=False, frozen=True, slots=True)
class Seen:
    """What is as it is at this moment. `gauges` is None where the database does not answer."""

    gauges: Gauges | None
    of_process: Collector
    fault_of_slack: bool

    def collect(self) -> Iterator[Metric]:
        yield gauge("billing_database_up", "Whether the database answers within 2 s", self.gauges is not None)
        yield gauge("billing_slack_up", "Whether people can be served in Slack", not self.fault_of_slack)
        yield from self.of_process.collect()
        if self.gauges:
            yield from _of_books(self.gauges)


def _of_books(seen: Gauges) -> Iterator[Metric]:
    yield gauge("billing_on_hold", "Whether the books are on hold", seen.is_held)
    yield gauge("billing_due_lag_seconds", "For how long the oldest due work has been due", seen.due_seconds)
    yield from _each("billing_outbox", "Messages that wait, by audience", "audience", seen.outbox)
    yield from _each("billing_attempts_undecided", "Tries to collect, by state", "state", seen.attempts)
    yield from _each("billing_gateway_events", "Webhooks not asked after", "", {"": seen.events})
    yield from _each("billing_webhooks", "Webhooks to the seller's product", "", {"": seen.webhooks})
    yield gauge("billing_webhooks_dead", "Webhooks that were given up", seen.dead_webhooks)
    yield gauge("billing_webhook_endpoints_off", "Endpoints that said that they are gone", seen.endpoints_off)
    yield gauge(
        "billing_einvoices_due", "E-invoices to be sent within three days, or late", seen.e_invoices_due
    )
    yield gauge("billing_dead_letters", "Messages that were given up", seen.dead_letters)
    quarantined = GaugeMetricFamily("billing_quarantined", "What is set apart", labels=["what"])
    quarantined.add_metric(["message"], seen.quarantined_messages)
    quarantined.add_metric(["renewal"], seen.quarantined_renewals)
    yield quarantined


def _each(name: str, what: str, label: str, waiting: Mapping[str, Waiting]) -> Iterator[Metric]:
    """Two series of each: how many, and the seconds for which the oldest has waited."""
    parts: tuple[tuple[str, str, Callable[[Waiting], float]], ...] = (
        ("waiting", what, lambda one: one.count),
        ("oldest_seconds", f"{what}: how long the oldest has waited", lambda one: one.seconds),
    )
    for suffix, said, value in parts:
        family = GaugeMetricFamily(f"{name}_{suffix}", said, labels=[label] if label else [])
        for key, one in waiting.items():
            family.add_metric([key] if label else [], value(one))
        yield family
