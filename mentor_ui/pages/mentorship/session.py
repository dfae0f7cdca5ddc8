"""One booked session, for its two participants."""

from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.address import shown_path
from mentor_ui.components.avatars import avatar, hue_of, initials_of
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import link_button, outside_link_button
from mentor_ui.components.calendar_menu import CalendarWays, calendar_menu
from mentor_ui.components.cards import card, details_list, section_card
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.links import back_link, text_link
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.domain.local_time import long_day, place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate import MINE, Refused, SignedIn, acting, allow, follow, payment_topic, reading
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.route import id_in, path_of
from mentor_ui.pages.session_words import again_path, calendar_ways, join_path, standing
from mentor_ui.services import sessions
from mentor_ui.settings import get_settings

NO_WAYS = CalendarWays()
AHEAD = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)


@dataclass(frozen=True)
class Face:
    """One of the two participants."""

    name: str
    role: str
    initials: str
    hue: int


@dataclass(frozen=True)
class SessionShown:
    """A session in words, in the viewer's zone; `starts_at` and `ends_at` in ISO 8601.

    Attributes:
        ahead: Whether it can still be joined.
        running: Whether it has begun.
        room: What is known of the Zoom room.
        receives: What the tutor gets, for the tutor; empty for the student.
        home: The viewer's dashboard.
    """

    title: str = ""
    description: str = ""
    badge: str = ""
    tone: str = "neutral"
    when: str = ""
    zone: str = ""
    starts_at: str = ""
    ends_at: str = ""
    ahead: bool = False
    running: bool = False
    to_pay: bool = False
    join: str = ""
    room: str = ""
    people: tuple[Face, ...] = ()
    price: str = ""
    receives: str = ""
    receipt: str = ""
    course: str = ""
    course_path: str = ""
    booked_on: str = ""
    again: str = ""
    home: str = "/student/mentorship"
    ways: CalendarWays = NO_WAYS


class MentorshipSessionState(rx.State):
    """One booked session.

    Attributes:
        shown_for: Path of the session that the rest belongs to.
        missing: Why there is nothing to show; empty when there is.
    """

    shown_for: str = ""
    missing: str = ""
    session: SessionShown = SessionShown()
    _session_id: int = 0

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Fill the page, and keep it up to date."""
        self._session_id = id_in(self) or 0
        reference = await self._show()
        await follow(self, MINE, *([payment_topic(reference)] if reference else []))
        self.shown_for = path_of(self)

    @rx.event
    @allow(SignedIn)
    async def refresh(self) -> None:
        """Look again, because a countdown has ended."""
        await self._show()

    async def _reload(self) -> None:
        await self._show()

    async def _show(self) -> str:
        actor, session_id = await acting(self), self._session_id
        found = await reading(lambda session: read_session(session, actor, session_id, datetime.now(UTC)))
        if isinstance(found, Refused):
            self.missing, self.session = found.message, SessionShown()
            return ""
        self.missing = ""
        self.session, reference = found
        return reference


def read_session(session: Session, actor: Actor, session_id: int, now: datetime) -> tuple[SessionShown, str]:
    """Return a session in words, and the reference of its payment.

    Args:
        session: For reading.
        actor: One of the two participants.
        session_id: Which session.
        now: The present moment.

    Raises:
        NotFound: There is none, or the actor is not one of the two.
    """
    settings = get_settings()
    found = sessions.details(
        session, actor, session_id=session_id, platform_share_percent=settings.platform_share_percent
    )
    row, zone = found.row, actor.timezone
    words, tone = standing(row)
    ahead = row.status in AHEAD and row.ends_at > now
    shown_session = SessionShown(
        title=row.title,
        description=found.description,
        badge=words,
        tone=tone,
        when=span(row.starts_at, row.ends_at, zone),
        zone=place_of(zone),
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
        ahead=ahead,
        running=ahead and row.starts_at <= now,
        to_pay=row.status == SessionStatus.HELD and not found.is_tutor,
        join=join_path(row) if ahead else "",
        room=_room(found.has_room) if ahead else "",
        people=(
            Face(found.tutor_name, "Tutor", initials_of(found.tutor_name), hue_of(found.tutor_id)),
            Face(found.student_name, "Student", initials_of(found.student_name), hue_of(found.student_id)),
        ),
        price=show_naira(row.price_kobo),
        receives=show_naira(found.tutor_kobo) if found.is_tutor else "",
        receipt=f"/mentorship/verify-payment?reference={found.reference}"
        if found.reference and not found.is_tutor
        else "",
        course=row.course_title,
        course_path=f"/courses/{found.course_slug}" if found.course_slug else "",
        booked_on=long_day(found.created_at, zone),
        again=again_path(row.offering_id),
        home="/tutor/mentorship" if found.is_tutor else "/student/mentorship",
        ways=calendar_ways(row, settings.public_url) if ahead else NO_WAYS,
    )
    return shown_session, found.reference


def _room(has_room: bool) -> str:  # noqa: FBT001 - the only argument
    if has_room:
        return "The Zoom room is ready. This link stays the same, also for your calendar."
    return "The Zoom room is being made; the link works already and waits for it."


@page(
    "/mentorship/session/[id]",
    title="Session",
    description="One mentorship session: when, with whom, and the way into it.",
    on_load=MentorshipSessionState.load,
    who=SignedIn,
)
def session_page() -> rx.Component:
    """Show a session."""
    state = MentorshipSessionState
    return framed(
        rx.cond(
            state.shown_for == shown_path(), rx.cond(state.missing, _missing(), _session()), _on_its_way()
        ),
        current="/student/mentorship",
        width="reading",
    )


def _session() -> rx.Component:
    one = MentorshipSessionState.session
    return rx.el.div(
        back_link("Back to your sessions", to=one.home),
        rx.el.div(
            rx.el.h1(one.title),
            badge(one.badge, tone=one.tone),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-2",
        ),
        _way_in(),
        rx.el.div(
            section_card(
                "Details",
                details_list(
                    ("When", rx.el.time(one.when, date_time=one.starts_at)),
                    ("Times in", one.zone),
                    ("Where", "Zoom"),
                    ("Price", rx.el.span(one.price, class_name="price")),
                ),
                shown(
                    one.receives,
                    details_list(("You receive", rx.el.span(one.receives, class_name="price text-primary"))),
                ),
                shown(one.course, details_list(("Course", _course()))),
                details_list(("Booked on", one.booked_on)),
                shown(one.receipt, text_link("See the receipt", to=one.receipt)),
                class_name="gap-3!",
            ),
            rx.el.div(
                section_card("Who", rx.foreach(one.people, _person)),
                shown(
                    one.description,
                    section_card(
                        "What you will cover",
                        rx.el.p(one.description, class_name="whitespace-pre-line"),
                    ),
                ),
                class_name="flex flex-col gap-5",
            ),
            class_name="grid items-start gap-5 md:grid-cols-2",
        ),
        class_name="flex flex-col gap-5",
    )


def _way_in() -> rx.Component:
    one = MentorshipSessionState.session
    on_elapsed = MentorshipSessionState.refresh
    return rx.cond(
        one.ahead,
        card(
            rx.el.div(
                rx.el.p(
                    rx.cond(
                        one.running,
                        rx.fragment(
                            "On now · ends ", countdown(until=one.ends_at, words=True, on_elapsed=on_elapsed)
                        ),
                        rx.fragment(
                            "Starts ", countdown(until=one.starts_at, words=True, on_elapsed=on_elapsed)
                        ),
                    ),
                    class_name="text-lg font-semibold",
                ),
                rx.el.p(one.room, class_name="text-sm text-muted"),
                class_name="min-w-0 flex-1 basis-64",
            ),
            rx.el.div(
                outside_link_button(
                    "Join on Zoom", href=one.join, kind="primary", icon="video", new_tab=True
                ),
                calendar_menu(one.ways),
                class_name="flex flex-wrap gap-3",
            ),
            class_name="flex flex-wrap items-center gap-4 p-[18px]",
        ),
        rx.cond(
            one.to_pay,
            card(
                rx.el.p("This time is held for you until you pay.", class_name="font-semibold"),
                link_button("Go on to payment", to=one.again, kind="primary"),
                class_name="flex flex-wrap items-center justify-between gap-4 p-[18px]",
            ),
        ),
    )


def _course() -> rx.Component:
    one = MentorshipSessionState.session
    return rx.cond(one.course_path, text_link(one.course, to=one.course_path), one.course)


def _person(face: rx.Var[Face]) -> rx.Component:
    return rx.el.div(
        avatar(initials=face.initials, hue=face.hue),
        rx.el.div(
            rx.el.p(face.name, class_name="font-semibold"),
            rx.el.p(face.role, class_name="text-sm text-muted"),
            class_name="min-w-0",
        ),
        class_name="flex items-center gap-3",
        key=face.role,
    )


def _missing() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Session", class_name="sr-only"),
        empty_state(
            "No such session",
            MentorshipSessionState.missing,
            icon="calendar",
            action=link_button("My sessions", to="/student/mentorship", kind="primary"),
        ),
    )


def _on_its_way() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Session", class_name="sr-only"),
        loading(
            skeleton("h-9 w-3/5"),
            skeleton("h-[92px] rounded-card"),
            rx.el.div(
                skeleton("h-[280px] rounded-card"),
                skeleton("h-[180px] rounded-card"),
                class_name="grid gap-5 md:grid-cols-2",
            ),
            class_name="flex flex-col gap-5",
        ),
    )
