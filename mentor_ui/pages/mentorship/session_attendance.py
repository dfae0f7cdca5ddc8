"""Who came to a session: what was seen, in plain words for both, and what we make of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import reflex as rx

from mentor_ui.components.cards import section_card
from mentor_ui.components.heartbeats import heartbeat
from mentor_ui.components.values import shown
from mentor_ui.domain.attendance import BEAT_LASTS, Proposal, Reason, Verdict
from mentor_ui.domain.local_time import clock, day, place_of
from mentor_ui.gate import MINE, Refused, SignedIn, acting, allow, follow, reading
from mentor_ui.models import AttendanceEvent, AttendanceKind
from mentor_ui.pages.route import id_in
from mentor_ui.services import attendance
from mentor_ui.services.attendance import Report

MOST_LINES = 60
"""Of the newest; a connection that comes and goes makes many."""


@dataclass(frozen=True)
class SeenLine:
    """One thing that was seen; `at` in ISO 8601."""

    key: str
    time: str
    at: str
    words: str


@dataclass(frozen=True)
class AttendanceShown:
    """What was seen of a session, in the reader's zone.

    Attributes:
        verdict: What we make of it; empty as long as it is too early.
        why: What that rests on.
        zone: Whose times these are; empty when nothing is shown.
    """

    verdict: str = ""
    why: str = ""
    zone: str = ""
    lines: tuple[SeenLine, ...] = ()
    beats_for: str = ""
    beats_from: str = ""
    beats_until: str = ""


class SessionAttendance(rx.State):
    """Who came to the session on the page."""

    seen: AttendanceShown = AttendanceShown()
    _session_id: int = 0

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Fill the panel, and keep it up to date."""
        self._session_id = id_in(self) or 0
        await follow(self, MINE)
        await self._reload()

    async def _reload(self) -> None:
        actor, session_id, now = await acting(self), self._session_id, datetime.now(UTC)
        found = await reading(lambda session: attendance.report(session, actor, session_id, now))
        if isinstance(found, Refused):
            self.seen = AttendanceShown()
        else:
            self.seen = attendance_shown(found, str(session_id), actor.timezone)


def attendance_shown(found: Report, session_id: str, zone: str) -> AttendanceShown:
    """Return what was seen of a session in words.

    Args:
        found: What was seen.
        session_id: The session, as the browser names it.
        zone: The reader's.
    """
    beats = {
        "beats_for": session_id,
        "beats_from": found.beats_from.isoformat(),
        "beats_until": found.beats_until.isoformat(),
    }
    if not found.is_shown:
        return AttendanceShown(**beats)
    verdict, why = _verdict(found) if found.proposal else ("", "")
    return AttendanceShown(
        verdict=verdict,
        why=why,
        zone=place_of(zone),
        lines=tuple(_lines(found, zone))[-MOST_LINES:],
        **beats,
    )


def _lines(found: Report, zone: str) -> Iterable[SeenLine]:
    several_days = len({day(event.happened_at, zone) for event in found.events}) > 1
    open_pages: dict[int, tuple[datetime, datetime]] = {}
    rows: list[tuple[datetime, str, str]] = []

    def close_page(person_id: int) -> None:
        began, last = open_pages.pop(person_id)
        till = clock(last + timedelta(minutes=1), zone)
        rows.append((began, f"page-{person_id}-{began.timestamp():.0f}", _page_words(found, person_id, till)))

    for event in found.events:
        if event.kind == AttendanceKind.HEARTBEAT and event.person_id is not None:
            began, last = open_pages.get(event.person_id, (event.happened_at, event.happened_at))
            if event.happened_at - last > 2 * BEAT_LASTS:
                close_page(event.person_id)
                began = event.happened_at
            open_pages[event.person_id] = (began, event.happened_at)
            continue
        rows.append((event.happened_at, str(event.id), _words(found, event)))
    for person_id in list(open_pages):
        close_page(person_id)
    for at, key, words in sorted(rows):
        time = f"{day(at, zone)}, {clock(at, zone)}" if several_days else clock(at, zone)
        yield SeenLine(key, time, at.isoformat(), words)


def _page_words(found: Report, person_id: int, till: str) -> str:
    return f"{found.names[person_id]} had this page open until {till}"


def _words(found: Report, event: AttendanceEvent) -> str:
    who = found.names.get(event.person_id or 0, "")
    guest = who or (f"A guest named {event.detail}" if event.detail else "A guest")
    led_in = event.detail == attendance.LED_IN
    did = "was led into the room" if led_in else "opened the waiting page"
    about = f": {event.detail}" if event.detail else ""
    return {
        AttendanceKind.MEETING_STARTED: "The Zoom meeting began",
        AttendanceKind.MEETING_ENDED: "The Zoom meeting ended",
        AttendanceKind.JOINED: f"{guest} came into the room",
        AttendanceKind.LEFT: f"{guest} left the room",
        AttendanceKind.JOIN_CLICK: f"{who or 'Somebody who is not signed in'} {did} by the join link",
        AttendanceKind.HEARTBEAT: f"{guest} had this page open",
        AttendanceKind.ROOM_CHANGED: event.detail,
        AttendanceKind.MARKED: f"{who or 'We'} said what became of the session{about}",
        AttendanceKind.CONTESTED: f"{who or 'The student'} disagreed{about}",
        AttendanceKind.RULED: f"We decided{about}",
    }[AttendanceKind(event.kind)]


def _verdict(found: Report) -> tuple[str, str]:
    proposal = found.proposal
    if proposal is None:
        return "", ""
    tutor, student = found.names[found.tutor_id], found.names[found.student_id]
    match proposal.verdict:
        case Verdict.HELD:
            said = "It looks as if the session took place"
        case Verdict.STUDENT_ABSENT:
            said = f"It looks as if {student} did not come"
        case Verdict.TUTOR_ABSENT:
            said = f"It looks as if {tutor} did not come"
        case Verdict.NETWORK_FAILURE:
            said = "It looks as if a connection failed"
        case Verdict.UNKNOWN:
            said = "We cannot tell whether the session took place"
    return said, _why(proposal, tutor, student)


def _why(proposal: Proposal, tutor: str, student: str) -> str:
    waiting = tutor if proposal.verdict == Verdict.STUDENT_ABSENT else student
    together = _minutes(proposal.together)
    return {
        Reason.TOGETHER: f"You were together in the room for {together}.",
        Reason.BOTH_LED_IN: "Both of you were led into the room. It is not on Zoom, so we see no more of it.",
        Reason.WAITED_ALONE: f"{waiting} waited, and nothing was seen of the other.",
        Reason.CUT_SHORT: f"Both of you tried, and were together for {together}: "
        f"{tutor} was in the room for {_minutes(proposal.tutor_present)}, "
        f"{student} for {_minutes(proposal.student_present)}.",
        Reason.MISSED_EACH_OTHER: "Both of you were seen, but not in the room at the same time.",
        Reason.LEFT_EARLY: "Only one of you was seen, and too briefly to say that the other did not come.",
        Reason.NOBODY_SEEN: "Nobody was seen in the room, at the join link or on this page.",
        Reason.UNNAMED_GUEST: "Somebody was in the room under a name that we cannot place.",
    }[proposal.reason]


def _minutes(time: timedelta) -> str:
    whole = int(time.total_seconds()) // 60
    return "1 minute" if whole == 1 else f"{whole} minutes" if whole else "less than a minute"


def attendance_panel() -> rx.Component:
    """Show who came to the session on the page, and tell that the page is open."""
    seen = SessionAttendance.seen
    return rx.fragment(
        heartbeat(session=seen.beats_for, since=seen.beats_from, until=seen.beats_until),
        shown(
            seen.zone,
            section_card(
                "Who came",
                rx.el.div(
                    shown(
                        seen.verdict,
                        rx.el.div(
                            rx.el.p(seen.verdict, class_name="font-semibold"),
                            rx.el.p(seen.why, class_name="text-sm text-muted"),
                        ),
                    ),
                    aria_live="polite",
                    class_name="empty:hidden",
                ),
                rx.el.ol(rx.foreach(seen.lines, _line), class_name="flex flex-col gap-2 empty:hidden"),
                rx.el.p(
                    "Both of you see this, in your own time; this is ",
                    seen.zone,
                    " time. Nothing in it can be changed afterwards.",
                    class_name="text-sm text-muted",
                ),
            ),
        ),
    )


def _line(line: rx.Var[SeenLine]) -> rx.Component:
    return rx.el.li(
        rx.el.time(line.time, date_time=line.at, class_name="shrink-0 text-sm text-muted tabular-nums"),
        rx.el.span(line.words, class_name="min-w-0 wrap-anywhere"),
        class_name="flex items-baseline gap-3",
        key=line.key,
    )
