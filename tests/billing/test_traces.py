"""Spans as a collector gets them: within each other across threads, errors by their class; lost ones are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from billing import logs, traces
from billing.adapters.otlp import OtlpRecorder
from billing.services import subscriptions
from billing.values.refusals import NotFound
from tests.billing.desk import Desk
from tests.billing.test_check import run
from tests.collector import Collector, collecting
from tests.pretend_stripe import RunningStripe


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture
def recorder(collector: Collector) -> Iterator[OtlpRecorder]:
    made = OtlpRecorder(collector.url, "tests")
    traces.record(made)
    yield made
    traces.record(traces.Unrecorded())
    made.provider.shutdown()


def test_what_is_done_in_other_threads_belongs_to_the_span_in_which_it_was_begun(
    collector: Collector, recorder: OtlpRecorder
) -> None:
    def work(number: int) -> str | None:
        with traces.span("work", number=number):
            return traces.trace_id()

    with ThreadPoolExecutor(2) as pool, traces.span("whole"):
        ids = set(pool.map(traces.carried(work), range(3)))
        assert ids == {traces.trace_id()}
    recorder.provider.force_flush()
    assert sorted(map(collector.path, collector.spans)) == [("whole",), *[("whole", "work")] * 3]
    assert traces.trace_id() is None


def test_errors_are_told_by_their_class_alone_and_a_refusal_is_none(
    sqlite_desk: Desk, collector: Collector, recorder: OtlpRecorder
) -> None:
    with suppress(ValueError), traces.span("failing"):
        raise ValueError("IT60 X054 2811 1010")
    with pytest.raises(NotFound), traces.span("turn"):
        subscriptions.cancel(sqlite_desk.billing, sqlite_desk.owner(), "sub_none", "reason")
    recorder.provider.force_flush()
    (failing,), (refused,) = collector.named("failing"), collector.named("subscription.cancel")
    assert (failing.attributes, failing.is_error) == ({"error.type": "ValueError"}, True)
    assert (refused.attributes, refused.is_error) == ({"error.type": "NotFound"}, False)
    assert b"IT60" not in b"".join(collector.bodies)


def test_a_call_of_the_gateway_is_a_span(
    collector: Collector, recorder: OtlpRecorder, pretend_stripe: RunningStripe
) -> None:
    assert list(pretend_stripe.gateway().collected_since(datetime(2026, 11, 1, tzinfo=UTC))) == []
    recorder.provider.force_flush()
    assert [one.name for one in collector.spans] == ["call gateway"]


def test_lost_spans_are_told_in_the_log(
    collector: Collector, recorder: OtlpRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure()
    collector.status = 400
    with traces.span("lost"):
        pass
    recorder.provider.force_flush()
    said = json.loads(capsys.readouterr().err)
    assert (said["event"], said["spans"]) == ("spans were not taken by the collector", 1)


def test_check_tries_the_collector(sqlite_desk: Desk, collector: Collector) -> None:
    given = {
        "url": sqlite_desk.billing.engine.url.render_as_string(),
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
    }
    assert run("check", **given)[0] == 0
    assert collector.bodies == [b""]
    collector.status = 401
    lost = f"no collector takes spans at {collector.url}; they are lost until one does.\n"
    assert run("check", **given) == (1, f"OTEL_EXPORTER_OTLP_ENDPOINT: {lost}")
