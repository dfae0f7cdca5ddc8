"""Sessions as files for people's own calendars: one to download, and a private feed of all."""

import hashlib
from datetime import UTC, datetime
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.errors import DomainError, NotFound
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services.calendar_feeds import read_feed
from mentor_ui.services.calendar_files import FILE_NAME, session_file
from mentor_ui.services.limits import Limit, Wait
from mentor_ui.settings import Settings
from mentor_ui.web.problems import problem
from mentor_ui.web.requests import address_of, signed_in_actor

MEDIA_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
FEED_HEADERS = {
    "cache-control": "private, no-cache",
    "content-disposition": 'inline; filename="mentor-sessions.ics"',
    "x-robots-tag": "noindex",
}


class CalendarFiles:
    """The routes below `/api/calendar`, with their limits.

    Args:
        settings: Where counts are shared.
    """

    def __init__(self, settings: Settings) -> None:
        limit = partial(Limit, redis_url=settings.redis_url)
        # A calendar service asks for many people from one address, so only misses count there, and nobody
        # who knows a living address is ever kept out by them.
        self._misses = limit("60 per 15 minutes", name="calendar-feed-misses")
        self._readings = limit("120 per hour", name="calendar-feed")

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route("/api/calendar/sessions/{id}.ics", _session, methods=["GET"]),
            Route("/api/calendar/{token}.ics", self._feed, methods=["GET"]),
        ]

    async def _feed(self, request: Request) -> Response:
        """Answer `GET /api/calendar/{token}.ics`; knowing the address is enough."""
        reader = hashlib.sha256(str(request.path_params["token"]).encode()).hexdigest()
        try:
            self._readings.check(reader)
            try:
                file = await run_in_threadpool(_read_feed, request, get_resources(), datetime.now(UTC))
            except NotFound:
                self._misses.count(address_of(request))
                raise
            self._readings.count(reader)
        except DomainError as error:
            return _refused(error)
        headers = {**FEED_HEADERS, "etag": f'"{hashlib.sha256(file).hexdigest()[:32]}"'}
        if _is_known(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        return Response(file, media_type=MEDIA_TYPE, headers=headers)


async def _session(request: Request) -> Response:
    """Answer `GET /api/calendar/sessions/{id}.ics` for one of the session's participants."""
    try:
        file = await run_in_threadpool(_session_file, request, get_resources(), datetime.now(UTC))
    except DomainError as error:
        return _refused(error)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f'attachment; filename="{FILE_NAME}"',
    }
    return Response(file, media_type=MEDIA_TYPE, headers=headers)


def _session_file(request: Request, resources: Resources, now: datetime) -> bytes:
    session_id = parse_id(request.path_params["id"])
    with resources.database.reading() as session:
        actor = signed_in_actor(session, request)
        if session_id is None:
            raise NotFound("We cannot find this session among yours.", code="session_not_found")
        return session_file(
            session,
            actor,
            session_id=session_id,
            public_url=resources.settings.public_url,
            sender=resources.settings.mail_from,
            now=now,
        )


def _read_feed(request: Request, resources: Resources, now: datetime) -> bytes:
    settings = resources.settings
    with resources.database.reading() as session:
        return read_feed(
            session,
            request.path_params["token"],
            secret_key=settings.secret_key,
            public_url=settings.public_url,
            sender=settings.mail_from,
            now=now,
        )


def _is_known(request: Request, etag: str) -> bool:
    """Return whether the reader has this version; a proxy that compresses may have made its tag weak."""
    given = request.headers.get("if-none-match", "")
    return given.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in given.split(","))


def _refused(error: DomainError) -> Response:
    headers = {"cache-control": "no-store"}
    if isinstance(error, Wait):
        headers["retry-after"] = str(error.seconds)
    return problem(error, headers)
