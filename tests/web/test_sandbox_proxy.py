"""The demo's window to the sandbox shows its pages and none of its switches."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from mentor_ui.web.sandbox_proxy import MOST_BYTES, SandboxProxy
from tests.sandbox_process import SandboxProcess


@pytest.fixture
async def browser(web_sandbox: SandboxProcess) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that reaches the sandbox through our port alone."""
    proxy = SandboxProxy(web_sandbox.base_url)
    app = Starlette(routes=proxy.routes())
    transport = httpx.ASGITransport(app=app)
    async with proxy.running(), httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.anyio
async def test_the_mailbox_is_shown(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/sandbox/mail")).status_code == 200


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path",
    ["control", "%63ontrol", "%2563ontrol", "/control", "x/../control", "x/%2e%2e/control", "%2Fcontrol"],
)
async def test_no_spelling_reaches_the_fault_switches(
    browser: httpx.AsyncClient, web_sandbox: SandboxProcess, path: str
) -> None:
    fault = {"route": "paystack.verify", "kind": "500_before", "times": 1}
    answer = await browser.post(f"/sandbox/{path}/faults", json=fault)
    web_sandbox.control("DELETE", "faults")
    assert answer.status_code == 404


@pytest.mark.anyio
async def test_more_than_any_form_holds_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/sandbox/paystack/checkout/x", content=b"x" * (MOST_BYTES + 1))
    assert answer.status_code == 413
