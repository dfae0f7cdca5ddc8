"""Sessions as files for people's own calendars."""

from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.errors import DomainError, NotFound
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services.calendar_files import session_file
from mentor_ui.web.problems import problem
from mentor_ui.web.requests import signed_in_actor

MEDIA_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"


async def session_calendar(request: Request) -> Response:
    """Answer `GET /api/calendar/sessions/{id}.ics` for one of the session's participants."""
    try:
        file = await run_in_threadpool(_session_file, request, get_resources(), datetime.now(UTC))
    except DomainError as error:
        return problem(error, {"cache-control": "no-store"})
    headers = {
        "cache-control": "no-store",
        "content-disposition": 'attachment; filename="mentor-session.ics"',
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


routes: list[BaseRoute] = [Route("/api/calendar/sessions/{id}.ics", session_calendar, methods=["GET"])]
