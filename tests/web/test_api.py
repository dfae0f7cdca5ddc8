"""The public API: its answers, each held against its own description."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import MentorshipSession, Person, WebSession
from mentor_ui.services import offerings
from mentor_ui.services.passwords import token_hash
from mentor_ui.settings import get_settings
from mentor_ui.web.api import Api
from mentor_ui.web.openapi import DOCUMENT
from tests.application import settings_for
from tests.catalogue import course, finished, offering, person, tutor
from tests.web.json_schema import faults

pytestmark = pytest.mark.anyio

HOST = "http://localhost:3000"


@pytest.fixture
async def client(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    with settings_for(database, monkeypatch, public_url=HOST):
        transport = httpx.ASGITransport(Starlette(routes=Api(get_settings()).routes()))
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            yield client


def as_described(answer: httpx.Response) -> Any:
    """Return the answer's JSON, after holding it against the OpenAPI document."""
    described = DOCUMENT["paths"][answer.request.url.path]["get"]["responses"][str(answer.status_code)]
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    assert faults(answer.json(), schema, DOCUMENT["components"]["schemas"]) == []
    return answer.json()


def now() -> datetime:
    return datetime.now(UTC)


async def test_suggestions_are_exactly_as_agreed(client: httpx.AsyncClient, database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session, "John Doe")
        react = course(session, teacher)
        number = offering(
            session,
            teacher,
            "React Mastery 1:1",
            description="Deep dive into advanced React patterns",
            linked_to=react,
            now=now(),
        )
    answer = await client.get("/api/mentorship/suggestions", params={"courseId": str(react.id)})
    assert answer.status_code == 200
    assert as_described(answer) == {
        "suggestions": [
            {
                "id": str(number),
                "title": "React Mastery 1:1",
                "description": "Deep dive into advanced React patterns",
                "duration": 60,
                "price": 5000,
                "tutor": {"name": "John Doe", "avatar": None},
            }
        ],
        "total": 1,
    }
    assert answer.headers["cache-control"] == "public, max-age=20"
    assert isinstance(answer.json()["suggestions"][0]["price"], int)


async def test_at_most_five_suggestions_newest_first(client: httpx.AsyncClient, database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react = course(session, teacher)
        for index in range(7):
            offering(
                session, teacher, f"Number {index}", linked_to=react, now=now() + timedelta(minutes=index)
            )
        person_row = session.get_one(Person, teacher.person_id)
        person_row.avatar = "/faces/tunde.webp"
        session.add(person_row)
    body = as_described(await client.get(f"/api/mentorship/suggestions?courseId={react.id}"))
    assert [row["title"] for row in body["suggestions"]] == [f"Number {index}" for index in (6, 5, 4, 3, 2)]
    assert (body["total"], body["suggestions"][0]["tutor"]["avatar"]) == (5, "/faces/tunde.webp")


async def test_a_price_with_kobo_has_two_decimals(client: httpx.AsyncClient, database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react = course(session, teacher)
        draft = offerings.OfferingDraft(
            title="Odd", duration_minutes=60, price="5000.55", course_id=str(react.id)
        )
        offerings.create(session, teacher, draft=draft, now=now())
    answer = await client.get(f"/api/mentorship/suggestions?courseId={react.id}")
    assert '"price":5000.55' in answer.text
    as_described(answer)


async def test_a_course_without_offerings_has_no_suggestions(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/mentorship/suggestions?courseId=12345")
    assert as_described(answer) == {"suggestions": [], "total": 0}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "missing"),
        ("?courseId=", "missing"),
        ("?courseId=%20", "missing"),
        ("?courseid=1", "missing"),
        ("?courseId=react", "invalid_course_id"),
        ("?courseId=-1", "invalid_course_id"),
        ("?courseId=99999999999999999999", "invalid_course_id"),
        ("?courseId=1%27%20OR%201=1", "invalid_course_id"),
        ("?courseId=%00", "invalid_course_id"),
    ],
)
async def test_a_missing_or_strange_course_is_a_problem(
    client: httpx.AsyncClient, query: str, code: str
) -> None:
    answer = await client.get(f"/api/mentorship/suggestions{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    body = as_described(answer)
    assert (body["code"], body["field"], body["status"]) == (code, "courseId", 400)
    assert answer.headers["cache-control"] == "no-store"


async def test_an_unchanged_answer_is_not_sent_again(client: httpx.AsyncClient, database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react = course(session, teacher)
        number = offering(session, teacher, linked_to=react, now=now())
    address = f"/api/mentorship/suggestions?courseId={react.id}"
    first = await client.get(address)
    again = await client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    with database.transaction() as session:
        offerings.hide(session, teacher, offering_id=number, now=now())
    changed = await client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (changed.status_code, changed.json()["total"]) == (200, 0)


# The feed has a room of its own, `test_calendar.py`.
OF_THE_API = [path for path in DOCUMENT["paths"] if not path.startswith("/api/calendar/")]


@pytest.mark.parametrize("path", [*OF_THE_API, "/api/openapi.json", "/api/docs"])
async def test_addresses_are_only_read(client: httpx.AsyncClient, path: str) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"
    head = await client.head(path)
    got = await client.get(path)
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_the_marketplace_with_the_filters_of_the_page(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react = course(session, teacher)
        offering(session, teacher, "Linked", linked_to=react, naira=5000, now=now())
        offering(session, tutor(session, "Amina Yusuf"), "Alone", naira=9000, minutes=90, now=now())
    everything = as_described(await client.get("/api/mentorship/offerings"))
    assert [row["title"] for row in everything["offerings"]] == ["Alone", "Linked"]
    assert (everything["total"], everything["moreThanTotal"], everything["next"]) == (2, False, None)
    linked = everything["offerings"][1]
    assert linked["course"] == {"id": str(react.id), "title": react.title, "slug": react.slug}
    assert linked["nextFreeAt"].endswith("Z")
    assert linked["nextFreeKnown"] is True
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, int(linked["id"]))
        row.next_free_at, row.next_free_unknown = None, True
    unknown = as_described(await client.get("/api/mentorship/offerings?q=linked"))["offerings"][0]
    assert (unknown["nextFreeAt"], unknown["nextFreeKnown"]) == (None, False)
    assert everything["offerings"][0]["course"] is None
    for query, titles in {
        "maxPrice=5000": ["Linked"],
        "duration=90&duration=30": ["Alone"],
        f"courseId={react.id}": ["Linked"],
        "mentor=amina": ["Alone"],
        "q=from+zero": ["Linked"],
        "sort=price": ["Linked", "Alone"],
        "duration=nonsense&minPrice=x&after=%F0%9F%92%A5": ["Alone", "Linked"],
    }.items():
        body = as_described(await client.get(f"/api/mentorship/offerings?{query}"))
        assert [row["title"] for row in body["offerings"]] == titles, query


async def test_pages_follow_one_another(client: httpx.AsyncClient, database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        for index in range(30):
            offering(session, teacher, f"Number {index}", now=now() + timedelta(minutes=index))
    first = as_described(await client.get("/api/mentorship/offerings"))
    second = as_described(await client.get(f"/api/mentorship/offerings?after={first['next']}"))
    titles = [row["title"] for row in first["offerings"] + second["offerings"]]
    assert titles == [f"Number {index}" for index in reversed(range(30))]
    assert second["next"] is None


async def test_a_signed_in_viewer_gets_an_answer_of_their_own(
    client: httpx.AsyncClient, database: Database
) -> None:
    with database.transaction() as session:
        teacher = person(session, "Tunde Bakare", Role.TUTOR, Role.STUDENT)
        other = tutor(session, "Amina Yusuf")
        done = course(session, other)
        finished(session, teacher, done)
        offering(session, teacher, "Mine", now=now())
        offering(session, other, "Done", linked_to=done, now=now())
        offering(session, other, "Other", now=now())
        session.add(
            WebSession(
                token_hash=token_hash("secret"),
                person_id=teacher.person_id,
                expires_at=now() + timedelta(hours=1),
            )
        )
    visitor = await client.get("/api/mentorship/offerings?mine=completed")
    assert (as_described(visitor)["total"], visitor.headers["cache-control"]) == (3, "public, max-age=15")
    client.cookies.set("mentor_session", "secret")
    viewer = await client.get("/api/mentorship/offerings?mine=completed")
    assert [row["title"] for row in as_described(viewer)["offerings"]] == ["Done"]
    assert viewer.headers["cache-control"] == "private, no-store"
    assert viewer.headers["vary"] == "cookie"
    all_of_them = as_described(await client.get("/api/mentorship/offerings"))
    assert "Mine" not in [row["title"] for row in all_of_them["offerings"]]


async def test_health_asks_the_database(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/health")
    assert as_described(answer) == {"status": "ok", "checked": ["database"]}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"database_url": "sqlite:////nowhere/at/all.db"}, "database"),
        ({"database_url": "postgresql://nobody:x@127.0.0.1:1/none"}, "database"),
        ({"redis_url": "redis://127.0.0.1:1/0"}, "redis"),
    ],
)
async def test_health_names_what_does_not_answer(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], name: str
) -> None:
    with settings_for(sqlite_database, monkeypatch, public_url=HOST):
        settings = get_settings().model_copy(update=changes)
    transport = httpx.ASGITransport(Starlette(routes=Api(settings).routes()))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        answer = await client.get("/api/health")
    assert answer.status_code == 503
    body = as_described(answer)
    assert (body["code"], name in body["detail"]) == ("unhealthy", True)
    assert "nobody:x" not in answer.text


async def test_a_wrong_answer_would_be_found() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    right = {"suggestions": [], "total": 0}
    assert faults(right, schemas["Suggestions"], schemas) == []
    for wrong in (
        [],
        {"suggestions": []},
        right | {"more": 1},
        right | {"total": "0"},
        right | {"total": -1},
        right | {"total": True},
        right | {"suggestions": [{"id": 5}]},
    ):
        assert faults(wrong, schemas["Suggestions"], schemas) != []


async def test_the_description_is_served_and_refers_to_what_it_has(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/openapi.json")
    assert answer.json() == DOCUMENT
    schemas = set(DOCUMENT["components"]["schemas"])
    text = json.dumps(DOCUMENT)
    named = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert named == schemas


async def test_the_page_for_people_needs_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/docs")
    assert answer.headers["content-type"].startswith("text/html")
    for path in DOCUMENT["paths"]:
        assert path in answer.text
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "<script" not in answer.text
