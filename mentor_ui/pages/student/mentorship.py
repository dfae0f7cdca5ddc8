"""A student's sessions: what is next, what is to be paid, what was."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button, outside_link_button
from mentor_ui.components.calendar_menu import CalendarWays, calendar_menu
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.leaving import leaves, page_leave
from mentor_ui.components.links import link
from mentor_ui.components.next_session import NextSession, next_session_card
from mentor_ui.components.notices import message_notice
from mentor_ui.components.session_row import session_row
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.components.tabs import Tab, tabs
from mentor_ui.components.values import Child
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, writing
from mentor_ui.pages.frame import framed
from mentor_ui.pages.paying import payment_page
from mentor_ui.pages.registry import page
from mentor_ui.pages.session_words import SessionLine, calendar_ways, next_session, session_line
from mentor_ui.services import bookings, courses, sessions
from mentor_ui.services.sessions import StudentTab
from mentor_ui.settings import get_settings

STUDENTS = (Role.STUDENT,)
NOTHING_NEXT = NextSession()
NO_WAYS = CalendarWays()


@dataclass(frozen=True)
class FinishedCourse:
    """A course the student finished, and where its mentors are."""

    title: str
    tutor: str
    mentors: str


@dataclass(frozen=True)
class Dashboard:
    """All lists of the page, with how many sessions each has in all."""

    next: NextSession = NOTHING_NEXT
    ways: CalendarWays = NO_WAYS
    upcoming: list[SessionLine] = field(default_factory=list)
    to_pay: list[SessionLine] = field(default_factory=list)
    awaiting: list[SessionLine] = field(default_factory=list)
    history: list[SessionLine] = field(default_factory=list)
    declined: list[SessionLine] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    finished: list[FinishedCourse] = field(default_factory=list)


class StudentMentorship(rx.State):
    """A student's sessions.

    Attributes:
        ready: Whether they were loaded.
        busy: The booking on which something is being done.
        problem: Why that could not be done.
        leave_to: Paystack's page, once it is known.
    """

    ready: bool = False
    board: Dashboard = Dashboard()
    busy: str = ""
    problem: str = ""
    leave_to: str = ""

    @rx.event
    @allow(STUDENTS)
    async def load(self) -> None:
        """Fill the page, and keep it up to date."""
        self.busy = self.problem = self.leave_to = ""
        await follow(self, MINE)
        await self._reload()

    @rx.event
    @allow(STUDENTS)
    async def refresh(self) -> None:
        """Look again, because a countdown has ended."""
        await self._reload()

    async def _reload(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: read_dashboard(session, actor, datetime.now(UTC)))
        if not isinstance(found, Refused):
            self.board, self.ready = found, True

    @rx.event
    @allow(STUDENTS)
    async def pay(self, booking: str) -> AsyncGenerator[None]:
        """Go to Paystack's page for a held time."""
        booking_id = parse_id(booking)
        if booking_id is None or self.busy:
            return
        self.problem = self.leave_to = ""
        self.busy = booking
        yield
        opened = await payment_page(self, booking_id)
        self.busy = ""
        if isinstance(opened, Refused):
            self.problem = opened.message
            await self._reload()
        else:
            self.leave_to = opened

    @rx.event
    @allow(STUDENTS)
    async def let_go(self, booking: str) -> AsyncGenerator[None]:
        """Give a held time back."""
        actor, booking_id = await acting(self), parse_id(booking)
        if booking_id is None or self.busy:
            return
        self.busy, self.problem = booking, ""
        yield
        done = await writing(
            lambda session: bookings.release_hold(
                session, actor, booking_id=booking_id, now=datetime.now(UTC)
            )
        )
        self.busy = ""
        if isinstance(done, Refused):
            self.problem = done.message
        await self._reload()


def read_dashboard(session: Session, actor: Actor, now: datetime) -> Dashboard:
    """Return a student's sessions in words.

    Args:
        session: For reading.
        actor: The student.
        now: The present moment.
    """

    def lines(tab: StudentTab) -> list[SessionLine]:
        found = sessions.student_sessions(session, actor, tab, now)
        return [session_line(row, actor.timezone) for row in found]

    upcoming = sessions.next_session(session, actor, now)
    return Dashboard(
        next=next_session(upcoming, actor.timezone, now),
        ways=calendar_ways(upcoming, get_settings().public_url),
        upcoming=lines(StudentTab.UPCOMING),
        to_pay=lines(StudentTab.READY_TO_PAY),
        awaiting=lines(StudentTab.AWAITING_APPROVAL),
        history=lines(StudentTab.HISTORY),
        declined=lines(StudentTab.DECLINED),
        counts=sessions.student_counts(session, actor, now),
        finished=[
            FinishedCourse(card.title, card.tutor_name, f"/mentorship?courseId={card.id}")
            for card in courses.list_courses(session, actor)
            if card.status == "COMPLETED"
        ],
    )


@page(
    "/student/mentorship",
    title="My sessions",
    description="Your mentorship sessions: the next one, those to pay, and those that were.",
    on_load=StudentMentorship.load,
    who=STUDENTS,
)
def student_mentorship_page() -> rx.Component:
    """Show a student's sessions."""
    board = StudentMentorship.board
    return framed(
        page_heading("My sessions"),
        next_session_card(
            board.next,
            on_change=StudentMentorship.refresh,
            more=calendar_menu(board.ways),
        ),
        message_notice(StudentMentorship.problem, tone="warning"),
        tabs(
            Tab("upcoming", "Upcoming", _upcoming(), count=board.counts[StudentTab.UPCOMING.value]),
            Tab("pay", "Ready to pay", _to_pay(), count=board.counts[StudentTab.READY_TO_PAY.value]),
            Tab(
                "awaiting",
                "Awaiting approval",
                _listed(
                    board.awaiting,
                    empty_state(
                        "Nothing awaits approval",
                        "A session that you ask a tutor for first waits here for the answer.",
                        icon="hourglass",
                    ),
                ),
                count=board.counts[StudentTab.AWAITING_APPROVAL.value],
            ),
            Tab("history", "History", _history()),
            Tab(
                "declined",
                "Declined",
                _listed(
                    board.declined,
                    empty_state(
                        "Nothing was declined",
                        "A request that a tutor cannot take is listed here.",
                        icon="inbox",
                    ),
                    again=True,
                ),
            ),
            Tab("book", "Book", _book()),
            label="Sessions",
        ),
        page_leave(StudentMentorship.leave_to),
        current="/student/mentorship",
        width="reading",
    )


def _listed(
    lines: rx.Var[list[SessionLine]], nothing: rx.Component, *, join: bool = False, again: bool = False
) -> rx.Component:
    def row(line: rx.Var[SessionLine]) -> rx.Component:
        actions: Child | None = None
        if join:
            actions = outside_link_button("Join on Zoom", href=line.join, size="sm", new_tab=True)
        elif again:
            actions = link_button("Book again", to=line.again, size="sm")
        return _row(line, actions=actions)

    return rx.cond(
        StudentMentorship.ready,
        rx.cond(lines, rx.el.div(rx.foreach(lines, row), class_name="flex flex-col gap-3"), nothing),
        row_skeletons(2),
    )


def _row(
    line: rx.Var[SessionLine], *, actions: Child | None = None, about: Child | None = None
) -> rx.Component:
    return session_row(
        title=link(line.title, to=f"/mentorship/session/{line.id}", class_name="hover:text-primary"),
        about=line.about if about is None else about,
        initials=line.initials,
        hue=line.hue,
        picture=line.picture,
        badge=badge(line.badge, tone=line.tone),
        actions=actions,
        level=2,
        key=line.id,
    )


def _find_a_mentor() -> rx.Component:
    return link_button("Find a mentor", to="/mentorship", kind="primary")


def _upcoming() -> rx.Component:
    return _listed(
        StudentMentorship.board.upcoming,
        empty_state(
            "No session ahead",
            "Book an hour with a tutor, and it appears here with its Zoom link.",
            icon="calendar",
            action=_find_a_mentor(),
        ),
        join=True,
    )


def _history() -> rx.Component:
    return _listed(
        StudentMentorship.board.history,
        empty_state("Nothing yet", "Sessions that are over are listed here.", icon="clock"),
        again=True,
    )


def _to_pay() -> rx.Component:
    def row(line: rx.Var[SessionLine]) -> rx.Component:
        busy = StudentMentorship.busy == line.id
        return _row(
            line,
            about=rx.fragment(
                line.about,
                " · held for ",
                rx.el.strong(countdown(until=line.until, on_elapsed=StudentMentorship.refresh)),
            ),
            actions=rx.fragment(
                button(
                    "Let it go",
                    kind="quiet",
                    size="sm",
                    disabled=StudentMentorship.busy != "",
                    on_click=StudentMentorship.let_go(line.id),
                    aria_label=f"Let go of {line.title}",
                ),
                button(
                    rx.el.span("Pay ", line.price, " with Paystack"),
                    kind="primary",
                    size="sm",
                    busy=busy,
                    on_click=StudentMentorship.pay(line.id),
                    custom_attrs=leaves(),
                ),
            ),
        )

    return rx.cond(
        StudentMentorship.ready,
        rx.cond(
            StudentMentorship.board.to_pay,
            rx.el.div(
                rx.foreach(StudentMentorship.board.to_pay, row),
                rx.el.p(
                    "Nothing is charged before you confirm on Paystack's page.",
                    class_name="text-sm text-muted",
                ),
                class_name="flex flex-col gap-3",
            ),
            empty_state(
                "Nothing to pay",
                "A time that you choose is held for you here until you pay.",
                icon="credit-card",
                action=_find_a_mentor(),
            ),
        ),
        row_skeletons(1),
    )


def _book() -> rx.Component:
    def course(finished: rx.Var[FinishedCourse]) -> rx.Component:
        return session_row(
            title=finished.title,
            about=rx.fragment("You finished this course by ", finished.tutor),
            badge=badge("Completed", tone="go"),
            actions=link_button("See its mentors", to=finished.mentors, size="sm"),
            level=2,
            key=finished.mentors,
        )

    return rx.el.div(
        rx.el.div(
            rx.el.p("Every tutor's free times are in the marketplace.", class_name="text-muted"),
            _find_a_mentor(),
            class_name="card flex flex-wrap items-center justify-between gap-3 p-[18px]",
        ),
        rx.foreach(StudentMentorship.board.finished, course),
        class_name="flex flex-col gap-3",
    )
