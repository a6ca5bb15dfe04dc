"""Spans to a collector by OTLP over HTTP, in batches and from a thread of their own."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span

from billing.traces import Attribute, Kind
from billing.values.errors import Refusal

# A process that ends waits so long for a collector that is away.
EXPORT_SECONDS = 3
KINDS = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}
log = structlog.get_logger()


class OtlpRecorder:
    """Sends the spans of a program to the collector at `endpoint`; a setting of OpenTelemetry's own may say more.

    No other library is told of it: FastAPI would trace by itself, with paths, queries and addresses of clients.
    """

    def __init__(self, endpoint: str, program: str) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # it repeats itself; ours says it once
        own = Resource.create()  # what OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say
        named = (
            Resource({SERVICE_NAME: program})
            if "unknown_service" in str(own.attributes[SERVICE_NAME])
            else own
        )
        self.provider = TracerProvider(resource=own.merge(named))
        self.provider.add_span_processor(BatchSpanProcessor(_Telling(exporter_of(endpoint))))
        self._tracer = self.provider.get_tracer("billing-desk")

    @contextmanager
    def span(self, name: str, kind: Kind, attributes: dict[str, Attribute]) -> Iterator[None]:
        with self._tracer.start_as_current_span(
            name,
            kind=KINDS[kind],
            attributes=attributes,
            record_exception=False,  # its words may hold what was typed
            set_status_on_exception=False,
        ) as current:
            try:
                yield
            except Exception as error:
                current.set_attribute("error.type", type(error).__name__)
                if not isinstance(error, Refusal):  # an answer like any other
                    current.set_status(Status(StatusCode.ERROR))
                raise

    def note(self, attributes: dict[str, Attribute]) -> None:
        get_current_span().set_attributes(attributes)

    def trace_id(self) -> str | None:
        context = get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else None


class _Telling(SpanExporter):
    """Says in our log that spans are lost."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = self._inner.export(spans)
        if result is not SpanExportResult.SUCCESS:
            log.error("spans were not taken by the collector", spans=len(spans))
        return result

    def shutdown(self) -> None:
        self._inner.shutdown()


def exporter_of(endpoint: str) -> OTLPSpanExporter:
    """To that collector; headers, certificates and the like are as OpenTelemetry's own variables say."""
    return OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)


def takes_spans(endpoint: str) -> bool:
    """Whether the collector takes what is sent to it: it is sent nothing."""
    exporter = exporter_of(endpoint)
    try:
        return exporter.export(()) is SpanExportResult.SUCCESS
    finally:
        exporter.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry gives it no types
