"""The one join link of a session, `/j/{token}`: it stays the same whatever happens to the room behind it."""

import logging
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.local_time import place_of, span
from mentor_ui.domain.roles import Actor
from mentor_ui.gate.cookies import browser_zone
from mentor_ui.providers.errors import ProviderError
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services.meetings import Door, JoinLink, join_link
from mentor_ui.web.plain_pages import Action, plain_page
from mentor_ui.web.requests import actor_of

log = logging.getLogger(__name__)

REFRESH_SECONDS = 5

_PRIVATE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


async def join(request: Request) -> Response:
    """Lead a participant into the room, or say why there is none to enter.

    The host's own link opens the meeting with the tutor's rights, so it is fetched for the tutor alone, at
    this moment, and kept nowhere.
    """
    return await run_in_threadpool(_answer, request, get_resources(), datetime.now(UTC))


def _answer(request: Request, resources: Resources, now: datetime) -> Response:
    with resources.database.reading() as session:
        try:
            link = join_link(session, request.path_params["token"])
        except NotFound:
            return plain_page(
                "This link leads to no session",
                "Part of it may be missing. Your sessions and their links are under “My sessions”.",
                actions=(
                    Action("My sessions", "/student/mentorship"),
                    Action("Find a mentor", "/mentorship"),
                ),
                status=404,
            )
        actor = actor_of(session, request)
    door = link.door(now)
    if door != Door.OPEN:
        return _closed(door, link, actor, browser_zone(request.headers.get("cookie")))
    return RedirectResponse(_way_in(resources, link, actor), 302, _PRIVATE)


def _way_in(resources: Resources, link: JoinLink, actor: Actor | None) -> str:
    if link.guest_url is None:
        raise ValueError(f"the room of booking {link.booking_id} is not made")
    is_host = actor is not None and actor.person_id == link.tutor_id
    if not is_host or link.zoom_meeting_id is None:
        return link.guest_url
    try:
        return resources.meetings.start_url(link.zoom_meeting_id)
    except ProviderError as error:
        log.warning("no start link for booking %s: %s", link.booking_id, error)
        return link.guest_url


def _closed(door: Door, link: JoinLink, actor: Actor | None, visitor_zone: str) -> Response:
    zone = actor.timezone if actor is not None else visitor_zone
    about = f"{link.title} · {span(link.starts_at, link.ends_at, zone)}, {place_of(zone)} time"
    details = Action("See the session", f"/mentorship/session/{link.booking_id}")
    market = Action("Find a mentor", "/mentorship")
    match door:
        case Door.ROOM_BEING_MADE:
            return plain_page(
                "Your Zoom room is being made",
                "This takes a few seconds. This page looks again by itself and opens Zoom once it is ready.",
                "The session is booked, and this link stays the same.",
                about=about,
                actions=(details,),
                refresh_seconds=REFRESH_SECONDS,
            )
        case Door.CANCELLED:
            return plain_page(
                "This session was cancelled",
                "There is no room to join. The session's page says what happened.",
                about=about,
                actions=(details, market),
                status=410,
            )
        case Door.OVER:
            return plain_page(
                "This session is over",
                "Its Zoom room is closed. You can book another time with the same mentor.",
                about=about,
                actions=(details, market),
                status=410,
            )
        case _:
            return plain_page(
                "This session is not booked yet",
                "The room opens once the session is paid for.",
                about=about,
                actions=(Action("My sessions", "/student/mentorship"),),
                status=404,
            )


routes: list[BaseRoute] = [Route("/j/{token}", join, methods=["GET"])]
