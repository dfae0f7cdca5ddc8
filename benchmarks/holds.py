"""Holds that wait for their money, many at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, insert, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.slots import quarters_between
from mentor_ui.models import BookedQuarter, MentorshipSession, Payment
from mentor_ui.models.mentorship import new_join_token
from mentor_ui.services import bookings, payments
from mentor_ui.services.payments import Attempt

Pair = tuple[int, Actor, Actor]
"""An offering, its tutor and a student."""


def add_holds(database: Database, pairs: Sequence[Pair], starts: Sequence[datetime]) -> list[Attempt]:
    """Hold each start for each pair, and open an attempt to pay for each.

    The first is made as a student makes it; the others are copies of its rows, as making each of them would
    take longer than what is measured.

    Args:
        database: Where the pairs are.
        pairs: Of people who are free then.
        starts: Further apart than a session is long.

    Returns:
        The attempts, neighbours of different pairs.
    """
    places = [(pair, starts_at) for starts_at in starts for pair in pairs]
    with database.transaction() as session:
        first = _held(session, *places[0])
        hold = session.exec(
            select(MentorshipSession).where(col(MentorshipSession.id) == first.booking_id)
        ).one()
        payment = session.get_one(Payment, first.payment_id)
        copies = [_Copy(hold, payment, first, pair, starts_at) for pair, starts_at in places[1:]]
        connection = session.connection()
        connection.execute(insert(MentorshipSession), [one.hold for one in copies])
        connection.execute(insert(BookedQuarter), [row for one in copies for row in one.claims])
        connection.execute(insert(Payment), [one.payment for one in copies])
    return [first, *(one.attempt for one in copies)]


def _held(session: Session, pair: Pair, starts_at: datetime) -> Attempt:
    offering_id, _, student = pair
    now = datetime.now(UTC)
    price_kobo = session.get_one(MentorshipSession, offering_id).price_kobo
    hold = bookings.hold(
        session, student, offering_id=offering_id, starts_at=starts_at, price_seen_kobo=price_kobo, now=now
    )
    return payments.open_attempt(session, student, booking_id=hold.booking_id, now=now)


class _Copy:
    """The rows of a hold and its attempt to pay, for another pair or start."""

    def __init__(
        self, hold: MentorshipSession, payment: Payment, attempt: Attempt, pair: Pair, starts_at: datetime
    ) -> None:
        offering_id, tutor, student = pair
        people = {"tutor_id": tutor.person_id, "student_id": student.person_id}
        times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=hold.duration)}
        booking_id, payment_id = new_id(), new_id()
        reference = payments.reference_for(booking_id, 1)
        own = {"id": booking_id, "offering_id": offering_id, "join_token": new_join_token()}
        self.hold = hold.model_dump() | people | times | own
        self.claims = [
            {"person_id": person_id, "quarter": quarter, "session_id": booking_id}
            for person_id in people.values()
            for quarter in quarters_between(**times)
        ]
        self.payment = (
            payment.model_dump()
            | people
            | {"id": payment_id, "reference": reference, "session_id": booking_id}
        )
        self.attempt = replace(attempt, payment_id=payment_id, reference=reference, booking_id=booking_id)
