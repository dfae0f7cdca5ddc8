"""What Paystack and Zoom tell us: checked, stored, answered; worked on afterwards.

The signature is taken over the raw bytes. The event and the job that handles it are stored in one
transaction, so 200 means that nothing can be lost any more. Repeated and unknown events are answered 200,
too: both services would otherwise send them for days.
"""

import re
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.engine import Database
from mentor_ui.db.insert_once import insert_once
from mentor_ui.jobs.payment_events import HANDLE_PAYSTACK_EVENT
from mentor_ui.jobs.zoom_events import HANDLE_ZOOM_EVENT
from mentor_ui.models import ProviderEvent
from mentor_ui.providers import paystack_webhooks, zoom_webhooks
from mentor_ui.resources import get_resources
from mentor_ui.web.requests import BodyTooLarge, body_of

MOST_BYTES = 1_000_000

HARMLESS_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")
"""What Zoom's address check may have signed without a signature of its own: it holds no colon, so the
answer is never the signature of an event."""


def _store(database: Database, event: ProviderEvent, job: str) -> None:
    with database.transaction() as session:
        if insert_once(session, event):
            enqueue(session, job, f"{event.provider}-event-{event.id}", str(event.id))


async def paystack(request: Request) -> Response:
    """Take one event of Paystack's: 200 when stored, 401 when the signature is not Paystack's."""
    resources = get_resources()
    try:
        body = await body_of(request, MOST_BYTES)
    except BodyTooLarge:
        return PlainTextResponse("too large", 413)
    signature = request.headers.get("x-paystack-signature")
    settings = resources.settings
    # A new key changes the signature at once, while events signed with the old one are still on their way.
    keys = [settings.paystack_secret_key, settings.paystack_previous_secret_key]
    if not paystack_webhooks.verify_signature(body, signature, keys):
        return PlainTextResponse("bad signature", 401)
    told = paystack_webhooks.read_event(body)
    event = ProviderEvent(
        provider="paystack", dedupe_key=f"paystack-{told.dedupe_key}", event=told.name[:80], body=body
    )
    await run_in_threadpool(_store, resources.database, event, HANDLE_PAYSTACK_EVENT)
    return PlainTextResponse("ok")


async def zoom(request: Request) -> Response:
    """Take one event of Zoom's, or answer its check that this address is ours."""
    resources = get_resources()
    try:
        body = await body_of(request, MOST_BYTES)
    except BodyTooLarge:
        return PlainTextResponse("too large", 413)
    secret = resources.settings.zoom_webhook_secret
    told = zoom_webhooks.read_event(body)
    if told.name == zoom_webhooks.URL_VALIDATION and secret and HARMLESS_TOKEN.fullmatch(told.plain_token):
        return JSONResponse(zoom_webhooks.url_validation_reply(secret, told.plain_token))
    genuine = zoom_webhooks.verify_signature(
        secret,
        request.headers.get("x-zm-request-timestamp"),
        body,
        request.headers.get("x-zm-signature"),
        datetime.now(UTC),
    )
    if not genuine:
        return PlainTextResponse("bad signature", 401)
    key = f"zoom-{told.dedupe_key}"
    event = ProviderEvent(provider="zoom", dedupe_key=key, event=told.name[:80], body=body)
    await run_in_threadpool(_store, resources.database, event, HANDLE_ZOOM_EVENT)
    return PlainTextResponse("ok")


routes: list[BaseRoute] = [
    Route("/api/paystack/webhook", paystack, methods=["POST"]),
    Route("/api/zoom/webhook", zoom, methods=["POST"]),
]
