"""A collector of spans on loopback for the tests: real OTLP over HTTP, read by OpenTelemetry's own protobuf."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue


@dataclass(frozen=True)
class Span:
    """What the collector knows of one."""

    name: str
    trace_id: str
    id: str
    parent_id: str
    attributes: dict[str, str | int]
    is_error: bool


@dataclass
class Collector:
    """What was sent to it, as bytes and as spans in the order in which they ended."""

    url: str = ""
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    spans: list[Span] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.services |= {
                one.value.string_value for one in of_resource.resource.attributes if one.key == "service.name"
            }
            for of_scope in of_resource.scope_spans:
                self.spans += [
                    Span(
                        one.name,
                        one.trace_id.hex(),
                        one.span_id.hex(),
                        one.parent_span_id.hex(),
                        {each.key: _value(each.value) for each in one.attributes},
                        one.status.code == one.status.STATUS_CODE_ERROR,
                    )
                    for one in of_scope.spans
                ]

    def named(self, name: str) -> list[Span]:
        return [one for one in self.spans if one.name == name]

    def path(self, span: Span) -> tuple[str, ...]:
        """The names from the root down to it."""
        above = [one for one in self.spans if one.id == span.parent_id]
        return (*(self.path(above[0]) if above else ()), span.name)

    def paths(self) -> set[tuple[str, ...]]:
        return {self.path(one) for one in self.spans}


def _value(value: AnyValue) -> str | int:
    return value.int_value if value.HasField("int_value") else value.string_value


@contextmanager
def collecting() -> Iterator[Collector]:
    """One that listens until the block is left."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
            if collector.status == 200:
                collector.take(body)
            self.send_response(collector.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield collector
        finally:
            server.shutdown()
