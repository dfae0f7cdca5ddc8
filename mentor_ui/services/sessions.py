"""Booked sessions as their two participants see them: lists for the dashboards and one in full."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import NotAllowed, NotFound
from mentor_ui.domain.money import split_price
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import Course, MentorshipSession, Payment, Person, RoomKind
from mentor_ui.services import package_returns, refunds

PAGE_SIZE = 30


class StudentTab(StrEnum):
    """The lists on a student's dashboard."""

    AWAITING_APPROVAL = "awaiting"
    READY_TO_PAY = "pay"
    UPCOMING = "upcoming"
    HISTORY = "history"
    DECLINED = "declined"


class TutorTab(StrEnum):
    """The lists on a tutor's dashboard."""

    APPROVALS = "approvals"
    UPCOMING = "upcoming"
    ACTIVE = "active"
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One booking in a list; `other` is the participant who is not reading.

    Attributes:
        asked: Whether it was asked for first.
        message: What the student wrote when asking.
        answer_until: Until when the tutor can answer.
        decline_reason: Why the tutor said no.
    """

    id: int
    title: str
    other_id: int
    other_name: str
    other_avatar: str
    course_title: str
    starts_at: datetime
    ends_at: datetime
    status: SessionStatus
    payment_status: PaymentStatus
    price_kobo: int
    join_token: str
    offering_id: int | None
    hold_expires_at: datetime | None
    asked: bool
    message: str
    answer_until: datetime | None
    decline_reason: str


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """One booking in full, for one of its participants.

    Attributes:
        tutor_kobo: What the tutor receives of the price, less what goes back to the student.
        has_room: Whether the room is made.
        on_zoom: Whether it is Zoom's.
        reference: Of the payment that bought it, or empty.
    """

    row: SessionRow
    description: str
    tutor_id: int
    tutor_name: str
    student_id: int
    student_name: str
    is_tutor: bool
    tutor_kobo: int
    has_room: bool
    on_zoom: bool
    reference: str
    course_slug: str
    created_at: datetime
    revision: int


_IS = MentorshipSession


def _waits(now: datetime) -> ColumnElement[bool]:
    """Requests that can still be answered; the sweep that ends the others may not have run."""
    in_time = or_(col(_IS.request_expires_at).is_(None), col(_IS.request_expires_at) > now)
    return and_(col(_IS.status) == SessionStatus.PENDING_MENTOR_REVIEW, in_time)


def _student_tab(tab: StudentTab, now: datetime) -> ColumnElement[bool]:
    status = col(_IS.status)
    match tab:
        case StudentTab.AWAITING_APPROVAL:
            return _waits(now)
        case StudentTab.READY_TO_PAY:
            return and_(status == SessionStatus.HELD, col(_IS.hold_expires_at) > now)
        case StudentTab.UPCOMING:
            return status.in_((SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS))
        case StudentTab.HISTORY:
            return status.in_((SessionStatus.COMPLETED, SessionStatus.CANCELLED, SessionStatus.NO_SHOW))
        case StudentTab.DECLINED:
            ended = and_(status == SessionStatus.EXPIRED, col(_IS.booking_mode) == BookingMode.REQUEST)
            return or_(status == SessionStatus.REJECTED, ended)


def _tutor_tab(tab: TutorTab, now: datetime) -> ColumnElement[bool]:
    status = col(_IS.status)
    match tab:
        case TutorTab.APPROVALS:
            return _waits(now)
        case TutorTab.UPCOMING:
            return status == SessionStatus.SCHEDULED
        case TutorTab.ACTIVE:
            return status == SessionStatus.IN_PROGRESS
        case TutorTab.COMPLETED:
            return status.in_((SessionStatus.COMPLETED, SessionStatus.NO_SHOW))


def _rows(
    session: Session,
    mine: ColumnElement[bool],
    other: Mapped[int],
    wanted: ColumnElement[bool],
    *,
    newest_first: bool,
    limit: int,
) -> list[SessionRow]:
    person = aliased(Person)
    order = col(_IS.starts_at).desc() if newest_first else col(_IS.starts_at)
    found = session.exec(
        select(_IS, person.name, person.avatar, Course.title)
        .join(person, col(person.id) == other)
        .join(Course, col(Course.id) == col(_IS.course_id), isouter=True)
        .where(~col(_IS.is_offering), mine, wanted)
        .order_by(order, col(_IS.id))
        .limit(limit)
    ).all()
    return [
        _row(booking, name, avatar, course or "", other_is_tutor=other is col(_IS.tutor_id))
        for booking, name, avatar, course in found
    ]


def _row(
    booking: MentorshipSession, name: str, avatar: str, course: str, *, other_is_tutor: bool
) -> SessionRow:
    if booking.starts_at is None or booking.ends_at is None:
        raise ValueError(f"booking {booking.id} has no time")
    return SessionRow(
        id=booking.id,
        title=booking.title,
        other_id=booking.tutor_id if other_is_tutor else booking.student_id,
        other_name=name,
        other_avatar=avatar,
        course_title=course,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        status=SessionStatus(booking.status),
        payment_status=PaymentStatus(booking.payment_status),
        price_kobo=booking.price_kobo,
        join_token=booking.join_token or "",
        offering_id=booking.offering_id,
        hold_expires_at=booking.hold_expires_at,
        asked=booking.booking_mode == BookingMode.REQUEST,
        message=booking.request_message,
        answer_until=booking.request_expires_at,
        decline_reason=booking.decline_reason,
    )


def student_sessions(
    session: Session, actor: Actor, tab: StudentTab, now: datetime, *, limit: int = PAGE_SIZE
) -> list[SessionRow]:
    """Return the actor's bookings as a student in one list, soonest first; history newest first."""
    newest_first = tab in {StudentTab.HISTORY, StudentTab.DECLINED}
    mine = col(_IS.student_id) == actor.person_id
    wanted = _student_tab(tab, now)
    return _rows(session, mine, col(_IS.tutor_id), wanted, newest_first=newest_first, limit=limit)


def tutor_sessions(
    session: Session, actor: Actor, tab: TutorTab, now: datetime, *, limit: int = PAGE_SIZE
) -> list[SessionRow]:
    """Return the actor's bookings as a tutor in one list; offerings are never among them.

    Raises:
        NotAllowed: The actor does not teach.
    """
    if not actor.teaches:
        raise NotAllowed("This page is for tutors and mentors.")
    mine = col(_IS.tutor_id) == actor.person_id
    newest_first = tab == TutorTab.COMPLETED
    wanted = _tutor_tab(tab, now)
    return _rows(session, mine, col(_IS.student_id), wanted, newest_first=newest_first, limit=limit)


def _counts(
    session: Session, mine: ColumnElement[bool], tabs: Sequence[tuple[str, ColumnElement[bool]]]
) -> dict[str, int]:
    counters = [func.count().filter(wanted).label(name) for name, wanted in tabs]
    statement = sa_select(*counters).where(~col(_IS.is_offering), mine)
    row = session.connection().execute(statement).one()
    return {name: int(row[place]) for place, (name, _) in enumerate(tabs)}


def student_counts(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    """Return how many bookings each of the student's lists holds, keyed by `StudentTab`."""
    tabs = [(tab.value, _student_tab(tab, now)) for tab in StudentTab]
    return _counts(session, col(_IS.student_id) == actor.person_id, tabs)


def tutor_counts(session: Session, actor: Actor, now: datetime) -> dict[str, int]:
    """Return how many bookings each of the tutor's lists holds, by `TutorTab`; offerings never count."""
    tabs = [(tab.value, _tutor_tab(tab, now)) for tab in TutorTab]
    return _counts(session, col(_IS.tutor_id) == actor.person_id, tabs)


def next_session(session: Session, actor: Actor, now: datetime) -> SessionRow | None:
    """Return the person's soonest session that is not over, on either side of it."""
    as_student = _next(session, col(_IS.student_id), col(_IS.tutor_id), actor, now)
    as_tutor = _next(session, col(_IS.tutor_id), col(_IS.student_id), actor, now)
    return min(filter(None, (as_student, as_tutor)), key=lambda row: row.starts_at, default=None)


def next_taught(session: Session, actor: Actor, now: datetime) -> SessionRow | None:
    """Return the soonest session that the person teaches and that is not over."""
    return _next(session, col(_IS.tutor_id), col(_IS.student_id), actor, now)


def _next(
    session: Session, own: Mapped[int], other: Mapped[int], actor: Actor, now: datetime
) -> SessionRow | None:
    wanted = and_(
        col(_IS.status).in_((SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS)), col(_IS.ends_at) > now
    )
    rows = _rows(session, own == actor.person_id, other, wanted, newest_first=False, limit=1)
    return rows[0] if rows else None


def _tutor_kobo(
    session: Session, booking: MentorshipSession, payment: Payment | None, platform_share_percent: int
) -> int:
    if booking.payment_status == PaymentStatus.CREDIT_BACK:
        return 0
    if booking.purchase_id is not None and booking.payment_status == PaymentStatus.PAID:
        return package_returns.tutor_share_kobo(session, booking)
    if payment is None:
        return split_price(booking.price_kobo, platform_share_percent).tutor_kobo
    return refunds.tutor_keeps_kobo(session, booking, payment)


def details(
    session: Session, actor: Actor, *, session_id: int, platform_share_percent: int
) -> SessionDetails:
    """Return one booking in full to one of its two participants.

    Raises:
        NotFound: There is none, or the actor is not one of the two.
    """
    booking = session.get(MentorshipSession, session_id)
    taking_part = booking is not None and actor.person_id in (booking.tutor_id, booking.student_id)
    if booking is None or booking.is_offering or not taking_part:
        raise NotFound("We cannot find this session among yours.", code="session_not_found")
    tutor = session.get_one(Person, booking.tutor_id)
    student = session.get_one(Person, booking.student_id)
    is_tutor = actor.person_id == booking.tutor_id
    other = student if is_tutor else tutor
    course = session.get(Course, booking.course_id) if booking.course_id else None
    payment = refunds.bought_with(session, booking.id)
    return SessionDetails(
        row=_row(
            booking, other.name, other.avatar, course.title if course else "", other_is_tutor=not is_tutor
        ),
        description=booking.description,
        tutor_id=tutor.id,
        tutor_name=tutor.name,
        student_id=student.id,
        student_name=student.name,
        is_tutor=is_tutor,
        tutor_kobo=_tutor_kobo(session, booking, payment, platform_share_percent),
        has_room=booking.meeting_url is not None,
        on_zoom=booking.room_kind in ("", RoomKind.ZOOM),
        reference=payment.reference if payment else "",
        course_slug=course.slug if course else "",
        created_at=booking.created_at,
        revision=booking.revision,
    )
