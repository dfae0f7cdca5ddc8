"""Webhooks: signed, stored once with their job, answered at once; everything else is turned away."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlmodel import select
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.models import ProviderEvent
from mentor_ui.resources import Resources, make_resources
from mentor_ui.settings import Settings
from mentor_ui.web import webhooks

ZOOM_SECRET = "demo-webhook-secret"
PAYSTACK_KEY = "sk_test_mentor_demo_key"
CHARGE = json.dumps(
    {"event": "charge.success", "data": {"id": 1, "reference": "bk-1", "domain": "test"}}
).encode()


@pytest.fixture
def kept(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    resources: Resources = make_resources(Settings(database_url=database.url))
    monkeypatch.setattr(webhooks, "get_resources", lambda: resources)
    yield resources.database
    resources.database.dispose()


def post(path: str, body: bytes, **headers: str) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=webhooks.routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, content=body, headers=headers)

    return asyncio.run(send())


def paystack(body: bytes, key: str = PAYSTACK_KEY) -> httpx.Response:
    signature = hmac.new(key.encode(), body, hashlib.sha512).hexdigest()
    return post("/api/paystack/webhook", body, **{"x-paystack-signature": signature})


def zoom(event: dict[str, Any], *, age_seconds: int = 0, secret: str = ZOOM_SECRET) -> httpx.Response:
    body = json.dumps(event).encode()
    stamp = str(int(time.time()) - age_seconds)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return post(
        "/api/zoom/webhook", body, **{"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={digest}"}
    )


def test_while_a_key_changes_events_signed_with_the_old_one_are_taken(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = make_resources(
        Settings(
            database_url=kept.url,
            paystack_secret_key="sk_test_new",
            paystack_previous_secret_key=PAYSTACK_KEY,
        )
    )
    monkeypatch.setattr(webhooks, "get_resources", lambda: changed)
    assert [paystack(CHARGE, key).status_code for key in (PAYSTACK_KEY, "sk_test_new", "")] == [200, 200, 401]
    changed.database.dispose()


def stored(database: Database) -> list[ProviderEvent]:
    with database.reading() as session:
        return list(session.exec(select(ProviderEvent)))


def test_an_event_is_stored_raw_with_its_job_and_a_repeat_adds_nothing(kept: Database) -> None:
    assert [paystack(CHARGE).status_code for _ in range(3)] == [200, 200, 200]
    (event,) = stored(kept)
    assert (event.provider, event.event, event.body) == ("paystack", "charge.success", CHARGE)
    jobs = kept.queue.list_workflows()
    assert [job.workflow_id for job in jobs] == [f"paystack-event-{event.id}"]


@pytest.mark.parametrize("key", ["sk_test_other", "", "sk_live_mentor_demo_key"])
def test_an_event_signed_with_another_key_is_turned_away(kept: Database, key: str) -> None:
    assert paystack(CHARGE, key).status_code == 401
    assert post("/api/paystack/webhook", CHARGE).status_code == 401
    assert stored(kept) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b'{"event": 5, "data": "x"}', b"\xff\xfe"])
def test_a_strange_but_signed_body_is_kept_and_breaks_nothing(kept: Database, body: bytes) -> None:
    assert paystack(body).status_code == 200
    assert [event.body for event in stored(kept)] == [body]


def test_a_body_that_is_too_large_is_refused_unread(kept: Database) -> None:
    assert paystack(b"x" * (webhooks.MOST_BYTES + 1)).status_code == 413
    assert stored(kept) == []


def test_zooms_events_are_kept_and_old_or_forged_ones_are_not(kept: Database) -> None:
    event = {
        "event": "meeting.started",
        "event_ts": 1,
        "payload": {"object": {"id": "5", "uuid": "Ünïcode==", "topic": "Ada & Tunde"}},
    }
    assert zoom(event).status_code == 200
    assert zoom(event).status_code == 200
    assert zoom(event, age_seconds=3600).status_code == 401
    assert zoom(event, secret="other").status_code == 401
    assert [row.event for row in stored(kept)] == ["meeting.started"]


def test_zooms_check_of_the_address_is_answered(kept: Database) -> None:
    reply = zoom({"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}})
    wanted = hmac.new(ZOOM_SECRET.encode(), b"qgg8vlvZRS6UYooatFL8Aw", hashlib.sha256).hexdigest()
    assert reply.json() == {"plainToken": "qgg8vlvZRS6UYooatFL8Aw", "encryptedToken": wanted}
    assert stored(kept) == []


def test_the_address_check_signs_nothing_that_could_pass_as_an_event(kept: Database) -> None:
    forged = json.dumps(
        {"event": "endpoint.url_validation", "payload": {"plainToken": 'v0:1700000000:{"a":1}'}}
    )
    assert post("/api/zoom/webhook", forged.encode()).status_code == 401
    assert stored(kept) == []
