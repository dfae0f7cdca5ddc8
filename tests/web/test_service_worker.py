"""The service worker in a browser, before a server that answers when it is told to."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page

from mentor_ui.web.installed import WORKER
from tests.browser import PATIENCE_MS
from tests.sandbox_process import free_port

PAGE = """<!doctype html><title>Page</title><script>navigator.serviceWorker.register("/sw.js")</script>"""
LIST = """<!doctype html><a href="/api/calendar/sessions/7.ics">Add to calendar</a>"""
CONTROLLED = "() => navigator.serviceWorker.controller !== null"
ASK = "() => navigator.serviceWorker.controller.postMessage({signedIn: true})"
BEGIN_SIGN_OUT = "() => void (window.left = fetch('/api/auth/logout', {method: 'POST'}))"
SIGNED_OUT = "() => window.left.then((answer) => answer.status)"
SIGN_OUT = "() => fetch('/api/auth/logout', {method: 'POST'}).then((answer) => answer.status)"
KEPT = "() => caches.match('/sessions', {cacheName: 'mine'}).then((kept) => Boolean(kept))"


class Answers(BaseHTTPRequestHandler):
    """Answers with the worker and with pages; counts what it is asked for."""

    server: "Host"  # pyright: ignore[reportIncompatibleVariableOverride] - the only one there is

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        if self.path == "/sessions":
            self.server.list_asked.set()
            self.server.list_answered.wait(PATIENCE_MS / 1000)
        script = self.path == "/sw.js"
        text = WORKER.read_text(encoding="utf-8") if script else LIST if self.path == "/sessions" else PAGE
        self._say(text, "text/javascript" if script else "text/html")
        if self.path.endswith(".ics"):
            self.server.file_asked.set()

    def do_POST(self) -> None:
        self.server.sign_out_asked.set()
        self.server.sign_out_answered.wait(PATIENCE_MS / 1000)
        self._say("", "text/plain")

    def _say(self, text: str, content_type: str) -> None:
        self.send_response(200)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        del format, args


class Host(ThreadingHTTPServer):
    """The server, and when it was asked for what."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", free_port()), Answers)
        self.url = f"http://localhost:{self.server_port}"
        self.asked = Counter[str]()
        self.list_asked, self.list_answered = threading.Event(), threading.Event()
        self.file_asked = threading.Event()
        self.sign_out_asked, self.sign_out_answered = threading.Event(), threading.Event()


@pytest.fixture
def host() -> Iterator[Host]:
    """A server of one's own."""
    with Host() as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.list_answered.set()
        running.sign_out_answered.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def worked(browser: Browser, host: Host) -> Iterator[Page]:
    """A page that the worker controls."""
    context = browser.new_context(service_workers="allow")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(host.url)
    page.wait_for_function(CONTROLLED)
    yield page
    context.close()


def test_an_address_that_the_worker_leaves_alone_is_asked_for_once(worked: Page, host: Host) -> None:
    worked.goto(f"{host.url}/api/calendar/callback?code=once")
    worked.goto(f"{host.url}/courses")
    assert host.asked["/api/calendar/callback?code=once"] == 1
    assert host.asked["/courses"] == 1


def test_a_list_that_comes_after_the_sign_out_is_not_kept(worked: Page, host: Host) -> None:
    host.sign_out_answered.set()
    worked.evaluate(ASK)
    assert host.list_asked.wait(PATIENCE_MS / 1000)
    assert worked.evaluate(SIGN_OUT) == 200
    host.list_answered.set()
    # Files are asked for when the list itself has been dealt with.
    assert host.file_asked.wait(PATIENCE_MS / 1000)
    assert worked.evaluate(KEPT) is False


def test_a_list_that_comes_during_the_sign_out_is_not_kept(worked: Page, host: Host) -> None:
    worked.evaluate(BEGIN_SIGN_OUT)
    assert host.sign_out_asked.wait(PATIENCE_MS / 1000)
    host.list_answered.set()
    worked.evaluate(ASK)
    assert host.file_asked.wait(PATIENCE_MS / 1000)
    host.sign_out_answered.set()
    assert worked.evaluate(SIGNED_OUT) == 200
    assert worked.evaluate(KEPT) is False


def test_a_list_without_a_sign_out_is_kept(worked: Page, host: Host) -> None:
    host.list_answered.set()
    worked.evaluate(ASK)
    assert host.file_asked.wait(PATIENCE_MS / 1000)
    assert worked.evaluate(KEPT) is True
