"""Sessions of a package: each gets its part of the price, and comes back with it or stays used."""

from datetime import timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.money import split_price
from mentor_ui.domain.packages import part_kobo
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    AppMessage,
    Choice,
    Dispute,
    MentorshipSession,
    PackagePurchase,
    PaymentState,
    PurchaseState,
    TutorRules,
)
from mentor_ui.services import (
    bookings,
    changes,
    earnings,
    offerings,
    package_returns,
    package_uses,
    payments,
    refunds,
    unspent_money,
    verdicts,
)
from mentor_ui.services.verdicts import Ruling
from tests.package_deals import (
    PRICE_KOBO,
    RULES,
    URL,
    accounts,
    at,
    booking_in,
    bought,
    cancel,
    charge,
    code_of,
    hold,
    offer,
    pay,
    promises_of,
    purchase_in,
    refunds_of,
    sweep,
    use,
)
from tests.world import NOON, Pair, make_pair, make_person

PARTS = tuple(part_kobo(PRICE_KOBO, 3, number) for number in (1, 2, 3))
OPERATOR = Actor(1, frozenset({Role.ADMIN}), "UTC")


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def usable(database: Database, pair: Pair, days: int = 0) -> int:
    with database.reading() as session:
        found = package_uses.usable(session, pair.student.person_id, pair.offering_id, at(days))
        return found.left if found else 0


def told(database: Database, person: Actor, kind: str) -> list[str]:
    with database.reading() as session:
        return list(
            session.exec(
                select(AppMessage.body)
                .where(AppMessage.person_id == person.person_id, AppMessage.kind == kind)
                .order_by(col(AppMessage.id))
            )
        )


def test_each_session_takes_its_part_of_the_price(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    escrow = platform = 0
    for number, kobo in enumerate(PARTS, start=1):
        booking = booking_in(database, use(database, pair, purchase_id, at(number)))
        assert (booking.status, booking.payment_status) == (SessionStatus.SCHEDULED, PaymentStatus.PAID)
        assert (booking.price_kobo, booking.purchase_id) == (kobo, purchase_id)
        split = split_price(kobo, 30)
        escrow, platform = escrow + split.tutor_kobo, platform + split.platform_kobo
        state = accounts(database, pair)
        assert (state.escrow, state.platform) == (escrow, platform)
        assert state.credits == PRICE_KOBO - sum(PARTS[:number])
        assert promises_of(database, booking.id) == [split.tutor_kobo]
        assert usable(database, pair) == 3 - number
        assert len(database.queue.list_workflows(workflow_id_prefix=f"room-{booking.id}-0")) == 1
    assert "2 of them are left" in told(database, pair.student, "booked")[0]
    assert "none of them are left" in told(database, pair.student, "booked")[2]
    assert code_of(lambda: use(database, pair, purchase_id, at(5))) == "package_spent"
    assert accounts(database, pair).credits == 0


def test_a_share_is_released_once_its_session_was_held(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    use(database, pair, purchase_id, at(1))
    use(database, pair, purchase_id, at(9))
    with database.transaction() as session:
        assert earnings.release_due(session, at(5), wait=timedelta(hours=72)) == 1
    state = accounts(database, pair)
    assert (state.wallet, state.escrow) == (
        split_price(PARTS[0], 30).tutor_kobo,
        split_price(PARTS[1], 30).tutor_kobo,
    )


def test_a_bank_that_questions_the_package_keeps_every_share_of_it(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    use(database, pair, purchase_id, at(1))
    with database.transaction() as session:
        payment = package_returns.bought_with(session, purchase_id)
        session.add(
            Dispute(
                provider_dispute_id=1,
                payment_id=payment.id,
                tutor_id=payment.tutor_id,
                amount_kobo=payment.amount_kobo,
            )
        )
    with database.transaction() as session:
        assert earnings.release_due(session, at(9), wait=timedelta(hours=72)) == 0


def test_the_share_stays_as_it_was_when_the_package_was_bought(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    with database.transaction() as session:
        session.get_one(PackagePurchase, purchase_id).platform_share_percent = 10
    use(database, pair, purchase_id, at(1))
    assert accounts(database, pair).escrow == split_price(PARTS[0], 10).tutor_kobo


def test_who_and_what_a_package_is_for(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    stranger = Pair(pair.tutor, make_person(database, Role.STUDENT), pair.offering_id, pair.price_kobo)
    assert code_of(lambda: use(database, stranger, purchase_id, at(1))) == "package_not_found"
    other = make_pair(database)
    elsewhere = Pair(other.tutor, pair.student, other.offering_id, other.price_kobo)
    assert code_of(lambda: use(database, elsewhere, purchase_id, at(1))) == "package_not_found"
    booking_id = hold(database, pair, purchase_id, at(1))

    def book(actor: Actor, booking: int) -> str:
        with database.transaction() as session:
            return code_of(
                lambda: package_uses.book(
                    session, actor, booking_id=booking, purchase_id=purchase_id, now=NOON, public_url=URL
                )
            )

    assert book(stranger.student, booking_id) == "booking_not_found"
    assert book(pair.student, pair.offering_id) == "booking_not_found"
    assert book(pair.student, booking_id) == ""
    assert book(pair.student, booking_id) == "already_paid"
    with database.transaction() as session:
        offerings.hide(session, pair.tutor, offering_id=pair.offering_id, now=NOON)
    assert code_of(lambda: use(database, pair, purchase_id, at(2))) == "offering_hidden"
    assert accounts(database, pair).credits == PRICE_KOBO - PARTS[0]


def test_a_hold_that_ran_out_uses_nothing(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    booking_id = hold(database, pair, purchase_id, at(1))

    def book() -> int:
        with database.transaction() as session:
            return package_uses.book(
                session,
                pair.student,
                booking_id=booking_id,
                purchase_id=purchase_id,
                now=NOON + timedelta(hours=1),
                public_url=URL,
            )

    assert code_of(book) == "hold_expired"
    assert usable(database, pair) == 3


def test_a_card_that_pays_for_a_session_of_a_package_is_given_its_money_back(
    database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair)
    booking_id = hold(database, pair, purchase_id, at(1))
    with database.transaction() as session:
        reference = payments.open_attempt(session, pair.student, booking_id=booking_id, now=NOON).reference
    with database.transaction() as session:
        package_uses.book(
            session, pair.student, booking_id=booking_id, purchase_id=purchase_id, now=NOON, public_url=URL
        )
    assert pay(database, reference, charge(reference, pair.price_kobo)) == PaymentState.DUPLICATE
    assert booking_in(database, booking_id).payment_status == PaymentStatus.PAID
    assert accounts(database, pair).owed_back == pair.price_kobo


def test_money_that_goes_back_beside_a_package_says_nothing_of_its_session(
    database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair)
    booking_id = hold(database, pair, purchase_id, at(1))
    with database.transaction() as session:
        reference = payments.open_attempt(session, pair.student, booking_id=booking_id, now=NOON).reference
    told = charge(reference, pair.price_kobo - 100, requested_kobo=pair.price_kobo)
    assert pay(database, reference, told) == PaymentState.MISMATCH
    with database.transaction() as session:
        package_uses.book(
            session, pair.student, booking_id=booking_id, purchase_id=purchase_id, now=NOON, public_url=URL
        )
    with database.transaction() as session:
        unspent_money.choose(
            session, RULES, pair.student, reference=reference, choice=Choice.REFUND, now=NOON
        )
    assert booking_in(database, booking_id).payment_status == PaymentStatus.PAID
    assert accounts(database, pair).owed_back == pair.price_kobo - 100


@pytest.mark.parametrize("used", [1, 2, 3])
def test_a_session_cancelled_in_time_counts_as_unused_again(
    database: Database, pair: Pair, used: int
) -> None:
    purchase_id = bought(database, pair)
    ids = [use(database, pair, purchase_id, at(number)) for number in range(2, used + 2)]
    assert cancel(database, pair, ids[0]) == PARTS[0]
    booking = booking_in(database, ids[0])
    assert (booking.status, booking.payment_status) == (SessionStatus.CANCELLED, PaymentStatus.CREDIT_BACK)
    assert purchase_in(database, purchase_id).used == used - 1
    state = accounts(database, pair)
    assert state.credits == PRICE_KOBO - sum(PARTS[1:used])
    assert state.owed_back == 0
    assert refunds_of(database, purchase_id) == []
    assert promises_of(database, ids[0]) == []
    assert "back in your package" in told(database, pair.student, "cancelled")[0]
    # The first one is used again, with the same part of the price.
    again = booking_in(database, use(database, pair, purchase_id, at(8)))
    assert again.price_kobo == PARTS[0]
    assert accounts(database, pair).credits == PRICE_KOBO - sum(PARTS[:used])


def test_a_session_that_is_still_ahead_cannot_be_given_back(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    booking_id = use(database, pair, purchase_id, at(2))
    with database.transaction() as session, pytest.raises(ValueError, match="has not ended"):
        booking = session.get_one(MentorshipSession, booking_id)
        refunds.give_back(session, booking, of_price_kobo=PARTS[0], reason="", now=NOON)
    assert purchase_in(database, purchase_id).used == 1
    assert accounts(database, pair).credits == PRICE_KOBO - PARTS[0]


@pytest.mark.parametrize(
    ("policy", "hours", "back"),
    [
        (CancellationPolicy.FLEXIBLE, 24, 1),
        (CancellationPolicy.FLEXIBLE, 2, 1),
        (CancellationPolicy.FLEXIBLE, 1, 0),
        (CancellationPolicy.MODERATE, 24, 1),
        (CancellationPolicy.MODERATE, 23, 0),
        (CancellationPolicy.STRICT, 48, 1),
        (CancellationPolicy.STRICT, 47, 0),
    ],
)
def test_a_session_comes_back_as_long_as_the_policy_gives_anything_back(
    database: Database, pair: Pair, policy: CancellationPolicy, hours: int, back: int
) -> None:
    with database.transaction() as session:
        session.add(TutorRules(tutor_id=pair.tutor.person_id, cancellation_policy=policy))
    purchase_id = bought(database, pair)
    booking_id = use(database, pair, purchase_id, at(9))
    now = at(9) - timedelta(hours=hours)
    with database.reading() as session:
        terms = changes.cancel_preview(session, pair.student, booking_id=booking_id, now=now)
    share_kobo = split_price(PARTS[0], 30).tutor_kobo
    assert terms.of_package
    assert (terms.refund_kobo, terms.tutor_kobo) == ((PARTS[0], 0) if back else (0, share_kobo))
    assert cancel(database, pair, booking_id, now=now) == terms.refund_kobo
    assert purchase_in(database, purchase_id).used == 1 - back
    assert booking_in(database, booking_id).payment_status == (
        PaymentStatus.CREDIT_BACK if back else PaymentStatus.PAID
    )
    assert accounts(database, pair).escrow == terms.tutor_kobo


def test_what_cancelling_means_is_looked_at_once_more_when_it_changed(database: Database, pair: Pair) -> None:
    booking_id = use(database, pair, bought(database, pair), at(2))
    late = at(2) - timedelta(hours=1)
    with database.transaction() as session:
        seen = changes.cancel_preview(session, pair.student, booking_id=booking_id, now=NOON)
        assert (
            code_of(
                lambda: changes.cancel(
                    session,
                    pair.student,
                    booking_id=booking_id,
                    refund_seen_kobo=seen.refund_kobo,
                    public_url=URL,
                    now=late,
                )
            )
            == "consequence_changed"
        )
    assert booking_in(database, booking_id).status == SessionStatus.SCHEDULED


def test_a_tutor_who_cancels_late_gives_the_session_and_time_for_it_back(
    database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    for day in (13, 20, 21):
        last = use(database, pair, purchase_id, at(day))
    # All of it is used when it runs out, so there is nothing to end.
    assert sweep(database, at(15)) == []
    now = at(21) - timedelta(minutes=1)
    cancel(database, pair, last, by_tutor=True, now=now)
    purchase = purchase_in(database, purchase_id)
    assert (purchase.state, purchase.used) == (PurchaseState.ACTIVE, 2)
    assert purchase.expires_at == now + timedelta(days=30)
    assert usable(database, pair, days=22) == 1
    use(database, pair, purchase_id, at(23), at(22))
    accounts(database, pair)


def test_a_student_who_cancels_after_the_end_has_the_money_back(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    for day in (13, 20, 21):
        last = use(database, pair, purchase_id, at(day))
    cancel(database, pair, last, now=at(16))
    assert sweep(database, at(16)) == [PARTS[2]]
    assert sweep(database, at(16)) == []
    assert purchase_in(database, purchase_id).state == PurchaseState.EXPIRED
    state = accounts(database, pair)
    assert (state.credits, state.owed_back) == (0, PARTS[2])


@pytest.mark.parametrize("ruling", list(Ruling))
def test_a_ruling_gives_the_session_back_or_leaves_it_used(
    database: Database, pair: Pair, ruling: Ruling
) -> None:
    purchase_id = bought(database, pair, offer(database, pair, valid_days=14))
    booking_id = use(database, pair, purchase_id, at(13))
    with database.transaction() as session:
        bookings.advance_clock(session, at(14))
    with database.transaction() as session:
        verdicts.contest(
            session,
            pair.student,
            booking_id=booking_id,
            reason="The tutor did not come.",
            public_url=URL,
            now=at(14) - timedelta(hours=1),
        )
    with database.transaction() as session:
        verdicts.rule(session, OPERATOR, booking_id=booking_id, ruling=ruling, public_url=URL, now=at(14, -1))
    back = ruling == Ruling.REFUNDED
    purchase = purchase_in(database, purchase_id)
    assert purchase.used == (0 if back else 1)
    assert purchase.expires_at == (at(44, -1) if back else at(14))
    assert accounts(database, pair).escrow == (0 if back else split_price(PARTS[0], 30).tutor_kobo)
    with database.reading() as session:
        assert (
            package_returns.give_back(session, booking_in(database, booking_id), of_price_kobo=0, now=NOON)
            == 0
        )


def test_a_share_that_was_paid_out_comes_back_from_the_wallet(database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair)
    booking_id = use(database, pair, purchase_id, at(1))
    with database.transaction() as session:
        bookings.advance_clock(session, at(2))
        earnings.release_due(session, at(5), wait=timedelta(hours=72))
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        assert package_returns.give_back(session, booking, of_price_kobo=PARTS[0], now=at(6)) == PARTS[0]
        assert package_returns.give_back(session, booking, of_price_kobo=PARTS[0], now=at(6)) == 0
    state = accounts(database, pair)
    assert (state.credits, state.wallet, state.escrow) == (PRICE_KOBO, 0, 0)
