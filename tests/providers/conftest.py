"""Servers and clients for the tests of provider clients."""

from collections.abc import Iterator

import pytest

from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.providers.zoom import ZoomClient
from tests.providers.scripted_server import ScriptedServer, scripted_server
from tests.sandbox_process import SandboxProcess, start_sandbox


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server that answers what the test wrote down."""
    with scripted_server() as running:
        yield running


@pytest.fixture
def paystack(server: ScriptedServer) -> Iterator[PaystackClient]:
    """A Paystack client that talks to the scripted server."""
    client = PaystackClient(secret_key="sk_test_key", base_url=server.url, timeout_seconds=0.5)
    yield client
    client.close()


@pytest.fixture
def zoom(server: ScriptedServer) -> Iterator[ZoomClient]:
    """A Zoom client that talks to the scripted server."""
    client = ZoomClient(
        account_id="account",
        client_id="client",
        client_secret="secret",
        oauth_url=f"{server.url}/oauth/token",
        api_url=f"{server.url}/v2",
        host="host@example.com",
        timeout_seconds=0.5,
    )
    yield client
    client.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A sandbox of this module's own."""
    with start_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess) -> SandboxProcess:
    """The sandbox with an empty world and no faults."""
    running.reset()
    return running
