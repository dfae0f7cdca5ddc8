"""A tutor's dashboard: what is asked for, what comes, what runs, what was held."""

from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button, outside_link_button
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import link
from mentor_ui.components.local_time import local_time
from mentor_ui.components.next_session import NextSession, next_session_card
from mentor_ui.components.session_row import figure, session_row
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.components.tabs import Tab, tabs
from mentor_ui.domain.local_time import clock, near_start, place_of, span
from mentor_ui.domain.money import show_naira, split_price
from mentor_ui.domain.roles import TEACHING, Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.gate import MINE, Notice, Refused, acting, allow, follow, reading
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.services import sessions
from mentor_ui.services.sessions import SessionRow, TutorTab
from mentor_ui.settings import get_settings

ROUTE = "/tutor/mentorship"
MOST_SHOWN = 40 * sessions.PAGE_SIZE

BADGES = {
    SessionStatus.PENDING_MENTOR_REVIEW: ("Awaiting approval", "now"),
    SessionStatus.IN_PROGRESS: ("On now", "now"),
    SessionStatus.COMPLETED: ("Completed", "go"),
    SessionStatus.NO_SHOW: ("No-show", "stop"),
}
MONEY = {
    PaymentStatus.PAID: ("Paid", "go"),
    PaymentStatus.AWAITING: ("Awaiting payment", "now"),
    PaymentStatus.REFUNDING: ("Refunding", "info"),
    PaymentStatus.REFUNDED: ("Refunded", "neutral"),
    PaymentStatus.PARTLY_REFUNDED: ("Partly refunded", "neutral"),
}


@dataclass(frozen=True)
class TaughtSession:
    """One booked session in a list; `received` is the tutor's share of its price."""

    id: str
    title: str
    student: str
    initials: str
    hue: int
    picture: str
    when: str
    starts_at: str
    course: str
    badge: str
    tone: str
    received: str


@dataclass(frozen=True)
class _Dashboard:
    coming: NextSession
    lists: dict[TutorTab, list[TaughtSession]]
    counts: dict[str, int]


class TutorSessionsState(rx.State):
    """The tutor's booked sessions; offerings are never among them.

    Attributes:
        ready: Whether the lists were loaded.
        problem: Why they could not be.
        coming: The next session, or the one that runs.
        shown: How many each list shows at most.
    """

    ready: bool = False
    problem: str = ""
    coming: NextSession = NextSession()
    approvals: list[TaughtSession] = []
    upcoming: list[TaughtSession] = []
    active: list[TaughtSession] = []
    completed: list[TaughtSession] = []
    counts: dict[str, int] = dict.fromkeys(TutorTab, 0)
    shown: int = sessions.PAGE_SIZE

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the page, and keep it up to date when somebody books."""
        await follow(self, MINE)
        self.shown = sessions.PAGE_SIZE
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def refresh(self) -> None:
        """Look again: a session has begun or ended."""
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def show_more(self) -> None:
        """Show more of each list."""
        self.shown = min(self.shown + sessions.PAGE_SIZE, MOST_SHOWN)
        await self._reload()

    async def _reload(self) -> None:
        actor, limit = await acting(self), self.shown
        found = await reading(lambda session: _read(session, actor, limit, datetime.now(UTC)))
        if isinstance(found, Refused):
            self.problem = found.message
            return
        self.coming, self.counts = found.coming, found.counts
        self.approvals = found.lists[TutorTab.APPROVALS]
        self.upcoming = found.lists[TutorTab.UPCOMING]
        self.active = found.lists[TutorTab.ACTIVE]
        self.completed = found.lists[TutorTab.COMPLETED]
        self.problem, self.ready = "", True


def _read(session: Session, actor: Actor, limit: int, now: datetime) -> _Dashboard:
    following = sessions.next_taught(session, actor, now)
    return _Dashboard(
        coming=_coming(following, actor, now) if following else NextSession(),
        lists={
            tab: [_taught(row, actor) for row in sessions.tutor_sessions(session, actor, tab, limit=limit)]
            for tab in TutorTab
        },
        counts=sessions.tutor_counts(session, actor),
    )


def _coming(row: SessionRow, actor: Actor, now: datetime) -> NextSession:
    zone = actor.timezone
    begins = near_start(row.starts_at, zone, now)
    return NextSession(
        id=str(row.id),
        title=row.title,
        other=row.other_name,
        when=f"{begins} – {clock(row.ends_at, zone)}, {place_of(zone)} time",  # noqa: RUF001 (an en dash)
        starts_at=row.starts_at.isoformat(),
        ends_at=row.ends_at.isoformat(),
        running=row.starts_at <= now,
        join=f"/j/{row.join_token}",
    )


def _taught(row: SessionRow, actor: Actor) -> TaughtSession:
    said, tone = BADGES.get(row.status) or MONEY.get(row.payment_status, ("", "neutral"))
    share = split_price(row.price_kobo, get_settings().platform_share_percent)
    return TaughtSession(
        id=str(row.id),
        title=row.title,
        student=row.other_name,
        initials=initials_of(row.other_name),
        hue=hue_of(row.other_id),
        picture=row.other_avatar,
        when=span(row.starts_at, row.ends_at, actor.timezone),
        starts_at=row.starts_at.isoformat(),
        course=row.course_title,
        badge=said,
        tone=tone,
        received=show_naira(share.tutor_kobo),
    )


@page(
    ROUTE,
    title="Your sessions",
    description="The sessions you give, and those you are asked for.",
    on_load=TutorSessionsState.load,
    who=TEACHING,
)
def tutor_mentorship_page() -> rx.Component:
    """Show the tutor's sessions."""
    return framed(
        page_heading(
            "Your sessions",
            actions=rx.fragment(
                link_button("Availability", to="/tutor/availability", icon="clock"),
                link_button("Create Offering", to="/tutor/mentorship/schedule", kind="primary", icon="plus"),
            ),
        ),
        rx.cond(
            TutorSessionsState.ready,
            rx.fragment(_next(), _lists()),
            rx.cond(
                (TutorSessionsState.problem != "") | Notice.trouble,
                failed_state(
                    "Your sessions could not be loaded",
                    "Nothing is lost. Please try again in a moment.",
                    action=button("Try again", icon="refresh-cw", on_click=TutorSessionsState.load),
                ),
                row_skeletons(4),
            ),
        ),
        current=ROUTE,
        width="reading",
    )


def _next() -> rx.Component:
    coming = TutorSessionsState.coming
    file = f"/api/calendar/sessions/{coming.id}.ics"
    return next_session_card(
        coming,
        on_change=TutorSessionsState.refresh,
        more=outside_link_button("Add to calendar", href=file, icon="calendar-plus"),
    )


def _lists() -> rx.Component:
    counts = TutorSessionsState.counts
    return tabs(
        Tab(
            "approvals",
            "Approvals",
            _list(
                TutorTab.APPROVALS,
                TutorSessionsState.approvals,
                empty_state(
                    "Nothing waits for your answer",
                    "A student who asks for a time first appears here.",
                    icon="inbox",
                ),
            ),
            count=counts[TutorTab.APPROVALS],
        ),
        Tab(
            "upcoming",
            "Upcoming",
            _list(
                TutorTab.UPCOMING,
                TutorSessionsState.upcoming,
                empty_state(
                    "No session is booked yet",
                    "As soon as a student has paid for a time, it appears here by itself.",
                    icon="calendar",
                ),
            ),
            count=counts[TutorTab.UPCOMING],
        ),
        Tab(
            "active",
            "Active",
            _list(
                TutorTab.ACTIVE,
                TutorSessionsState.active,
                empty_state("No session is on now", "A session moves here when it begins.", icon="video"),
            ),
            count=counts[TutorTab.ACTIVE],
        ),
        Tab(
            "completed",
            "Completed",
            _list(
                TutorTab.COMPLETED,
                TutorSessionsState.completed,
                empty_state("No session is over yet", "Sessions you have given stay here.", icon="award"),
            ),
            count=counts[TutorTab.COMPLETED],
        ),
        label="Your sessions",
        start="upcoming",
    )


def _list(tab: TutorTab, rows: rx.Var[list[TaughtSession]], empty: rx.Component) -> rx.Component:
    more = (TutorSessionsState.counts[tab] > rows.length()) & (TutorSessionsState.shown < MOST_SHOWN)
    return rx.cond(
        rows,
        rx.fragment(
            rx.el.div(rx.foreach(rows, _row), class_name="flex flex-col gap-3"),
            rx.cond(
                more,
                rx.el.div(
                    button("Show more", on_click=TutorSessionsState.show_more), class_name="mt-5 text-center"
                ),
            ),
        ),
        empty,
    )


def _row(row: rx.Var[TaughtSession]) -> rx.Component:
    return session_row(
        key=row.id,
        level=2,
        title=link(row.title, to=f"/mentorship/session/{row.id}", class_name="hover:underline"),
        badge=rx.cond(row.badge, badge(row.badge, tone=row.tone)),
        about=rx.el.div(
            rx.el.span(row.student),
            local_time(row.when, at=row.starts_at),
            rx.cond(row.course, rx.el.span(row.course)),
            class_name="flex flex-wrap gap-x-4 gap-y-0.5",
        ),
        initials=row.initials,
        hue=row.hue,
        picture=row.picture,
        figures=figure("You receive", row.received),
        actions=link_button("Details", to=f"/mentorship/session/{row.id}", size="sm"),
    )
