"""Signed events to the application: written in the same transaction as their cause, then retried."""

import hashlib
import hmac
import json
import time
from typing import Any

import httpx

from mentor_ui.sandbox.wire import Json, Sandbox

# Paystack retries for 72 hours and Zoom three times within 85 minutes; here the same shapes in minutes.
_PAYSTACK_RETRY_SECONDS = (1.0, 3.0, 10.0, 30.0)
_PAYSTACK_LATER_SECONDS = 60.0
_PAYSTACK_ATTEMPTS = 20
_ZOOM_RETRY_SECONDS = (1.0, 4.0, 12.0)


def emit_paystack(sandbox: Sandbox, event: str, data: Json) -> None:
    """Queue a Paystack event `{event, data}`."""
    _emit(sandbox, "paystack", event, {"event": event, "data": data})


def emit_zoom(sandbox: Sandbox, event: str, payload_object: Json, **beside: str) -> None:
    """Queue a Zoom event around the meeting object; some have more fields beside it."""
    payload = {"account_id": sandbox.config.zoom_account_id, **beside, "object": payload_object}
    body = {"event": event, "event_ts": int(time.time() * 1000), "payload": payload}
    _emit(sandbox, "zoom", event, body)


def _emit(sandbox: Sandbox, provider: str, event: str, body: Json) -> None:
    url = sandbox.config.paystack_webhook_url if provider == "paystack" else sandbox.config.zoom_webhook_url
    if not url:
        return
    fault = sandbox.faults.take(f"{provider}.webhook", event=event)
    kind = fault.kind if fault else ""
    if kind == "no_webhook":
        return
    raw = "<html>not an event</html>" if kind == "garbage" else json.dumps(body, ensure_ascii=False)
    task = {"provider": provider, "event": event, "raw": raw, "bad_signature": kind == "bad_signature"}
    delay = fault.seconds if fault and kind == "late_webhook" else 0.0
    sandbox.store.add_task("webhook", task, delay_seconds=delay)
    if kind == "duplicate_webhook":
        sandbox.store.add_task("webhook", task, delay_seconds=fault.seconds if fault else 0.0)


def paystack_signature(secret_key: str, raw: bytes) -> str:
    """Lowercase hex HMAC-SHA512 of the raw body, the header `x-paystack-signature`."""
    return hmac.new(secret_key.encode(), raw, hashlib.sha512).hexdigest()


def zoom_signature(secret: str, timestamp: str, raw: bytes) -> str:
    """`v0=` and the hex HMAC-SHA256 of `v0:timestamp:body`, the header `x-zm-signature`."""
    message = b"v0:" + timestamp.encode() + b":" + raw
    return "v0=" + hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


async def deliver(
    sandbox: Sandbox, client: httpx.AsyncClient, task: Json, attempts: int
) -> tuple[str, float | None]:
    """Send one event once.

    Returns:
        What happened, in words, and the seconds until the next try, or None when there is none.
    """
    if task["provider"] == "paystack":
        status, outcome = await _post_paystack(sandbox, client, task)
        if status == 200:
            return outcome, None
        if attempts + 1 >= _PAYSTACK_ATTEMPTS:
            return f"gave up: {outcome}", None
        later = _PAYSTACK_RETRY_SECONDS[attempts] if attempts < len(_PAYSTACK_RETRY_SECONDS) else None
        return outcome, later or _PAYSTACK_LATER_SECONDS
    status, outcome = await _post_zoom(sandbox, client, task["raw"].encode(), broken=task["bad_signature"])
    if status in {200, 204}:
        return outcome, None
    # Zoom repeats only what a server or the network broke, never a 3xx or 4xx.
    if 300 <= status < 500 or attempts >= len(_ZOOM_RETRY_SECONDS):
        return f"gave up: {outcome}", None
    return outcome, _ZOOM_RETRY_SECONDS[attempts]


async def _post_paystack(sandbox: Sandbox, client: httpx.AsyncClient, task: Json) -> tuple[int, str]:
    raw = task["raw"].encode()
    secret = "another key" if task["bad_signature"] else sandbox.config.paystack_secret_key
    headers = {"x-paystack-signature": paystack_signature(secret, raw), "content-type": "application/json"}
    return await _post(client, sandbox.config.paystack_webhook_url, raw, headers, timeout_seconds=30)


async def _post_zoom(
    sandbox: Sandbox, client: httpx.AsyncClient, raw: bytes, *, broken: bool
) -> tuple[int, str]:
    timestamp = str(int(time.time()))
    secret = "another secret" if broken else sandbox.config.zoom_webhook_secret
    headers = {
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": zoom_signature(secret, timestamp, raw),
        "content-type": "application/json; charset=utf-8",
    }
    return await _post(client, sandbox.config.zoom_webhook_url, raw, headers, timeout_seconds=3)


async def _post(
    client: httpx.AsyncClient, url: str, raw: bytes, headers: dict[str, str], *, timeout_seconds: float
) -> tuple[int, str]:
    try:
        reply = await client.post(url, content=raw, headers=headers, timeout=timeout_seconds)
    except httpx.HTTPError as error:
        return 0, type(error).__name__
    return reply.status_code, f"HTTP {reply.status_code}"


async def validate_zoom_endpoint(sandbox: Sandbox, client: httpx.AsyncClient, plain_token: str) -> Json:
    """Run Zoom's URL-validation handshake against the application.

    Returns:
        `{ok, reason, expected, answer}`; ok only for 200 within 3 s with both tokens right.
    """
    expected = hmac.new(
        sandbox.config.zoom_webhook_secret.encode(), plain_token.encode(), hashlib.sha256
    ).hexdigest()
    body = {"event": "endpoint.url_validation", "event_ts": int(time.time() * 1000)}
    raw = json.dumps({**body, "payload": {"plainToken": plain_token}}).encode()
    timestamp = str(int(time.time()))
    headers = {
        "x-zm-request-timestamp": timestamp,
        "x-zm-signature": zoom_signature(sandbox.config.zoom_webhook_secret, timestamp, raw),
        "content-type": "application/json; charset=utf-8",
    }
    wanted: Any = {"plainToken": plain_token, "encryptedToken": expected}
    try:
        reply = await client.post(sandbox.config.zoom_webhook_url, content=raw, headers=headers, timeout=3)
        answer: Any = reply.json()
    except (httpx.HTTPError, ValueError) as error:
        return {"ok": False, "reason": type(error).__name__, "expected": wanted, "answer": None}
    ok = reply.status_code == 200 and answer == wanted
    return {"ok": ok, "reason": f"HTTP {reply.status_code}", "expected": wanted, "answer": answer}
