"""Loading the demo's data, once."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, func, select

from mentor_ui.db.engine import Database
from mentor_ui.demo_data import (
    COURSES,
    DATES,
    GRADUATES,
    HALF_WAY,
    HELD,
    HIDDEN,
    OFFERINGS,
    PACKAGES,
    PEOPLE,
    RULES,
    STUDENT,
    DemoCourse,
)
from mentor_ui.domain.demo import DEMO_PASSWORD
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.free_weeks import local_date
from mentor_ui.domain.local_time import zone_named
from mentor_ui.domain.money import paystack_fee, split_price
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AvailabilityException,
    Course,
    Lesson,
    MentorshipSession,
    Payment,
    PaymentState,
    Person,
    PersonRole,
    TutorRules,
    WeeklyHours,
)
from mentor_ui.models.mentorship import new_join_token
from mentor_ui.services import claims, courses, earnings, ledger, ledger_lines, offerings, packages
from mentor_ui.services.availability import refresh_next_free
from mentor_ui.services.passwords import hash_password
from mentor_ui.services.payments import reference_for
from mentor_ui.settings import Settings

HELD_AT_HOUR = 10
"""Local hour of the tutor at which the past sessions began."""


def seed(database: Database, settings: Settings, now: datetime) -> bool:
    """Load the demo's people, courses, offerings and past sessions, all or nothing.

    Args:
        database: Migrated.
        settings: Decide the split of past payments.
        now: The present moment; everything lies in the weeks before it.

    Returns:
        Whether anything was loaded; False when the demo's student was there already.

    Raises:
        NotAllowed: `demo_only`: in production nobody may have a password that all the world knows.
    """
    if not settings.demo:
        raise NotAllowed("Demo data is for MENTOR_MODE=demo only; nothing was changed.", code="demo_only")
    if _is_loaded(database):
        return False
    password_hash = hash_password(DEMO_PASSWORD)
    with database.transaction() as session:
        people = _people(session, password_hash, now)
        _dates_and_rules(session, people, now)
        made = {course.slug: _course(session, people, course, now) for course in COURSES}
        listed = _offerings(session, people, made, now)
        _packages(session, people, listed, now)
        _learning(session, people, made, now)
        for email, title, days_ago in HELD:
            share = settings.platform_share_percent
            _held_session(session, people[email], listed[title], now - timedelta(days=days_ago), share)
        for days_ago in range(max(days for _, _, days in HELD), -1, -1):
            # Each share on its own day; those of the last days are still pending.
            wait = timedelta(hours=settings.escrow_hours)
            earnings.release_due(session, now - timedelta(days=days_ago), wait=wait)
        for actor in people.values():
            refresh_next_free(session, actor.person_id, now)
    return True


def paid_before_kobo(database: Database) -> int:
    """Return what the demo's past payments left with Paystack, less its fees, in kobo.

    The sandbox never heard of them, so none has a number of Paystack's. It opens with this balance.
    """
    with database.reading() as session:
        left = session.exec(
            select(func.coalesce(func.sum(col(Payment.paid_kobo) - col(Payment.fees_kobo)), 0)).where(
                Payment.state == PaymentState.PAID, col(Payment.provider_id).is_(None)
            )
        ).one()
    return int(left)


def _is_loaded(database: Database) -> bool:
    with database.reading() as session:
        return session.exec(select(Person.id).where(Person.email == STUDENT)).first() is not None


def _people(session: Session, password_hash: str, now: datetime) -> dict[str, Actor]:
    actors: dict[str, Actor] = {}
    for person in PEOPLE:
        row = Person(
            email=person.email,
            name=person.name,
            password_hash=password_hash,
            headline=person.headline,
            timezone=person.timezone,
            created_at=now - timedelta(days=90),
        )
        session.add(row)
        session.flush()
        session.add(PersonRole(person_id=row.id, role=person.role))
        session.add_all(
            WeeklyHours(
                tutor_id=row.id,
                weekday=span.weekday,
                starts_minute=span.starts_minute,
                ends_minute=span.ends_minute,
            )
            for span in person.hours
        )
        actors[person.email] = Actor(row.id, frozenset({person.role}), person.timezone)
    session.flush()
    return actors


def _dates_and_rules(session: Session, people: dict[str, Actor], now: datetime) -> None:
    for dates in DATES:
        actor = people[dates.tutor]
        first = local_date(now, actor.timezone) + timedelta(days=dates.first_in_days)
        session.add(
            AvailabilityException(
                tutor_id=actor.person_id,
                kind=dates.kind,
                first_day=first,
                last_day=first + timedelta(days=dates.days - 1),
                starts_minute=dates.first_hour * 60,
                ends_minute=dates.last_hour * 60,
                note=dates.note,
            )
        )
    session.add_all(
        TutorRules(
            tutor_id=people[rules.tutor].person_id,
            buffer_after_minutes=rules.break_after_minutes,
            most_sessions_day=rules.sessions_a_day,
            cancellation_policy=rules.policy,
        )
        for rules in RULES
    )
    session.flush()


def _course(session: Session, people: dict[str, Actor], course: DemoCourse, now: datetime) -> Course:
    row = Course(
        slug=course.slug,
        title=course.title,
        summary=course.summary,
        description=course.description,
        tutor_id=people[course.tutor].person_id,
        creator_id=people[course.creator].person_id,
        # The first of the list is the newest.
        created_at=now - timedelta(days=60 + COURSES.index(course)),
    )
    session.add(row)
    session.flush()
    session.add_all(
        Lesson(course_id=row.id, position=position, title=title, minutes=minutes)
        for position, (title, minutes) in enumerate(course.lessons, start=1)
    )
    session.flush()
    return row


def _offerings(
    session: Session, people: dict[str, Actor], made: dict[str, Course], now: datetime
) -> dict[str, int]:
    listed: dict[str, int] = {}
    for index, offering in enumerate(OFFERINGS):
        draft = offerings.OfferingDraft(
            title=offering.title,
            description=offering.description,
            duration_minutes=offering.minutes,
            price=offering.naira,
            course_id=made[offering.course].id if offering.course else None,
            published=offering.title not in HIDDEN,
            booking_mode=offering.booking_mode,
        )
        put_up = now - timedelta(days=40) + timedelta(hours=17 * index)
        details = offerings.create(session, people[offering.tutor], draft=draft, now=put_up)
        listed[offering.title] = int(details.id)
    return listed


def _packages(session: Session, people: dict[str, Actor], listed: dict[str, int], now: datetime) -> None:
    tutors = {offering.title: people[offering.tutor] for offering in OFFERINGS}
    for title, sessions, naira, days in PACKAGES:
        draft = packages.PackageDraft(sessions, naira, days)
        packages.offer(session, tutors[title], offering_id=listed[title], draft=draft, now=now)


def _learning(session: Session, people: dict[str, Actor], made: dict[str, Course], now: datetime) -> None:
    for share, learners in ((1, GRADUATES), (2, HALF_WAY)):
        for slug, emails in learners.items():
            lessons = session.exec(
                select(Lesson.id).where(Lesson.course_id == made[slug].id).order_by(col(Lesson.position))
            ).all()
            for offset, email in enumerate(emails):
                begun = now - timedelta(days=30 - offset)
                courses.enrol(session, people[email], course_id=made[slug].id, now=begun)
                for step, lesson_id in enumerate(lessons[: len(lessons) // share]):
                    done_at = begun + timedelta(days=step)
                    courses.complete_lesson(session, people[email], lesson_id=lesson_id, now=done_at)


def _held_session(
    session: Session, student: Actor, offering_id: int, day: datetime, platform_share_percent: int
) -> None:
    offering = session.get_one(MentorshipSession, offering_id)
    zone = zone_named(session.get_one(Person, offering.tutor_id).timezone)
    local = day.astimezone(zone).replace(hour=HELD_AT_HOUR, minute=0, second=0, microsecond=0)
    starts_at = local.astimezone(UTC)
    # Longer ago than Paystack's list is looked through, as the sandbox never heard of it.
    paid_at = starts_at - timedelta(days=4)
    booking = MentorshipSession(
        tutor_id=offering.tutor_id,
        student_id=student.person_id,
        course_id=offering.course_id,
        offering_id=offering.id,
        title=offering.title,
        description=offering.description,
        duration=offering.duration,
        price_kobo=offering.price_kobo,
        status=SessionStatus.COMPLETED,
        payment_status=PaymentStatus.PAID,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=offering.duration),
        join_token=new_join_token(),
        created_at=paid_at,
        updated_at=starts_at + timedelta(minutes=offering.duration),
    )
    session.add(booking)
    session.flush()
    claims.claim(session, booking, starts_at)
    fee_kobo = paystack_fee(booking.price_kobo)
    split = split_price(booking.price_kobo, platform_share_percent)
    payment = Payment(
        reference=reference_for(booking.id, 1),
        session_id=booking.id,
        student_id=booking.student_id,
        tutor_id=booking.tutor_id,
        amount_kobo=booking.price_kobo,
        state=PaymentState.PAID,
        provider_word="success",
        channel="card",
        paid_kobo=booking.price_kobo,
        paid_currency="NGN",
        fees_kobo=fee_kobo,
        paid_at=paid_at,
        settled_at=paid_at,
        created_at=paid_at,
    )
    session.add(payment)
    session.flush()
    ledger.post(
        session,
        ledger_lines.sale_lines(
            paid_kobo=booking.price_kobo,
            price_kobo=booking.price_kobo,
            fee_kobo=fee_kobo,
            split=split,
            tutor_id=booking.tutor_id,
        ),
        idempotency_key=f"sale-{payment.reference}",
        kind="sale",
        now=paid_at,
        session_id=booking.id,
        payment_id=payment.id,
    )
    earnings.keep(session, booking, share_kobo=split.tutor_kobo, payment_id=payment.id, now=paid_at)
