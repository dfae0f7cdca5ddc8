"""A real HTTP server on loopback that answers what a test wrote down, for shapes that no sandbox sends."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One scripted answer; `hang_up` closes the connection without a word after the request was read."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    hang_up: bool = False


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; `peer_port` tells connections apart."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    peer_port: int

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class ScriptedServer:
    """Gives its answers in turn and remembers what was asked; running out of answers is HTTP 599."""

    def __init__(self, http: ThreadingHTTPServer) -> None:
        self.http = http
        self.url = f"http://127.0.0.1:{http.server_address[1]}"
        self.asked: list[Asked] = []
        self._answers: list[Answer] = []
        self._lock = threading.Lock()

    def will_answer(self, *answers: Answer) -> None:
        """Add answers to the end of the script."""
        self._answers += answers

    def take(self, asked: Asked) -> Answer:
        """Note a request and return its answer."""
        with self._lock:
            self.asked.append(asked)
            return self._answers.pop(0) if self._answers else Answer(599, {"message": "no answer left"})

    @property
    def paths(self) -> list[str]:
        """Methods and paths of what was asked, in order."""
        return [f"{asked.method} {asked.path}" for asked in self.asked]


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    """Run a scripted server on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.rfile.read(size), self.client_address[1])
            answer = script.take(asked)
            time.sleep(answer.delay_seconds)
            self.close_connection = answer.hang_up
            if answer.hang_up:
                return
            if isinstance(answer.body, bytes):
                content = answer.body
            else:
                content = b"" if answer.body is None else json.dumps(answer.body).encode()
            try:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # a client that gave up is part of the script

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - the base class looks for these

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        script = ScriptedServer(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
