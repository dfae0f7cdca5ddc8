"""The public HTTP API: suggestions, the marketplace, health, and its own description.

Keys are camelCase, money is naira, identifiers are strings, errors are problem documents.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.db.current import database_of
from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.money import naira_number
from mentor_ui.services.marketplace import Card, MarketFilters, Page, find_offerings
from mentor_ui.services.suggestions import Suggestion, newest_for_anybody, newest_for_each
from mentor_ui.settings import Settings
from mentor_ui.web import api_docs
from mentor_ui.web.asked_together import AskedTogether
from mentor_ui.web.headers import NOT_KEPT
from mentor_ui.web.kept_bodies import Body, KeptBodies
from mentor_ui.web.openapi import DOCUMENT
from mentor_ui.web.problems import problem
from mentor_ui.web.requests import actor_of, token_of

METHODS = ("GET", "HEAD")
OTHER_METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")
HEALTH_SECONDS = 3.0

KEPT_SECONDS = 10.0
"""How old an answer may be that is given once more although something may have changed."""

MOST_KEPT = 8192

PUBLIC = {"cache-control": "public, max-age=20"}
DESCRIPTION = {"cache-control": "public, max-age=3600"}
VISITORS = {"cache-control": "public, max-age=15", "vary": "cookie"}
PERSONAL = {"cache-control": NOT_KEPT, "vary": "cookie"}
NEVER = {"cache-control": "no-store"}

Handler = Callable[[Request], Awaitable[Response]]


class MethodNotAllowed(DomainError):
    """This address is only read."""

    code = "method_not_allowed"
    status = 405


class Unhealthy(DomainError):
    """Something the application needs does not answer."""

    code = "unhealthy"
    status = 503


class Api:
    """The routes of the public API.

    Args:
        settings: Where the database and Redis are.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept = KeptBodies(KEPT_SECONDS, MOST_KEPT)
        self._newest = AskedTogether[int, tuple[Suggestion, ...]](self._look_up)

    def routes(self) -> list[BaseRoute]:
        """Return the routes; other methods than GET and HEAD get 405."""
        return [
            _route("/api/mentorship/suggestions", self._suggestions),
            _route("/api/mentorship/offerings", self._offerings),
            _route("/api/health", self._health),
            _route("/api/openapi.json", _openapi),
            _route("/api/docs", _docs),
        ]

    @property
    def _database(self) -> Database:
        return database_of(self._settings)

    async def _suggestions(self, request: Request) -> Response:
        given = request.query_params.get("courseId", "").strip()
        course_id = parse_id(given)
        if course_id is None:
            message = "courseId is no identifier." if given else "Say which course is meant: courseId=…"
            raise DomainError(message, field="courseId", code="invalid_course_id" if given else "missing")
        database = self._database
        # Only SQLite tells of the commits of all processes.
        version = database.version if database.is_sqlite else _unknown
        # Who asks whether something has changed is told how it is now.
        body = None if "if-none-match" in request.headers else self._kept.get(course_id, version)
        if body is None:
            before = version()
            if database.is_sqlite:
                # Some ten microseconds; a thread would cost twenty times that.
                found = newest_for_anybody(database, course_id)
            else:
                found = await self._newest.get(course_id)
            body = Body.of({"suggestions": [_suggestion_shape(row) for row in found], "total": len(found)})
            if found:
                self._kept.put(course_id, body, before)
        return body.answer(request, PUBLIC)

    def _look_up(self, course_ids: Sequence[int]) -> dict[int, tuple[Suggestion, ...]]:
        return newest_for_each(self._database, course_ids)

    async def _offerings(self, request: Request) -> Response:
        found = await run_in_threadpool(self._market_page, request)
        return _json(request, found, PERSONAL if token_of(request) else VISITORS)

    def _market_page(self, request: Request) -> dict[str, Any]:
        filters = MarketFilters.from_pairs(request.query_params.multi_items())
        database, now = self._database, datetime.now(UTC)
        if token_of(request):
            with database.reading() as session:
                page = find_offerings(session, actor_of(session, request), filters, now)
        else:
            page = database.browse(lambda connection: _visitors_page(connection, filters, now))
        return {
            "offerings": [_offering_shape(card) for card in page.cards],
            "total": page.total,
            "moreThanTotal": page.more_than_total,
            "next": page.next_cursor or None,
        }

    async def _health(self, request: Request) -> Response:
        checks = {"database": self._ask_database}
        if self._settings.redis_url:
            checks["redis"] = self._ask_redis
        for name, ask in checks.items():
            try:
                await asyncio.wait_for(ask(), HEALTH_SECONDS)
            except TimeoutError:
                raise Unhealthy(f"The {name} does not answer in time.") from None
            except (SQLAlchemyError, RedisError, OSError) as error:
                raise Unhealthy(f"The {name} does not answer: {type(error).__name__}.") from error
        return _json(request, {"status": "ok", "checked": list(checks)}, NEVER)

    async def _ask_database(self) -> None:
        await run_in_threadpool(_ping, self._database)

    async def _ask_redis(self) -> None:
        client = Redis.from_url(self._settings.redis_url)
        try:
            await client.ping()  # pyright: ignore[reportGeneralTypeIssues, reportUnknownMemberType]
        finally:
            await client.aclose()


def _route(path: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            if request.method not in METHODS:
                raise MethodNotAllowed("This address only answers GET.")
            return await handler(request)
        except DomainError as error:
            headers = dict(NEVER)
            if isinstance(error, MethodNotAllowed):
                headers["allow"] = ", ".join(METHODS)
            return problem(error, headers)

    return Route(path, endpoint, methods=[*METHODS, *OTHER_METHODS])


def _unknown() -> None:
    return None


def _visitors_page(connection: Connection, filters: MarketFilters, now: datetime) -> Page:
    with Session(connection) as session:
        return find_offerings(session, None, filters, now)


def _ping(database: Database) -> None:
    with database.read_engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM person LIMIT 1"))


def _suggestion_shape(row: Suggestion) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "description": row.description,
        "duration": row.duration_minutes,
        "price": naira_number(row.price_kobo),
        "tutor": {"name": row.tutor_name, "avatar": row.tutor_avatar or None},
    }


def _offering_shape(card: Card) -> dict[str, Any]:
    linked = {"id": card.course_id, "title": card.course_title, "slug": card.course_slug}
    return {
        "id": card.id,
        "title": card.title,
        "description": card.description,
        "duration": card.duration_minutes,
        "price": naira_number(card.price_kobo),
        "nextFreeAt": f"{card.next_free_at:%Y-%m-%dT%H:%M:%SZ}" if card.next_free_at else None,
        "nextFreeKnown": not card.times_unknown,
        "course": linked if card.course_id else None,
        "tutor": {
            "id": card.tutor_id,
            "name": card.tutor_name,
            "headline": card.tutor_headline,
            "avatar": card.tutor_avatar or None,
            "sessionsHeld": card.sessions_held,
        },
    }


def _json(request: Request, content: dict[str, Any], headers: dict[str, str]) -> Response:
    return Body.of(content).answer(request, headers)


async def _openapi(request: Request) -> Response:
    return _json(request, DOCUMENT, DESCRIPTION)


async def _docs(_request: Request) -> Response:
    return HTMLResponse(api_docs.page(DOCUMENT), headers=DESCRIPTION)
