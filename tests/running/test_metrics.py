"""What Prometheus reads of a running application, where it reads it, and what is never in it."""

import socket
from pathlib import Path

import httpx
import pytest

from tests.app_process import AppEndedError, start_app
from tests.sandbox_process import free_port
from tests.security.socket_client import RawSocket


def test_prometheus_reads_on_a_port_of_its_own(tmp_path: Path) -> None:
    port = free_port()
    with start_app(tmp_path, env={"METRICS_PORT": str(port)}) as app:
        assert httpx.get(f"{app.url}/metrics").status_code == 404
        tab = RawSocket(app.url)
        tab.open("/mentorship")
        tab.close()
        httpx.get(f"{app.url}/api/mentorship/offerings").raise_for_status()
        shown = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'mentor_event_seconds_count{handler="state.hydrate_and_load"}' in shown
        assert 'mentor_request_seconds_count{answer="2xx",method="GET"}' in shown
        assert 'mentor_query_seconds_count{kind="read"}' in shown
        assert 'mentor_stuck{what="payment_unused"} 0.0' in shown
        assert 'mentor_stuck_kobo{what="payout"} 0.0' in shown
        assert "mentor_database_up 1.0" in shown
        assert "@demo.test" not in shown


def test_a_taken_port_for_prometheus_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AppEndedError) as ended, start_app(tmp_path, env={"METRICS_PORT": str(port)}):
            pass
    assert ended.value.output.splitlines()[-1].startswith(f"METRICS_PORT: port {port} is taken")
