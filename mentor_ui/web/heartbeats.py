"""Signs of life of an open session page: a plain POST a minute, for the attendance timeline."""

from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.errors import DomainError, NotFound
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.resources import get_resources
from mentor_ui.services import attendance
from mentor_ui.services.limits import Limit
from mentor_ui.settings import Settings
from mentor_ui.web.problems import problem
from mentor_ui.web.requests import refuse_other_sites, signed_in_actor

OFTEN = "6 per minute"
"""Of one person: several tabs and devices, each once a minute."""


class Heartbeats:
    """The route for signs of life.

    Args:
        settings: Where limits are shared.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit = Limit(OFTEN, name="heartbeat", redis_url=settings.redis_url)

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [Route("/api/mentorship/sessions/{session_id}/heartbeat", self.beat, methods=["POST"])]

    async def beat(self, request: Request) -> Response:
        """Note that the sender has the page of a session open: 204, whether or not it counts at this time."""
        try:
            refuse_other_sites(request)
            await run_in_threadpool(self._beat, request)
        except DomainError as error:
            return problem(error)
        return Response(status_code=204)

    def _beat(self, request: Request) -> None:
        database = get_resources().database
        with database.reading() as session:
            actor = signed_in_actor(session, request)
        self._limit.count(str(actor.person_id))
        booking_id = parse_id(request.path_params["session_id"])
        if booking_id is None:
            raise NotFound("There is no such session.", code="session_not_found")
        with database.transaction() as session:
            attendance.beat(session, actor, booking_id=booking_id, now=datetime.now(UTC))
