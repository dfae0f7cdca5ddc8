"""The one join link of a session, `/j/{token}`: it stays the same whatever happens to the room behind it.

It resolves at the click: before the door opens to a waiting page, then into the room, for the tutor by a
start link that is fetched fresh from Zoom and goes nowhere but into this one answer.
"""

import logging
from datetime import UTC, datetime
from math import ceil
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.door import DOOR_OPENS, Door
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.local_time import clock, near_day, place_of, span
from mentor_ui.domain.roles import Actor
from mentor_ui.gate.cookies import browser_zone
from mentor_ui.providers.errors import MeetingNotFound, ProviderError
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import meetings
from mentor_ui.services.join_links import JoinLink, join_link, record_click
from mentor_ui.web.plain_pages import Action, Countdown, plain_page
from mentor_ui.web.requests import actor_of

log = logging.getLogger(__name__)

REFRESH_SECONDS = 5
"""While the room is being made."""

LOOK_SECONDS = 60
FAR_SECONDS = 300
"""Before the door opens, so that a session that was moved or cancelled meanwhile shows as it is: every minute
within the last hour, every five minutes before that."""

ASKED_BY_HOST = "as"
"""Query of the links in a tutor's mails: with `host`, a visitor signs in first and so enters as the host."""

WAITING = "waiting"
"""Query of what the waiting page loads by itself, which is no click."""

_PRIVATE = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


async def join(request: Request) -> Response:
    """Lead a participant into the room, or say why there is none to enter."""
    return await run_in_threadpool(_answer, request, get_resources(), datetime.now(UTC))


def _answer(request: Request, resources: Resources, now: datetime) -> Response:
    token: str = request.path_params["token"]
    with resources.database.reading() as session:
        try:
            link = join_link(session, token)
        except NotFound:
            return _unknown()
        actor = actor_of(session, request)
    door = link.door(now)
    waits = door in (Door.EARLY, Door.ROOM_BEING_MADE)
    if (waits or door == Door.OPEN) and actor is None and request.query_params.get(ASKED_BY_HOST) == "host":
        here = f"/j/{quote(token)}?{ASKED_BY_HOST}=host"
        return RedirectResponse(f"/login?next={quote(here, safe='')}", 303, _PRIVATE)
    if door == Door.ROOM_BEING_MADE and link.has_waited(now):
        link = _with_spare(resources, link, token, now)
        door = link.door(now)
    way = _way_in(resources, link, actor, now) if door == Door.OPEN else ""
    if door == Door.OPEN and not way:
        door = Door.ROOM_BEING_MADE
    if way or (waits and WAITING not in request.query_params):
        _record(request, resources, link, actor, led_in=bool(way), now=now)
    if way:
        return RedirectResponse(way, 302, _PRIVATE)
    zone = actor.timezone if actor is not None else browser_zone(request.headers.get("cookie"))
    return _closed(door, link, f"/j/{quote(token)}?{WAITING}", zone, now)


def _way_in(resources: Resources, link: JoinLink, actor: Actor | None, now: datetime) -> str:
    """Return where to lead this person; empty when Zoom says that the room is gone, which is mended then."""
    if link.guest_url is None:
        raise ValueError(f"the room of booking {link.booking_id} is not made")
    is_host = actor is not None and actor.person_id == link.tutor_id
    if not is_host or link.zoom_meeting_id is None:
        return link.guest_url
    try:
        return resources.meetings.start_url(link.zoom_meeting_id)
    except MeetingNotFound:
        with resources.database.transaction() as session:
            if meetings.lose_room(session, link.booking_id, link.zoom_meeting_id, now):
                meetings.ask_for_room(session, link.booking_id)
        return ""
    except ProviderError as error:
        # Guests may come in without a host, so the tutor is let in as one of them.
        log.warning("no start link for booking %s: %s", link.booking_id, error)
        return link.guest_url


def _with_spare(resources: Resources, link: JoinLink, token: str, now: datetime) -> JoinLink:
    with resources.database.transaction() as session:
        meetings.use_spare(
            session,
            link.booking_id,
            spare_room_url=resources.settings.spare_room_url,
            public_url=resources.settings.public_url,
            now=now,
            doubted=False,
        )
        return join_link(session, token)


def _record(
    request: Request,
    resources: Resources,
    link: JoinLink,
    actor: Actor | None,
    *,
    led_in: bool,
    now: datetime,
) -> None:
    if request.method != "GET" or "prefetch" in request.headers.get("sec-purpose", ""):
        return
    person_id = None if actor is None else actor.person_id
    with resources.database.transaction() as session:
        record_click(session, link.booking_id, person_id=person_id, led_in=led_in, now=now)


def _unknown() -> Response:
    return plain_page(
        "This link leads to no session",
        "Part of it may be missing. Your sessions and their links are under “My sessions”.",
        actions=(Action("My sessions", "/student/mentorship"), Action("Find a mentor", "/mentorship")),
        status=404,
    )


def _closed(door: Door, link: JoinLink, again: str, zone: str, now: datetime) -> Response:
    about = f"{link.title} · {span(link.starts_at, link.ends_at, zone)}, {place_of(zone)} time"
    details = Action("See the session", f"/mentorship/session/{link.booking_id}")
    market = Action("Find a mentor", "/mentorship")
    match door:
        case Door.EARLY:
            return _waiting(link, about, again, zone, now)
        case Door.ROOM_BEING_MADE:
            return plain_page(
                "Your room is being made",
                "This takes a few seconds. This page looks again by itself and leads you in once it is.",
                "The session is booked, and this link stays the same.",
                about=about,
                actions=(details,),
                refresh_seconds=REFRESH_SECONDS,
                refresh_path=again,
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
                "Its room is closed. You can book another time with the same mentor.",
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


def _waiting(link: JoinLink, about: str, again: str, zone: str, now: datetime) -> Response:
    opens_at = link.starts_at - DOOR_OPENS
    left = (opens_at - now).total_seconds()
    look = LOOK_SECONDS if left < 3600 else FAR_SECONDS
    day = near_day(opens_at, zone, now)
    minutes = int(DOOR_OPENS.total_seconds()) // 60
    return plain_page(
        f"The room opens {_in_a_sentence(day)} at {clock(opens_at, zone)}",
        f"That is {minutes} minutes before the start. Keep this page open and it leads you in by itself.",
        "If the session is moved, this link and this page go with it.",
        about=about,
        actions=(Action("See the session", f"/mentorship/session/{link.booking_id}"),),
        refresh_seconds=min(look, ceil(left) + 1),
        refresh_path=again,
        countdown=Countdown(left, again, "Time until the room opens"),
    )


def _in_a_sentence(day: str) -> str:
    return day.lower() if day in ("Today", "Tomorrow") else f"on {day}"


routes: list[BaseRoute] = [Route("/j/{token}", join, methods=["GET"])]
