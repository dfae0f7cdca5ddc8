"""The next sessions as a page that needs no socket and no script: who, when, and the way in.

It is what a lost connection leaves to a person, and what the service worker keeps to be read without any.
"""

from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mentor_ui.components.connection import PLAIN_SESSIONS
from mentor_ui.domain.local_time import clock, day, near_day, place_of, span
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.resources import get_resources
from mentor_ui.services.sessions import SessionRow, StudentTab, TutorTab, student_sessions, tutor_sessions
from mentor_ui.web.plain_pages import Action, Entry, plain_list
from mentor_ui.web.requests import actor_of

NOT_KEPT = {"cache-control": "no-store"}


async def next_sessions(request: Request) -> Response:
    """Answer `GET /sessions` with the person's sessions on either side of the desk, soonest first."""
    return await run_in_threadpool(_answer, request, datetime.now(UTC))


def _answer(request: Request, now: datetime) -> Response:
    with get_resources().database.reading() as session:
        actor = actor_of(session, request)
        if actor is None:
            return RedirectResponse(f"/login?next={PLAIN_SESSIONS}", 303, NOT_KEPT)
        learnt = [
            (row, False)
            for tab in (StudentTab.UPCOMING, StudentTab.READY_TO_PAY)
            for row in student_sessions(session, actor, tab, now)
        ]
        taught = [
            (row, True)
            for tab in (TutorTab.ACTIVE, TutorTab.UPCOMING)
            for row in (tutor_sessions(session, actor, tab, now) if actor.teaches else [])
        ]
    rows = sorted(learnt + taught, key=lambda one: one[0].starts_at)
    zone = actor.timezone
    return plain_list(
        "Your next sessions",
        f"As of {near_day(now, zone, now).lower()} {clock(now, zone)}, {place_of(zone)} time.",
        [_entry(row, zone, taught=taught) for row, taught in rows],
        nothing="No session is booked. Once there is one, you find its time and its link here.",
        actions=_ways_on(actor),
        lead_when_kept=(
            f"You are offline. This copy was saved on {day(now, zone)}, {clock(now, zone)}, "
            f"{place_of(zone)} time; what changed since is not in it."
        ),
    )


def _entry(row: SessionRow, zone: str, *, taught: bool) -> Entry:
    page = Action("Details", f"/mentorship/session/{row.id}")
    who = f"With {row.other_name}" + (" (you teach)" if taught else "")
    when = f"{span(row.starts_at, row.ends_at, zone)}, {place_of(zone)} time"
    if row.hold_expires_at is not None:
        return Entry(row.title, (when, who, "Kept for you until it is paid."), (page,))
    host = "?as=host" if taught else ""
    actions = (
        Action("Join", f"/j/{row.join_token}{host}"),
        Action("Add to calendar", f"/api/calendar/sessions/{row.id}.ics"),
        page,
    )
    return Entry(row.title, (when, who), actions)


def _ways_on(actor: Actor) -> tuple[Action, ...]:
    ways = [Action("Find a mentor", "/mentorship")]
    if Role.STUDENT in actor.roles:
        ways.insert(0, Action("My sessions", "/student/mentorship"))
    if actor.teaches:
        ways.insert(0, Action("Dashboard", "/tutor/mentorship"))
    return tuple(ways)


plain_sessions_route = Route(PLAIN_SESSIONS, next_sessions, methods=["GET"])
