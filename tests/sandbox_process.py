"""Starts the provider sandbox as the process that it is, on a free port, for any test that needs it."""

import errno
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PAYSTACK_SECRET_KEY = "sk_test_mentor_demo_key"
ZOOM_ACCOUNT_ID = "demo-account"
ZOOM_CLIENT_ID = "demo-client"
ZOOM_CLIENT_SECRET = "demo-secret"
ZOOM_WEBHOOK_SECRET = "demo-webhook-secret"

FIRST_PORT, PORTS = 12_000, 18_000

START_SECONDS, ANSWER_SECONDS, STOP_SECONDS = 120, 30, 60
"""What a busy machine may need for them."""

_PROJECT = Path(__file__).parents[1]


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on.

    Drawn below those that the system hands out, or another process could be given the same one before ours
    is in use.
    """
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as taken:
                if taken.errno != errno.EADDRINUSE:
                    raise
            else:
                return port


@dataclass
class SandboxProcess:
    """A running sandbox.

    Attributes:
        port: its own port on 127.0.0.1.
        public_url: base of the links that it gives out.
        http: a client on its own address; Paystack calls need `paystack_headers`.
    """

    port: int
    public_url: str
    command: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.base_url, timeout=ANSWER_SECONDS, trust_env=False)

    @property
    def base_url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def paystack_base_url(self) -> str:
        """For PAYSTACK_BASE_URL."""
        return f"{self.base_url}/paystack"

    @property
    def zoom_oauth_url(self) -> str:
        """For ZOOM_OAUTH_URL."""
        return f"{self.base_url}/zoom/oauth/token"

    @property
    def zoom_api_url(self) -> str:
        """For ZOOM_API_URL."""
        return f"{self.base_url}/zoom/v2"

    @property
    def paystack_headers(self) -> dict[str, str]:
        """The bearer key."""
        return {"authorization": f"Bearer {PAYSTACK_SECRET_KEY}"}

    def start(self) -> None:
        """Start the process and wait until it answers.

        Raises:
            RuntimeError: it ended or stayed silent, with its output.
        """
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(self.command, stdout=output, stderr=output, cwd=_PROJECT)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.http.get("/health").json() == {"status": "ok", "pid": self.process.pid}:
                    return
                time.sleep(0.05)
            except httpx.TransportError:
                time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the sandbox did not start:\n{self.log.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process and return its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call `/control/{path}`; raises for any refusal."""
        reply = self.http.request(method, f"/control/{path}", json=body)
        assert reply.is_success, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    def fault(self, route: str, kind: str, *, times: int | None = 1, **options: Any) -> None:
        """Switch a fault on; see `mentor_ui.sandbox.faults` for kinds and options."""
        self.control("POST", "faults", {"route": route, "kind": kind, "times": times, **options})

    def calls(self, route: str) -> int:
        """How often a route was called since the start, the last reset or `DELETE /control/requests`."""
        return int(self.control("GET", "requests")["counts"].get(route, 0))

    def reset(self) -> None:
        """Empty the world: state, faults, log."""
        self.control("POST", "reset")

    def settle(self, reference: str, status: str = "success", **changes: Any) -> dict[str, Any]:
        """End a charge without the checkout page."""
        return self.control("POST", f"paystack/settle/{reference}", {"status": status, **changes})

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        """Stored mails, newest first."""
        found: list[dict[str, Any]] = self.http.get("/mail.json", params={"to": to}).json()["messages"]
        return found

    def meetings(self) -> list[dict[str, Any]]:
        """All meetings ever made, deleted ones too (`is_deleted`)."""
        found: list[dict[str, Any]] = self.control("GET", "zoom/meetings")["meetings"]
        return found


@contextmanager
def start_sandbox(
    directory: Path,
    *,
    port: int | None = None,
    public_url: str | None = None,
    paystack_webhook_url: str = "",
    zoom_webhook_url: str = "",
    options: tuple[str, ...] = (),
) -> Iterator[SandboxProcess]:
    """A sandbox whose file and log live in `directory`; ends with the block.

    Args:
        directory: an existing folder.
        port: its port; a free one when None.
        public_url: base of its links; its own address when None.
        paystack_webhook_url: where charge, refund and transfer events go; none when empty.
        zoom_webhook_url: where meeting events go; none when empty.
        options: further flags, such as `("--refund-seconds", "0.1")`.
    """
    port = port or free_port()
    public_url = public_url or f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mentor_ui.sandbox", "--port", str(port)]
    command += ["--database", str(directory / "sandbox.db"), "--public-url", public_url]
    command += ["--paystack-webhook", paystack_webhook_url, "--zoom-webhook", zoom_webhook_url]
    command += ["--paystack-secret-key", PAYSTACK_SECRET_KEY, "--zoom-account-id", ZOOM_ACCOUNT_ID]
    command += ["--zoom-client-id", ZOOM_CLIENT_ID, "--zoom-client-secret", ZOOM_CLIENT_SECRET]
    command += ["--zoom-webhook-secret", ZOOM_WEBHOOK_SECRET, *options]
    sandbox = SandboxProcess(port=port, public_url=public_url, command=command, log=directory / "sandbox.log")
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.http.close()
        sandbox.stop()
