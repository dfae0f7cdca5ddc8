"""Offerings: what tutors put up to be booked."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_
from sqlalchemy import update as sql_update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotAllowed, NotFound
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import UNFINISHED, SessionStatus
from mentor_ui.models import Course, MentorshipSession, Payment, PaymentState, Person
from mentor_ui.services.availability import ensure_weekly_hours, refresh_next_free
from mentor_ui.services.offering_drafts import LONGEST_TITLE, OfferingDraft, checked_terms
from mentor_ui.services.search_texts import refresh_search_text
from mentor_ui.services.turns import take_turns
from mentor_ui.services.tutor_rules import has_settled

UNFINISHED_BOOKINGS = "has_unfinished_bookings"
LATE_MONEY = timedelta(days=1)
"""How long after its start an unanswered payment may still turn into a booking."""


@dataclass(frozen=True, slots=True)
class OfferingDetails:
    """One offering as its page shows it.

    Attributes:
        course_id: Empty, like the other course fields, when it stands alone.
        next_free_at: UTC; None when there is no free time.
        booking_mode: Of `BookingMode`: booked at once, asked for first, or as the student likes.
        own: Whether it is the viewer's own.
    """

    id: str
    title: str
    description: str
    duration_minutes: int
    price_kobo: int
    published: bool
    tutor_id: str
    tutor_name: str
    tutor_headline: str
    tutor_avatar: str
    tutor_timezone: str
    course_id: str
    course_title: str
    course_slug: str
    next_free_at: datetime | None
    created_at: datetime
    booking_mode: str
    own: bool


def _check_teaches(actor: Actor) -> None:
    if not actor.teaches:
        raise NotAllowed("Offerings are made by tutors and mentors.", code="not_a_tutor")


def _own(session: Session, actor: Actor, offering_id: int) -> MentorshipSession:
    take_turns(session, (actor.person_id,))
    offering = session.get(MentorshipSession, offering_id, populate_existing=True)
    if offering is None or not offering.is_offering:
        raise NotFound("We cannot find this offering. It may have been deleted.")
    if offering.tutor_id != actor.person_id:
        raise NotAllowed("Only the tutor who made an offering can change it.", code="not_your_offering")
    return offering


def create(session: Session, actor: Actor, *, draft: OfferingDraft, now: datetime) -> OfferingDetails:
    """Put up a new offering; a tutor's first one also brings the usual weekly hours.

    Raises:
        NotAllowed: `not_a_tutor`.
        InvalidInput: A field is wrong, or the course or the hours are not the tutor's.
    """
    _check_teaches(actor)
    # Hours that it follows must not be deleted meanwhile.
    take_turns(session, (actor.person_id,))
    offering = MentorshipSession(
        is_offering=True,
        tutor_id=actor.person_id,
        student_id=actor.person_id,
        status=SessionStatus.SCHEDULED,
        **asdict(checked_terms(session, actor, draft)),
        created_at=now,
        updated_at=now,
    )
    return _saved_new(session, actor, offering, now)


def _saved_new(session: Session, actor: Actor, offering: MentorshipSession, now: datetime) -> OfferingDetails:
    session.add(offering)
    session.flush()
    # Hours that a tutor emptied on purpose stay empty.
    if not has_settled(session, actor.person_id):
        ensure_weekly_hours(session, actor.person_id)
    refresh_search_text(session, offering_ids=(offering.id,))
    refresh_next_free(session, actor.person_id, now)
    return details(session, actor, offering_id=offering.id)


def update(
    session: Session, actor: Actor, *, offering_id: int, draft: OfferingDraft, now: datetime
) -> OfferingDetails:
    """Change an offering. Bookings made before keep the terms they were made on.

    Raises:
        NotFound: There is no such offering.
        NotAllowed: It is somebody else's.
        InvalidInput: A field is wrong, or the course or the hours are not the tutor's.
    """
    offering = _own(session, actor, offering_id)
    _check_teaches(actor)
    for column, value in asdict(checked_terms(session, actor, draft)).items():
        setattr(offering, column, value)
    offering.updated_at = now
    session.add(offering)
    session.flush()
    refresh_search_text(session, offering_ids=(offering.id,))
    refresh_next_free(session, actor.person_id, now)
    return details(session, actor, offering_id=offering.id)


def duplicate(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> OfferingDetails:
    """Copy an offering. The copy is hidden until it was edited, so that no twin is ever listed.

    Raises:
        NotFound: There is no such offering.
        NotAllowed: It is somebody else's.
    """
    original = _own(session, actor, offering_id)
    _check_teaches(actor)
    ending = " (copy)"
    copy = MentorshipSession(
        is_offering=True,
        tutor_id=actor.person_id,
        student_id=actor.person_id,
        course_id=original.course_id,
        title=original.title[: LONGEST_TITLE - len(ending)].rstrip() + ending,
        description=original.description,
        duration=original.duration,
        price_kobo=original.price_kobo,
        booking_mode=original.booking_mode,
        schedule_id=original.schedule_id,
        notice_minutes=original.notice_minutes,
        buffer_before_minutes=original.buffer_before_minutes,
        buffer_after_minutes=original.buffer_after_minutes,
        status=SessionStatus.SCHEDULED,
        published=False,
        created_at=now,
        updated_at=now,
    )
    return _saved_new(session, actor, copy, now)


def _set_published(
    session: Session, actor: Actor, offering_id: int, now: datetime, *, published: bool
) -> MentorshipSession:
    offering = _own(session, actor, offering_id)
    if offering.published != published:
        offering.published = published
        offering.updated_at = now
        session.add(offering)
        session.flush()
    return offering


def hide(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> None:
    """Take an offering out of sight; sessions already booked stay as they are.

    Raises:
        NotFound: There is no such offering.
        NotAllowed: It is somebody else's.
    """
    _set_published(session, actor, offering_id, now, published=False)


def publish(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> None:
    """Show an offering to students.

    Raises:
        NotFound: There is no such offering.
        NotAllowed: It is somebody else's, or the person no longer teaches.
    """
    _check_teaches(actor)
    _set_published(session, actor, offering_id, now, published=True)
    refresh_next_free(session, actor.person_id, now)


def delete(session: Session, actor: Actor, *, offering_id: int, now: datetime) -> None:
    """Delete an offering. Past bookings of it stay, with their own title, price and duration.

    A checkout that ran out is in the way only while its payment may still arrive.

    Raises:
        NotFound: There is no such offering.
        NotAllowed: It is somebody else's.
        Conflict: `has_unfinished_bookings`.
    """
    offering = _own(session, actor, offering_id)
    unfinished = _unfinished(session, offering_id, now)
    if unfinished:
        what = "a session that is" if unfinished == 1 else f"{unfinished} sessions that are"
        way_out = (
            "Hide it instead: nobody new can book it, and what is booked goes on."
            if offering.published
            else "It is hidden, so nobody new can book it, and what is booked goes on."
        )
        raise Conflict(
            f"This offering has {what} not finished yet, so it cannot be deleted now. {way_out}",
            code=UNFINISHED_BOOKINGS,
        )
    # The foreign key would do this too, but behind the back of rows the session has at hand.
    session.exec(
        sql_update(MentorshipSession)
        .where(col(MentorshipSession.offering_id) == offering_id)
        .values(offering_id=None)
    )
    session.delete(offering)
    session.flush()


def _unfinished(session: Session, offering_id: int, now: datetime) -> int:
    money_may_come = exists().where(
        col(Payment.session_id) == col(MentorshipSession.id),
        col(Payment.state) == PaymentState.AWAITING,
        col(Payment.created_at) > now - LATE_MONEY,
    )
    # A hold that ran out means the same whether or not a sweep has marked it already.
    ran_out = or_(
        col(MentorshipSession.status) == SessionStatus.EXPIRED,
        and_(
            col(MentorshipSession.status) == SessionStatus.HELD,
            col(MentorshipSession.hold_expires_at) <= now,
        ),
    )
    return len(
        session.exec(
            select(MentorshipSession.id).where(
                MentorshipSession.offering_id == offering_id,
                ~col(MentorshipSession.is_offering),
                col(MentorshipSession.status).in_((*UNFINISHED, SessionStatus.EXPIRED)),
                or_(~ran_out, money_may_come),
            )
        ).all()
    )


def details(session: Session, actor: Actor | None, *, offering_id: int) -> OfferingDetails:
    """Return one offering. A hidden one is there for its tutor only.

    Raises:
        NotFound: There is no such offering, or it is hidden.
    """
    row = session.exec(
        select(MentorshipSession, Person, Course)
        .join(Person, col(Person.id) == col(MentorshipSession.tutor_id))
        .join(Course, col(Course.id) == col(MentorshipSession.course_id), isouter=True)
        .where(MentorshipSession.id == offering_id, col(MentorshipSession.is_offering))
    ).first()
    own = row is not None and actor is not None and row[0].tutor_id == actor.person_id
    if row is None or not (row[0].published or own):
        raise NotFound(
            "This session is no longer offered. The marketplace has others like it.", code="offering_gone"
        )
    offering, tutor, course = row
    linked: Course | None = course
    return OfferingDetails(
        id=str(offering.id),
        title=offering.title,
        description=offering.description,
        duration_minutes=offering.duration,
        price_kobo=offering.price_kobo,
        published=offering.published,
        tutor_id=str(tutor.id),
        tutor_name=tutor.name,
        tutor_headline=tutor.headline,
        tutor_avatar=tutor.avatar,
        tutor_timezone=tutor.timezone,
        course_id=str(linked.id) if linked else "",
        course_title=linked.title if linked else "",
        course_slug=linked.slug if linked else "",
        next_free_at=offering.next_free_at,
        created_at=offering.created_at,
        booking_mode=offering.booking_mode,
        own=own,
    )
