"""The application as one starts it: quick the second time, on any port, and gone when it is stopped."""

import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from mentor_ui.front_end import STATIC_FOLDER
from mentor_ui.processes import answers
from tests.app_process import AppEndedError, AppProcess, start_app
from tests.many_processes import processes_of
from tests.sandbox_process import free_port


def wait_until_gone(app: AppProcess, seconds: float = 30) -> set[int]:
    deadline = time.monotonic() + seconds
    while (left := set(processes_of(app))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_the_second_start_is_quick_builds_nothing_and_keeps_the_data(tmp_path: Path) -> None:
    began = time.monotonic()
    with start_app(tmp_path) as app:
        first_seconds = time.monotonic() - began
        key = (tmp_path / "secret_key").read_text()
        built = (STATIC_FOLDER / "index.html").stat().st_mtime_ns
        assert app.stop() == 0
        app.port = free_port()
        started = time.monotonic()
        app.start()
        # Beside other work everything is slow, the first start as well, which did more.
        assert time.monotonic() - started < max(20, 2 * first_seconds)
        assert "Building" not in app.output
        assert (STATIC_FOLDER / "index.html").stat().st_mtime_ns == built
        assert (tmp_path / "secret_key").read_text() == key


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind_when_it_is_stopped(tmp_path: Path, how: signal.Signals) -> None:
    with start_app(tmp_path) as app:
        assert len(processes_of(app)) >= 3, "a supervisor, a worker and the sandbox"
        assert app.stop(how) == 0
        assert wait_until_gone(app) == set()
        assert "Traceback" not in app.output


def test_nothing_is_left_behind_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    with start_app(tmp_path) as app:
        assert app.process
        app.process.kill()
        assert wait_until_gone(app) == set()


def test_a_sandbox_that_dies_is_started_again(tmp_path: Path) -> None:
    with start_app(tmp_path) as app:
        (sandbox,) = [
            number for number, command in processes_of(app).items() if "mentor_ui.sandbox" in command
        ]
        os.kill(sandbox, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while "started again" not in app.output or not answers(app.sandbox_port):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert httpx.get(f"{app.url}/sandbox/mail").status_code == 200


@pytest.mark.parametrize("variable", ["PORT", "SANDBOX_PORT"])
def test_a_taken_port_is_one_clear_line(tmp_path: Path, variable: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with (
            pytest.raises(AppEndedError) as ended,
            start_app(tmp_path, env={variable: str(taken)}),
        ):
            pass
    assert ended.value.status == 2
    assert ended.value.output.splitlines()[-1].startswith(
        f"{variable}: port {taken} is taken, choose another"
    )
    assert "Traceback" not in ended.value.output


def test_a_wrong_setting_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(AppEndedError) as ended, start_app(tmp_path, env={"PLATFORM_SHARE_PERCENT": "lots"}):
        pass
    assert ended.value.status == 2
    assert ended.value.output == "PLATFORM_SHARE_PERCENT: use a whole number\n"


def test_several_processes_without_redis_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AppEndedError) as ended, start_app(tmp_path, env={"WEB_PROCESSES": "2"}):
        pass
    assert ended.value.output.splitlines()[-1].startswith("REDIS_URL: set it")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_one_build_serves_any_port_and_name(tmp_path: Path, page: Page, host: str) -> None:
    with start_app(tmp_path) as app, page.expect_websocket() as opened:
        page.goto(f"http://{host}:{app.port}/")
        assert opened.value.url.startswith(f"ws://{host}:{app.port}/_event/")
        opened.value.wait_for_event("framereceived")


def test_pages_carry_our_headers_and_bundles_may_be_kept(demo_app: AppProcess) -> None:
    with httpx.Client(base_url=demo_app.url, headers={"accept-encoding": "br"}) as visitor:
        front = visitor.get("/")
        assert front.headers["content-encoding"] == "br"
        assert front.headers["cache-control"] == "no-cache"
        assert "unsafe-eval" not in front.headers["content-security-policy"]
        bundle = next(STATIC_FOLDER.glob("assets/framework-*.js")).name
        kept = visitor.get(f"/assets/{bundle}")
        assert kept.headers["content-encoding"] == "br"
        assert "immutable" in kept.headers["cache-control"]
        again = visitor.get(f"/assets/{bundle}", headers={"if-none-match": kept.headers["etag"]})
        assert (again.status_code, again.headers["cache-control"]) == (304, kept.headers["cache-control"])


def test_only_pages_of_our_own_may_open_the_event_socket(demo_app: AppProcess) -> None:
    handshake = f"{demo_app.url}/_event/?EIO=4&transport=polling"
    assert httpx.get(handshake, headers={"origin": "http://elsewhere.example"}).status_code in {400, 403}


def test_the_sandbox_is_seen_through_our_port_but_its_switches_are_not(demo_app: AppProcess) -> None:
    assert httpx.get(f"{demo_app.url}/sandbox/mail").status_code == 200
    for path in (
        "control/requests",
        "mail/../control/requests",
        "%2e%2e/control/requests",
        "./control/requests",
    ):
        assert httpx.get(f"{demo_app.url}/sandbox/{path}").status_code == 404, path
    assert httpx.get(f"{demo_app.sandbox_url}/control/requests").status_code == 200
