"""What is measured of one process, a bot or a worker, whichever of them does the due work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from billing.bootstrap import connections_in_use
from billing.calls import CALLS
from billing.services.check import machine_ahead
from billing.values.errors import Unfit
from billing.work import Billing


class Pulse:
    """When due work last did something: every one of its transactions reads the clock, and is noticed by that."""

    def __init__(self, seconds: Callable[[], float] = monotonic) -> None:
        self._seconds = seconds
        self._last = seconds()

    def age(self) -> float:
        """Seconds since the last sign of life."""
        return self._seconds() - self._last

    def beat(self) -> None:
        self._last = self._seconds()


@dataclass(eq=False, frozen=True)
class ProcessGauges(Collector):
    """What is as it is in this process at this moment. `pulse` is that of the due work, where it does it."""

    billing: Billing
    pulse: Pulse | None

    def collect(self) -> Iterator[Metric]:
        yield gauge("billing_database_connections", "Connections in use", connections_in_use(self.billing))
        is_asked = not self.billing.gateway.is_away()
        yield gauge("billing_gateway_up", "Whether the gateway is asked", is_asked)
        what = "Seconds by which this machine's clock is ahead of the database's"
        ahead = machine_ahead(self.billing).total_seconds()
        yield gauge("billing_machine_clock_ahead_seconds", what, ahead)
        if self.pulse:
            what = "Seconds since due work did something in this process"
            yield gauge("billing_due_idle_seconds", what, self.pulse.age())


def gauge(name: str, what: str, value: float) -> Metric:
    """One series without labels."""
    return GaugeMetricFamily(name, what, value=float(value))


@contextmanager
def shown(billing: Billing, pulse: Pulse, host: str, port: int) -> Iterator[None]:
    """Answers Prometheus there meanwhile, from a thread of its own. Raises Unfit for where nobody can listen."""
    registry = CollectorRegistry()
    registry.register(CALLS)
    registry.register(ProcessGauges(billing, pulse))
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as trouble:
        why = trouble.strerror or type(trouble).__name__
        raise Unfit("metrics cannot be shown at {where}: {why}", where=f"{host}:{port}", why=why) from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
