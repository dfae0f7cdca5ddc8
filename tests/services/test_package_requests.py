"""Times asked for with a package, and packages whose length is no longer the offering's."""

from datetime import timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.models import (
    MentorshipSession,
)
from mentor_ui.services import (
    bookings,
    package_uses,
    payments,
    requests,
)
from tests.package_deals import (
    PRICE_KOBO,
    URL,
    accounts,
    at,
    booking_in,
    bought,
    code_of,
    hold,
    purchase_in,
    use,
)
from tests.services.test_package_uses import PARTS, told, usable
from tests.world import NOON, Pair, make_pair


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)


def test_a_package_keeps_its_length_when_the_offering_changes(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    with database.transaction() as session:
        offering = session.get_one(MentorshipSession, pair.offering_id)
        offering.duration, offering.price_kobo = 120, 900_000
    booking = booking_in(database, use(database, pair, purchase_id, at(1)))
    assert booking.ends_at == at(1) + timedelta(minutes=60)
    with database.transaction() as session:
        held = bookings.hold(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=at(2),
            price_seen_kobo=900_000,
            now=NOON,
        )

    def book() -> int:
        with database.transaction() as session:
            return package_uses.book(
                session,
                pair.student,
                booking_id=held.booking_id,
                purchase_id=purchase_id,
                now=NOON,
                public_url=URL,
            )

    assert code_of(book) == "other_length"
    assert usable(database, pair) == 2


def asked(database: Database, pair: Pair, purchase_id: int, days: int = 6) -> int:
    with database.transaction() as session:
        return requests.ask(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=at(days),
            message="",
            price_seen_kobo=0,
            now=NOON,
            public_url=URL,
            purchase_id=purchase_id,
        ).booking_id


def approved(database: Database, pair: Pair, booking_id: int, days: int = 0) -> bool:
    """Say yes to a request and return whether that booked it."""
    with database.transaction() as session:
        return (
            requests.approve(session, pair.tutor, booking_id=booking_id, now=at(days), public_url=URL) is None
        )


def test_a_time_asked_for_uses_the_package_once_the_tutor_says_yes(database: Database) -> None:
    pair = make_pair(database, mode=BookingMode.REQUEST)
    purchase_id = bought(database, pair)
    booking_id = asked(database, pair, purchase_id)
    assert purchase_in(database, purchase_id).used == 0
    assert approved(database, pair, booking_id)
    booking = booking_in(database, booking_id)
    assert (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
    assert purchase_in(database, purchase_id).used == 1
    assert len(told(database, pair.student, "approved")) == 0
    assert len(told(database, pair.student, "booked")) == 1
    assert accounts(database, pair).credits == PRICE_KOBO - PARTS[0]


def test_a_yes_that_comes_after_the_last_session_was_used_is_paid_for_singly(database: Database) -> None:
    pair = make_pair(database, mode=BookingMode.REQUEST)
    purchase_id = bought(database, pair)
    ids = [asked(database, pair, purchase_id, days) for days in (4, 5, 6, 7)]
    answers = [approved(database, pair, booking_id) for booking_id in ids]
    assert answers == [True, True, True, False]
    last = booking_in(database, ids[-1])
    assert (last.status, last.price_kobo, last.purchase_id) == (SessionStatus.HELD, pair.price_kobo, None)
    assert accounts(database, pair).credits == 0


def test_a_tutor_cannot_book_with_a_package(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    own = Pair(pair.tutor, pair.tutor, pair.offering_id, pair.price_kobo)
    with pytest.raises(NotAllowed):
        hold(database, own, purchase_id, at(1))


def change_offering(database: Database, pair: Pair, *, minutes: int, price_kobo: int) -> None:
    with database.transaction() as session:
        offering = session.get_one(MentorshipSession, pair.offering_id)
        offering.duration, offering.price_kobo = minutes, price_kobo


def test_a_time_of_the_packages_length_is_not_sold_at_the_price_of_another_length(
    database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair)
    change_offering(database, pair, minutes=30, price_kobo=300_000)
    booking_id = hold(database, pair, purchase_id, at(1))

    def pay_singly() -> None:
        with database.transaction() as session:
            payments.open_attempt(session, pair.student, booking_id=booking_id, now=NOON)

    assert code_of(pay_singly) == "kept_for_package"
    with database.transaction() as session:
        package_uses.book(
            session, pair.student, booking_id=booking_id, purchase_id=purchase_id, now=NOON, public_url=URL
        )
    assert booking_in(database, booking_id).duration == 60


def test_a_time_of_the_same_length_can_be_paid_singly_all_the_same(database: Database, pair: Pair) -> None:
    booking_id = hold(database, pair, bought(database, pair), at(1))
    with database.transaction() as session:
        attempt = payments.open_attempt(session, pair.student, booking_id=booking_id, now=NOON)
    assert attempt.amount_kobo == pair.price_kobo


@pytest.mark.parametrize(
    ("minutes", "price_kobo", "refusal"),
    [(30, 300_000, "other_terms"), (60, 600_000, "other_terms"), (60, 500_000, "")],
)
def test_a_request_falls_back_to_paying_only_at_what_a_single_session_is(
    database: Database, minutes: int, price_kobo: int, refusal: str
) -> None:
    pair = make_pair(database, mode=BookingMode.EITHER)
    purchase_id = bought(database, pair)
    with database.transaction() as session:
        asked = requests.ask(
            session,
            pair.student,
            offering_id=pair.offering_id,
            starts_at=at(9),
            message="",
            price_seen_kobo=pair.price_kobo,
            now=NOON,
            public_url=URL,
            purchase_id=purchase_id,
        )
    for day in (2, 3, 4):
        use(database, pair, purchase_id, at(day))
    change_offering(database, pair, minutes=minutes, price_kobo=price_kobo)

    def approve() -> None:
        with database.transaction() as session:
            requests.approve(session, pair.tutor, booking_id=asked.booking_id, now=NOON, public_url=URL)

    assert code_of(approve) == refusal
    state = SessionStatus.PENDING_MENTOR_REVIEW if refusal else SessionStatus.HELD
    booking = booking_in(database, asked.booking_id)
    assert (booking.status, booking.duration, booking.price_kobo) == (state, 60, 500_000)
