"""How long a page takes to show its cards, on three networks, beside a static file of the same content.

Chromium with a cold cache, its network slowed by the DevTools protocol; the median of five loads. Protocol
throttling delays every request but not the opening of a connection, as everybody's published numbers do.
"""

import os
import re
import statistics
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import httpx
from playwright.sync_api import Browser, sync_playwright

from benchmarks.result import Result
from mentor_ui.web.compression import brotli as squeeze
from tests.app_process import AppProcess
from tests.browser import ARGUMENTS, find_browser
from tests.sandbox_process import free_port

LOADS = int(os.environ.get("BENCH_PAGE_LOADS", "5"))
PATIENCE_MS = 120_000
CARD = "#market-cards article"
BITS = 8

# The first frame that has a card in it, and what moved or blocked until the page had settled.
WATCH = f"""
const look = () => {{
  const note = () => {{ window.cardsAt = performance.now(); }};
  if (document.querySelector("{CARD}")) requestAnimationFrame(note);
  else requestAnimationFrame(look);
}};
requestAnimationFrame(look);
window.shifts = 0;
window.blocked = 0;
new PerformanceObserver((list) => {{
  for (const entry of list.getEntries()) window.shifts += entry.value;
}}).observe({{ type: "layout-shift", buffered: true }});
new PerformanceObserver((list) => {{
  for (const entry of list.getEntries()) window.blocked += Math.max(0, entry.duration - 50);
}}).observe({{ type: "longtask", buffered: true }});
"""


@dataclass(frozen=True)
class Network:
    """A connection, and the budgets on it.

    Attributes:
        kilobits: Per second; 0 for as fast as the machine is.
        slower: How many times slower the processor is made.
        cards_s: Budget for the first card, in seconds.
        blocked_ms: Budget for the time in which the page could not answer a tap.
    """

    name: str
    latency_ms: int
    kilobits: int
    slower: int
    cards_s: float | None
    blocked_ms: float | None


NETWORKS = (
    Network("no throttling", 0, 0, 1, None, None),
    Network("Slow 4G", 150, 1600, 1, 0.45, 50),
    Network("Slow 3G, CPU / 4", 400, 400, 4, 1.1, 150),
)
COLD_KB = 155


@dataclass(frozen=True)
class Load:
    """One cold load: seconds to the first card, kilobytes on the wire, layout shift, milliseconds blocked."""

    cards_s: float
    kilobytes: float
    shift: float
    blocked_ms: float


def measure(folder: Path) -> list[Result]:
    """Return what loading the marketplace costs.

    Args:
        folder: For the application's data.
    """
    # Looked for before Playwright's loop runs, in which it cannot be asked.
    browser_path = find_browser()
    app = AppProcess(folder, free_port(), free_port())
    app.start()
    try:
        address = f"{app.url}/mentorship"
        with _static(httpx.get(address, timeout=60).text) as static, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
            results = [one for network in NETWORKS for one in _compared(chromium, network, address, static)]
            chromium.close()
    finally:
        app.stop()
    return results


def _compared(browser: Browser, network: Network, address: str, static: str) -> list[Result]:
    # In turns, so that whatever else the machine does meets both.
    pairs = [(_load(browser, network, address), _load(browser, network, static)) for _ in range(LOADS)]
    ours, limit = zip(*pairs, strict=True)
    name = f"marketplace, {network.name}"
    cards = statistics.median(one.cards_s for one in ours)
    limit_s = statistics.median(one.cards_s for one in limit)
    results = [
        Result(f"{name}: cards painted", cards, "s", cards / limit_s, network.cards_s),
        Result(f"{name}: static page, the same cards", limit_s, "s"),
        Result(f"{name}: layout shift", statistics.median(one.shift for one in ours), "", budget=0.01),
        Result(
            f"{name}: blocked",
            statistics.median(one.blocked_ms for one in ours),
            "ms",
            budget=network.blocked_ms,
        ),
    ]
    if network is NETWORKS[0]:
        weight = statistics.median(one.kilobytes for one in ours)
        results.append(Result("marketplace, cold: all bytes", weight, "kB", budget=COLD_KB))
    return results


def _load(browser: Browser, network: Network, address: str) -> Load:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    wire = context.new_cdp_session(tab)
    received: dict[str, float] = {}

    def note(event: dict[str, Any]) -> None:
        received[event["requestId"]] = event["encodedDataLength"]

    wire.on("Network.loadingFinished", note)
    wire.send("Network.enable")
    if network.kilobits:
        speed = network.kilobits * 1000 / BITS
        wire.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": network.latency_ms,
                "downloadThroughput": speed,
                "uploadThroughput": speed,
            },
        )
    wire.send("Emulation.setCPUThrottlingRate", {"rate": network.slower})
    tab.add_init_script(WATCH)
    tab.goto(address, wait_until="networkidle")
    # Asked by the protocol: the scripts that Playwright would bring for it are long tasks themselves.
    question = {"expression": "[window.cardsAt, window.shifts, window.blocked]", "returnByValue": True}
    cards_ms, shift, blocked_ms = None, 0.0, 0.0
    while cards_ms is None:
        answer = cast("dict[str, Any]", wire.send("Runtime.evaluate", question))
        cards_ms, shift, blocked_ms = answer["result"]["value"]
    context.close()
    return Load(cards_ms / 1000, sum(received.values()) / 1000, shift, blocked_ms)


@contextmanager
def _static(html: str) -> Generator[str]:
    """Serve a page as a file without scripts, as fast as a file can be."""
    body = re.sub(r"<script.*?</script>|<link[^>]*modulepreload[^>]*>", "", html, flags=re.DOTALL)
    squeezed = squeeze(body.encode(), 11)

    class File(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 404)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(squeezed) if found else 0))
            if found:
                self.send_header("content-encoding", "br")
            self.end_headers()
            self.wfile.write(squeezed if found else b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), File)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
