"""Money that goes back in several steps: what is shown is what is done, and the session says how much."""

from datetime import timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.money import paystack_fee
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import MentorshipSession, RefundState
from mentor_ui.services import bookings, changes, refund_progress, refunds, verdicts
from mentor_ui.services.changes import CancelTerms
from mentor_ui.services.verdicts import Ruling
from tests.package_deals import URL
from tests.paid import booking_in, books, buy, refunds_of
from tests.world import FREE_TIME, NOON, Pair, make_pair, make_person

PRICE_KOBO = 500_000
END = FREE_TIME + timedelta(hours=1)


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def give_back(database: Database, booking_id: int, kobo: int) -> int:
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        return refunds.give_back(session, booking, of_price_kobo=kobo, reason="a test.", now=NOON)


def let_arrive(database: Database, booking_id: int) -> None:
    """Let the refunds of a booking arrive one after the other."""
    for refund in refunds_of(database, booking_id):
        with database.transaction() as session:
            refund_progress.record(
                session, refund.id, state=RefundState.PROCESSED, provider_refund_id=None, now=NOON
            )


def shown(database: Database, pair: Pair, booking_id: int, *, by_tutor: bool = False) -> CancelTerms:
    with database.reading() as session:
        actor = pair.tutor if by_tutor else pair.student
        return changes.cancel_preview(session, actor, booking_id=booking_id, now=FREE_TIME - 20 * HOUR)


def cancel(database: Database, pair: Pair, booking_id: int, seen: CancelTerms, *, by_tutor: bool) -> int:
    with database.transaction() as session:
        return changes.cancel(
            session,
            pair.tutor if by_tutor else pair.student,
            booking_id=booking_id,
            refund_seen_kobo=seen.refund_kobo,
            public_url=URL,
            now=FREE_TIME - 20 * HOUR,
        )


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("given_kobo", [100_000, 300_000, PRICE_KOBO])
@pytest.mark.parametrize("by_tutor", [False, True])
def test_what_cancelling_shows_after_a_part_went_back_is_what_it_does(
    database: Database, pair: Pair, given_kobo: int, *, by_tutor: bool
) -> None:
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    give_back(database, booking_id, given_kobo)
    seen = shown(database, pair, booking_id, by_tutor=by_tutor)
    back_kobo = min(PRICE_KOBO - given_kobo, PRICE_KOBO if by_tutor else PRICE_KOBO // 2)
    kept_kobo = (PRICE_KOBO - given_kobo - back_kobo) * 70 // 100
    assert (seen.refund_kobo, seen.tutor_kobo) == (back_kobo, kept_kobo)
    assert cancel(database, pair, booking_id, seen, by_tutor=by_tutor) == back_kobo
    assert books(database, pair).tutor == kept_kobo
    assert sum(one.amount_kobo for one in refunds_of(database, booking_id)) == given_kobo + back_kobo


def test_a_fee_that_was_passed_on_comes_back_with_the_last_part(database: Database, pair: Pair) -> None:
    paid_kobo = PRICE_KOBO + paystack_fee(PRICE_KOBO)
    booking_id = buy(database, pair, FREE_TIME, now=NOON, paid_kobo=paid_kobo)
    give_back(database, booking_id, 200_000)
    seen = shown(database, pair, booking_id, by_tutor=True)
    assert seen.refund_kobo == paid_kobo - 200_000
    assert cancel(database, pair, booking_id, seen, by_tutor=True) == paid_kobo - 200_000
    assert books(database, pair).owed_back == paid_kobo
    let_arrive(database, booking_id)
    assert booking_in(database, booking_id).payment_status == PaymentStatus.REFUNDED


@pytest.mark.parametrize("arrives_first", [False, True])
@pytest.mark.parametrize("kobo", [200_000, PRICE_KOBO])
def test_a_session_that_ends_says_what_went_back_while_it_lay_ahead(
    database: Database, pair: Pair, kobo: int, *, arrives_first: bool
) -> None:
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    give_back(database, booking_id, kobo)
    if arrives_first:
        let_arrive(database, booking_id)
    assert booking_in(database, booking_id).payment_status == PaymentStatus.PAID
    with database.transaction() as session:
        bookings.advance_clock(session, END)
    let_arrive(database, booking_id)
    booking = booking_in(database, booking_id)
    whole = PaymentStatus.REFUNDED if kobo == PRICE_KOBO else PaymentStatus.PARTLY_REFUNDED
    assert (booking.status, booking.payment_status) == (SessionStatus.COMPLETED, whole)


def test_one_that_was_given_back_whole_says_so_when_it_is_cancelled(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    give_back(database, booking_id, PRICE_KOBO)
    let_arrive(database, booking_id)
    seen = shown(database, pair, booking_id)
    assert (seen.refund_kobo, seen.tutor_kobo) == (0, 0)
    assert cancel(database, pair, booking_id, seen, by_tutor=False) == 0
    assert booking_in(database, booking_id).payment_status == PaymentStatus.REFUNDED


@pytest.mark.parametrize("arrived", [False, True])
def test_the_rest_of_a_session_can_be_contested(database: Database, pair: Pair, *, arrived: bool) -> None:
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    with database.transaction() as session:
        bookings.advance_clock(session, END)
    give_back(database, booking_id, 200_000)
    if arrived:
        let_arrive(database, booking_id)
    operator = make_person(database, Role.ADMIN)
    with database.transaction() as session:
        terms = verdicts.terms(session, pair.student, booking_id=booking_id, now=END)
        assert terms.may_contest
        verdicts.contest(
            session,
            pair.student,
            booking_id=booking_id,
            reason="I waited and nobody came.",
            public_url=URL,
            now=END,
        )
        (one,) = [one for one in verdicts.contested(session, operator, now=END) if one.id == booking_id]
        assert one.paid_kobo == 300_000
        given = verdicts.rule(
            session, operator, booking_id=booking_id, ruling=Ruling.REFUNDED, public_url=URL, now=END
        )
    assert given == 300_000
    assert books(database, pair).tutor == 0


def test_nothing_is_contested_when_nothing_is_left(database: Database, pair: Pair) -> None:
    booking_id = buy(database, pair, FREE_TIME, now=NOON)
    give_back(database, booking_id, PRICE_KOBO)
    with database.transaction() as session:
        bookings.advance_clock(session, END)
        assert not verdicts.terms(session, pair.student, booking_id=booking_id, now=END).may_contest
