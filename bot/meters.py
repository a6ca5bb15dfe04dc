"""What /metrics shows: how many requests came from Slack, with which outcome, and how long each took."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest


@dataclass(frozen=True)
class Meters:
    """One server's; two in one process count apart."""

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
            "slack_request_seconds", "From a request of Slack to its answer", registry=registry
        )
        return cls(registry, requests, seconds)

    def count(self, status: int, begun: float) -> None:
        """A request that began at that moment of the performance counter is answered now."""
        self.requests.labels(status).inc()
        self.seconds.observe(perf_counter() - begun)

    def shown(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)
