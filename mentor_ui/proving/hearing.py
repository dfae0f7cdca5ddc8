"""Paystack's word of a payment, over HTTP, to our own endpoint."""

import asyncio
import hashlib
import hmac
import json

import httpx
from starlette.applications import Starlette

from mentor_ui.proving.world import World
from mentor_ui.web import webhooks


def deliver(world: World, reference: str, times: int = 1) -> None:
    """Send `charge.success`, signed, `times` times at once.

    Raises:
        HTTPStatusError: Ours did not take it.
    """
    data = {"reference": reference, "domain": "test", "status": "success", "id": 1}
    body = json.dumps({"event": "charge.success", "data": data}).encode()
    key = world.tools.settings.paystack_secret_key.encode()
    asyncio.run(_send(body, hmac.new(key, body, hashlib.sha512).hexdigest(), times))


async def _send(body: bytes, signature: str, times: int) -> None:
    ours = httpx.ASGITransport(app=Starlette(routes=webhooks.routes))
    headers = {"x-paystack-signature": signature}
    async with httpx.AsyncClient(transport=ours, base_url="http://mentor") as paystack:
        deliveries = [
            paystack.post("/api/paystack/webhook", content=body, headers=headers) for _ in range(times)
        ]
        for reply in await asyncio.gather(*deliveries):
            reply.raise_for_status()
