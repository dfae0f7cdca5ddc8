"""One sandbox for all tests of this folder, and an application that receives its webhooks."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.sandbox_process import (
    ZOOM_ACCOUNT_ID,
    ZOOM_CLIENT_ID,
    ZOOM_CLIENT_SECRET,
    SandboxProcess,
    start_sandbox,
)


class Receiver:
    """An HTTP server that keeps what is posted to it and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.answer: Callable[[bytes], bytes] = lambda _body: b""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, headers, body))
                answer = receiver.answer(body)
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def clear(self) -> None:
        """Forget everything."""
        self.requests.clear()
        self.statuses.clear()
        self.answer = lambda _body: b""

    def events(self) -> list[dict[str, Any]]:
        """The JSON bodies so far."""
        return [json.loads(body) for _, _, body in self.requests]

    def wait(self, count: int, seconds: float = 30) -> list[dict[str, Any]]:
        """Wait until `count` events are here."""
        deadline = time.monotonic() + seconds
        while len(self.requests) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.requests) >= count, f"only {len(self.requests)} of {count} events came"
        return self.events()

    def wait_for(self, name: str, seconds: float = 30) -> dict[str, Any]:
        """Wait for an event of this name; one of an earlier test may still be on its way before it."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = [event for event in self.events() if event["event"] == name]
            if found:
                return found[0]
            time.sleep(0.02)
        raise AssertionError(f"no {name} came")


@pytest.fixture(scope="session")
def _receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope="session")
def _sandbox(tmp_path_factory: pytest.TempPathFactory, _receiver: Receiver) -> Iterator[SandboxProcess]:
    options = ("--transfer-seconds", "0.3", "--refund-seconds", "0.1", "--payout-seconds", "0.1")
    with start_sandbox(
        tmp_path_factory.mktemp("sandbox"),
        paystack_webhook_url=f"{_receiver.url}/paystack",
        zoom_webhook_url=f"{_receiver.url}/zoom",
        options=(*options, "--zoom-daily-limit", "12"),
    ) as sandbox:
        yield sandbox


@pytest.fixture
def receiver(_receiver: Receiver) -> Receiver:
    """The application's end of the webhooks, emptied."""
    _receiver.clear()
    return _receiver


@pytest.fixture
def sandbox(_sandbox: SandboxProcess, receiver: Receiver) -> SandboxProcess:
    """The running sandbox, emptied."""
    _sandbox.reset()
    receiver.clear()
    return _sandbox


@pytest.fixture
def paystack(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """A client with the right key."""
    with httpx.Client(
        base_url=sandbox.paystack_base_url, headers=sandbox.paystack_headers, trust_env=False
    ) as client:
        yield client


@pytest.fixture
def zoom(sandbox: SandboxProcess) -> Iterator[httpx.Client]:
    """A client with a fresh access token."""
    form = {"grant_type": "account_credentials", "account_id": ZOOM_ACCOUNT_ID}
    reply = sandbox.http.post("/zoom/oauth/token", auth=(ZOOM_CLIENT_ID, ZOOM_CLIENT_SECRET), data=form)
    headers = {"authorization": f"Bearer {reply.json()['access_token']}"}
    with httpx.Client(base_url=sandbox.zoom_api_url, headers=headers, trust_env=False) as client:
        yield client
