"""A Paystack to ask: the sandbox process, over real HTTP."""

from collections.abc import Iterator

import pytest

from mentor_ui.providers.paystack import PaystackClient
from tests.sandbox_process import PAYSTACK_SECRET_KEY, SandboxProcess, start_sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """The provider sandbox; tests reset what they switch on."""
    folder = tmp_path_factory.mktemp("sandbox")
    with start_sandbox(
        folder, options=("--no-limits", "--refund-seconds", "0.1", "--payout-seconds", "3600")
    ) as running:
        yield running


@pytest.fixture
def gateway(sandbox: SandboxProcess) -> Iterator[PaystackClient]:
    """A client of the sandbox's Paystack."""
    client = PaystackClient(secret_key=PAYSTACK_SECRET_KEY, base_url=sandbox.paystack_base_url)
    yield client
    client.close()
    sandbox.control("DELETE", "faults")
