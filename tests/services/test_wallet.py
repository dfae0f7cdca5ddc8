"""The wallet as its tutor sees it: each line has its reason, each balance is the sum of all before."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.roles import Role
from mentor_ui.models import AccountKind, Dispute, MentorshipSession, Payment, PayoutState
from mentor_ui.services import ledger, payout_progress, refunds, wallet
from mentor_ui.services.payout_progress import Word
from tests.banking import PUBLIC_URL, WAIT, earn, proven, set_account, withdraw
from tests.paid import buy
from tests.world import Pair, make_pair, make_person

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.fixture
def pair(database: Database) -> Pair:
    return make_pair(database)


def pages(database: Database, pair: Pair, limit: int) -> list[wallet.Line]:
    """Read the wallet page by page."""
    lines, after = list[wallet.Line](), ""
    while True:
        with database.reading() as session:
            found = wallet.page(session, pair.tutor, after=after, limit=limit)
        assert len(found.lines) <= limit
        lines += found.lines
        after = found.after
        if not after:
            return lines


def test_what_is_pending_says_when_it_can_be_taken_out(database: Database, pair: Pair) -> None:
    ahead, held = NOW + timedelta(days=2), NOW - timedelta(days=1)
    first = buy(database, pair, held, now=NOW - timedelta(days=3))
    second = buy(database, pair, ahead, now=NOW)
    with database.reading() as session:
        shares = wallet.pending_shares(session, pair.tutor, wait=WAIT)
    assert [(share.session_id, share.available_at, share.amount_kobo) for share in shares] == [
        (first, held + timedelta(hours=73), 350_000),
        (second, ahead + timedelta(hours=73), 350_000),
    ]
    assert {(share.student, share.title, share.is_questioned) for share in shares} == {
        ("Ada Obi", "React Mastery 1:1", False)
    }
    assert proven(database, pair.tutor).pending_kobo == 700_000


@pytest.mark.parametrize("by", ["student", "bank"])
def test_a_questioned_share_says_so(database: Database, pair: Pair, by: str) -> None:
    booking_id = buy(database, pair, NOW - timedelta(days=1), now=NOW - timedelta(days=3))
    buy(database, pair, NOW + timedelta(days=1), now=NOW)
    with database.transaction() as session:
        if by == "student":
            session.get_one(MentorshipSession, booking_id).contested_at = NOW
        else:
            payment = session.exec(select(Payment).where(Payment.session_id == booking_id)).one()
            session.add(
                Dispute(
                    provider_dispute_id=1,
                    payment_id=payment.id,
                    tutor_id=payment.tutor_id,
                    amount_kobo=payment.amount_kobo,
                )
            )
    with database.reading() as session:
        shares = wallet.pending_shares(session, pair.tutor, wait=WAIT)
    assert [share.is_questioned for share in shares] == [True, False]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_lines_lead_to_their_sessions_and_balances_add_up(database: Database, pair: Pair, limit: int) -> None:
    held = earn(database, pair, sessions=3, now=NOW)
    earn(database, make_pair(database), sessions=2, now=NOW)
    set_account(database, pair.tutor)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, held[0])
        refunds.give_back(
            session, booking, of_price_kobo=500_000, reason="a test.", now=NOW + timedelta(hours=1)
        )
    payout = withdraw(database, pair.tutor, 400_000, now=NOW + timedelta(hours=2))
    with database.transaction() as session:
        said = Word(PayoutState.FAILED, "failed", reason="Closed")
        payout_progress.record(session, payout.id, said, public_url=PUBLIC_URL, now=NOW + timedelta(hours=3))
    lines = pages(database, pair, limit)
    assert [(line.what, line.amount_kobo, line.balance_kobo) for line in lines] == [
        ("Withdrawal did not go through", 401_000, 700_000),
        ("Withdrawn", -401_000, 299_000),
        ("Returned to the student", -350_000, 700_000),
        ("Session held", 350_000, 1_050_000),
        ("Session held", 350_000, 700_000),
        ("Session held", 350_000, 350_000),
    ]
    assert {line.session_id for line in lines[2:]} == set(held)
    assert lines[2].session_id == held[0]
    assert [(line.about, line.reference, line.session_id) for line in lines[:2]] == [
        ("Kuda Bank •••• 6789", payout.reference, None)
    ] * 2
    assert {(line.about, line.who) for line in lines[2:]} == {("React Mastery 1:1", "Ada Obi")}


def test_lines_of_a_period_begin_and_end_with_the_ledgers_balances(database: Database, pair: Pair) -> None:
    earn(database, pair, sessions=2, now=NOW)
    earn(database, pair, sessions=3, now=NOW + timedelta(days=10))
    begins, ends = NOW + timedelta(days=1), NOW + timedelta(days=11)
    with database.reading() as session:
        lines = wallet.lines_between(session, pair.tutor, begins, ends)
        opening = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id, until=begins)
        closing = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id, until=ends)
    assert (opening, closing, len(lines)) == (700_000, 1_750_000, 3)
    assert [line.balance_kobo for line in lines] == [1_050_000, 1_400_000, 1_750_000]


def test_others_lines_are_not_a_place_to_begin(database: Database, pair: Pair) -> None:
    other = make_pair(database)
    earn(database, other, now=NOW)
    earn(database, pair, now=NOW)
    with database.reading() as session:
        theirs = wallet.page(session, other.tutor).lines[0].entry_id
        for after in (str(theirs), "nonsense", "-1", "9" * 30):
            assert len(wallet.page(session, pair.tutor, after=after).lines) == 1


def test_students_have_no_wallet(database: Database) -> None:
    student = make_person(database, Role.STUDENT)
    with database.reading() as session:
        for look in (
            lambda: wallet.balances(session, student),
            lambda: wallet.page(session, student),
            lambda: wallet.pending_shares(session, student, wait=WAIT),
            lambda: wallet.recent_payouts(session, student),
            lambda: wallet.lines_between(session, student, NOW, NOW),
        ):
            with pytest.raises(NotAllowed):
                look()
