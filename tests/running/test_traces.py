"""What a collector of OpenTelemetry traces is told, and what it is never told."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # pyright: ignore[reportMissingTypeStubs]
    ExportTraceServiceRequest,
)

from tests.app_process import start_app
from tests.security.socket_client import RawSocket

SECRET = "what-nobody-may-read"


@dataclass
class Collector:
    """Where the traces go.

    Attributes:
        port: Where it listens.
        bodies: All that it was sent.
    """

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)

    def spans(self) -> list[tuple[str, dict[str, str]]]:
        """Return each span's name and those attributes that are texts."""
        return [
            (span.name, {one.key: one.value.string_value for one in span.attributes})
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            packed = self.headers.get("Content-Encoding") == "gzip"
            collector.bodies.append(gzip.decompress(body) if packed else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()


def test_traces_tell_of_requests_events_and_statements_but_no_secret(tmp_path: Path) -> None:
    with collecting() as collector:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.port}"}
        with start_app(tmp_path, env=env) as app:
            httpx.get(f"{app.url}/j/{SECRET}", params={"for": SECRET})
            httpx.get(f"{app.url}/{SECRET}")
            httpx.get(f"{app.url}/api/mentorship/offerings", params={"q": SECRET}).raise_for_status()
            httpx.get(f"{app.url}/api/mentorship/courses/1/suggestions")
            httpx.post(f"{app.url}/login", data={"email": f"{SECRET}@demo.test", "password": SECRET})
            tab = RawSocket(app.url)
            tab.open("/mentorship")
            tab.close()
            # What has not been sent yet goes when the process ends.
            app.stop()
        spans = collector.spans()
    names = {name for name, _ in spans}
    assert {"GET /j/{token}", "GET /…", "GET /api/mentorship/offerings"} <= names
    assert any("hydrate_and_load" in name or "hydrate_and_load" in str(told) for name, told in spans)
    statements = [told["db.query.text"] for _, told in spans if "db.query.text" in told]
    assert any(text.startswith("SELECT") for text in statements)
    assert not any(SECRET.encode() in body for body in collector.bodies)
