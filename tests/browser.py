"""The browser of the tests: an existing Chromium, else Playwright's own, else Debian's package.

`python -m tests.browser` installs one where there is none; the fixtures only look.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
PATIENCE_MS = 40_000
"""How long a page may take on a busy machine before a test says that something does not happen."""

JOBS_MS = 90_000
"""The same for what jobs do meanwhile, such as money that goes back and has to arrive."""

VIEWPORT = {"width": 1280, "height": 900}


def find_browser() -> str | None:
    """The path of a Chromium that starts, or None."""
    candidates = [found for name in NAMES if (found := shutil.which(name))]
    with sync_playwright() as playwright:
        candidates.append(playwright.chromium.executable_path)
    # Some distributions put a script there that only asks for another package.
    return next((path for path in candidates if Path(path).exists() and _starts(path)), None)


def _starts(path: str) -> bool:
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def main() -> None:
    """Install a browser if there is none, saying so; exit status 1 when that cannot be done."""
    if find_browser():
        return
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update"], ["apt-get", "install", "--yes", "chromium"]]
    print("Installing a browser for the tests", flush=True)  # noqa: T201
    for command in attempts:
        subprocess.run(command, capture_output=True, check=False)
        if find_browser():
            return
    sys.exit(
        "There is no browser for the tests, and none could be installed: install Chromium, then try again."
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium.

    One for each module and not for the session: while Playwright is in use, no other test of the process
    could run an event loop of its own.
    """
    path = find_browser()
    assert path, "no browser: run `python -m tests.browser`"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab without cookies; the test fails when a script in it does, or meets the content policy.

    No service worker comes between the page and the server here; what it does has tests of its own.
    """
    context = browser.new_context(viewport=VIEWPORT, service_workers="block")
    context.set_default_timeout(PATIENCE_MS)
    tab = context.new_page()
    broken: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            broken.append(message.text)

    tab.on("pageerror", lambda error: broken.append(str(error)))
    tab.on("console", listen)
    yield tab
    context.close()
    assert broken == []


if __name__ == "__main__":
    main()
