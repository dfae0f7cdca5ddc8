"""Taking money out: asked for once, booked once at each step, whoever brings the word and how often."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, DomainError, InvalidInput, NotAllowed
from mentor_ui.domain.roles import Role
from mentor_ui.models import (
    AccountKind,
    AppMessage,
    Incident,
    IncidentKind,
    OutgoingMessage,
    PayoutState,
    PendingKind,
)
from mentor_ui.services import (
    ledger,
    ledger_proof,
    payout_progress,
    payouts,
    pending_transfers,
    refunds,
    wallet,
)
from mentor_ui.services.payout_progress import Word
from mentor_ui.services.pending_transfers import Account
from tests.banking import PUBLIC_URL, RULES, earn, payouts_of, proven, set_account, withdraw
from tests.paid import booking_in
from tests.world import Pair, make_pair, make_person

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
SHARE_KOBO = 350_000
PAID = Word(PayoutState.PAID, "success", "TRF_1", charged_kobo=1_000)
FAILED = Word(PayoutState.FAILED, "failed", "TRF_1", reason="Account is closed")
REVERSED = Word(PayoutState.REVERSED, "reversed", "TRF_1", reason="Returned", charged_kobo=0)


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor with ₦3,500 in the wallet and a bank account, and the student whose it was."""
    made = make_pair(database)
    earn(database, made, now=NOW)
    set_account(database, made.tutor)
    return made


def record(database: Database, payout_id: int, said: Word, now: datetime = NOW) -> None:
    with database.transaction() as session:
        payout_progress.record(session, payout_id, said, public_url=PUBLIC_URL, now=now)


def clearing(database: Database) -> tuple[int, int]:
    with database.reading() as session:
        return (
            ledger.balance_kobo(session, AccountKind.CUSTOMER_CLEARING),
            ledger.balance_kobo(session, AccountKind.PROVIDER_FEES),
        )


def incidents(database: Database) -> list[tuple[str, bool]]:
    with database.reading() as session:
        rows = session.exec(select(Incident).order_by(Incident.id))
        return [(row.kind, row.resolved_at is None) for row in rows]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run all at the same moment; a refusal is a result like any other."""
    barrier, results = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results.append(work())
        except (DomainError, IntegrityError) as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_amount_and_fee_leave_the_wallet_and_arrive(database: Database, pair: Pair) -> None:
    before = clearing(database)
    payout = withdraw(database, pair.tutor, 349_000, now=NOW)
    assert 16 <= len(payout.reference) <= 50
    held = proven(database, pair.tutor)
    assert (held.balance_kobo, held.available_kobo, held.in_flight_kobo) == (0, 0, 350_000)
    assert clearing(database) == before
    record(database, payout.id, PAID)
    held = proven(database, pair.tutor)
    assert (held.balance_kobo, held.in_flight_kobo) == (0, 0)
    assert clearing(database) == (before[0] + 350_000, before[1])
    with database.reading() as session:
        assert session.exec(select(AppMessage.title).where(AppMessage.kind == "payout_paid")).all() == [
            "₦3,490 was sent to your bank"
        ]
        (mail,) = session.exec(select(OutgoingMessage).where(OutgoingMessage.kind == "payout_paid"))
    assert "Kuda Bank •••• 6789" in mail.text
    assert f"{PUBLIC_URL}/tutor/wallet" in mail.text


@pytest.mark.parametrize(("charged_kobo", "fees_kobo"), [(0, 1_000), (2_500, -1_500), (None, 0)])
def test_another_fee_than_shown_is_the_platforms(
    database: Database, pair: Pair, charged_kobo: int | None, fees_kobo: int
) -> None:
    before = clearing(database)
    payout = withdraw(database, pair.tutor, 200_000, now=NOW)
    record(database, payout.id, Word(PayoutState.PAID, "success", charged_kobo=charged_kobo))
    assert proven(database, pair.tutor).balance_kobo == SHARE_KOBO - 201_000
    charged = 1_000 if charged_kobo is None else charged_kobo
    assert clearing(database) == (before[0] + 200_000 + charged, before[1] + fees_kobo)


@pytest.mark.parametrize("said", [FAILED, REVERSED])
def test_what_does_not_arrive_is_in_the_wallet_again(database: Database, pair: Pair, said: Word) -> None:
    before = clearing(database)
    payout = withdraw(database, pair.tutor, 349_000, now=NOW)
    record(database, payout.id, Word(PayoutState.PENDING, "pending", "TRF_1"))
    for _ in range(3):
        record(database, payout.id, said)
    held = proven(database, pair.tutor)
    assert (held.available_kobo, held.in_flight_kobo) == (SHARE_KOBO, 0)
    assert clearing(database) == before
    with database.reading() as session:
        (told,) = session.exec(select(AppMessage).where(AppMessage.kind != "bank_account"))
    assert told.title == "₦3,500 is back in your wallet"
    assert said.reason in told.body
    # And it can be taken out once more, under another reference.
    assert withdraw(database, pair.tutor, 349_000, now=NOW).reference != payout.reference


def test_what_comes_back_after_it_arrived_is_in_the_wallet_again(database: Database, pair: Pair) -> None:
    before = clearing(database)
    payout = withdraw(database, pair.tutor, 349_000, now=NOW)
    record(database, payout.id, PAID)
    for said in (REVERSED, PAID, REVERSED):
        record(database, payout.id, said, NOW + timedelta(days=3))
    assert proven(database, pair.tutor).available_kobo == SHARE_KOBO
    assert clearing(database) == before
    kinds = incidents(database)
    assert kinds[0] == (IncidentKind.PAYOUT_REVERSED, True)
    # Paystack says afterwards that it was paid: nothing is booked, a person has to look.
    assert kinds[1] == (IncidentKind.UNMATCHED, True)


def test_a_fee_that_paystack_keeps_is_borne_by_the_platform(database: Database, pair: Pair) -> None:
    before = clearing(database)
    payout = withdraw(database, pair.tutor, 349_000, now=NOW)
    record(database, payout.id, PAID)
    record(database, payout.id, Word(PayoutState.REVERSED, "reversed", charged_kobo=1_000))
    assert proven(database, pair.tutor).available_kobo == SHARE_KOBO
    assert clearing(database) == (before[0] + 1_000, before[1] - 1_000)


@pytest.mark.parametrize(
    ("amount_kobo", "code"),
    [
        (349_001, "payout_too_large"),
        (99_999, "payout_too_small"),
        (0, "payout_too_small"),
        (-1, "payout_too_small"),
    ],
)
def test_only_what_is_there_can_be_taken(database: Database, pair: Pair, amount_kobo: int, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        withdraw(database, pair.tutor, amount_kobo, now=NOW)
    assert (refused.value.code, refused.value.field) == (code, "amount")
    assert payouts_of(database, pair.tutor) == []


def test_the_fee_is_the_one_that_was_shown(database: Database, pair: Pair) -> None:
    with pytest.raises(Conflict, match="₦10") as refused, database.transaction() as session:
        payouts.request(session, pair.tutor, amount_kobo=200_000, fee_seen_kobo=999, rules=RULES, now=NOW)
    assert refused.value.code == "payout_fee_changed"


def test_without_a_bank_account_nothing_leaves(database: Database) -> None:
    pair = make_pair(database)
    earn(database, pair, now=NOW)
    with pytest.raises(Conflict) as refused:
        withdraw(database, pair.tutor, 200_000, now=NOW)
    assert refused.value.code == "no_bank_account"
    with pytest.raises(NotAllowed):
        withdraw(database, make_person(database, Role.STUDENT), 200_000, now=NOW)


def test_a_disputed_share_keeps_only_itself_from_leaving(database: Database, pair: Pair) -> None:
    earn(database, pair, now=NOW + timedelta(hours=3))
    owner = pair.tutor.person_id
    with database.transaction() as session:
        pending_transfers.promise(
            session,
            PendingKind.DISPUTED,
            SHARE_KOBO,
            source=Account(AccountKind.TUTOR_WALLET, owner),
            target=Account(AccountKind.CUSTOMER_CLEARING),
            key="disputed-1",
            now=NOW,
        )
    with database.reading() as session:
        # The promise stands alone here, without the dispute that the proof would look for.
        held = wallet.balances(session, pair.tutor)
    assert (held.balance_kobo, held.kept_kobo, held.available_kobo) == (700_000, SHARE_KOBO, SHARE_KOBO)
    with pytest.raises(InvalidInput):
        withdraw(database, pair.tutor, 349_001, now=NOW)
    withdraw(database, pair.tutor, 349_000, now=NOW)


def test_a_wallet_that_owes_gives_nothing_until_it_is_even(database: Database, pair: Pair) -> None:
    (booking_id,) = earn(database, pair, now=NOW + timedelta(hours=3))
    payout = withdraw(database, pair.tutor, 500_000, now=NOW)
    record(database, payout.id, PAID)
    with database.transaction() as session:
        booking = session.get_one(type(booking_in(database, booking_id)), booking_id)
        refunds.give_back(session, booking, of_price_kobo=500_000, reason="a test.", now=NOW)
    held = proven(database, pair.tutor)
    assert (held.balance_kobo, held.available_kobo) == (-151_000, 0)
    with pytest.raises(InvalidInput, match="not enough"):
        withdraw(database, pair.tutor, 100_000, now=NOW)
    earn(database, pair, now=NOW + timedelta(hours=6))
    assert proven(database, pair.tutor).available_kobo == SHARE_KOBO - 151_000


def test_of_two_clicks_at_once_one_takes(database: Database, pair: Pair) -> None:
    results = at_once(*[lambda: withdraw(database, pair.tutor, 150_000, now=NOW)] * 4)
    refused = [one.code for one in results if isinstance(one, DomainError)]
    assert refused == ["payout_unfinished"] * 3
    assert proven(database, pair.tutor).in_flight_kobo == 151_000


def test_without_the_guards_two_clicks_take_twice(
    database: Database, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above is known to test something."""
    meeting = threading.Barrier(2)

    def nobody(session: Session, tutor_id: int) -> None:
        if not database.is_sqlite:  # which has one writer at a time
            meeting.wait()

    monkeypatch.setattr(payouts, "unfinished", nobody)
    monkeypatch.setattr(payouts, "take_turns", lambda *_: None)
    with database.transaction() as session:
        session.execute(text("DROP INDEX ux_payout_unfinished"))
    at_once(*[lambda: withdraw(database, pair.tutor, 150_000, now=NOW)] * 2)
    assert len(payouts_of(database, pair.tutor)) == 2
    # With all guards off but the look into the wallet, even more than there is leaves it.
    at_once(*[lambda: withdraw(database, pair.tutor, 100_000, now=NOW)] * 2)
    with database.reading() as session:
        balance = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id)
    assert balance <= SHARE_KOBO - 302_000


def test_the_same_word_from_all_sides_at_once_is_booked_once(database: Database, pair: Pair) -> None:
    before = clearing(database)
    payout = withdraw(database, pair.tutor, 349_000, now=NOW)
    results = at_once(*[lambda: record(database, payout.id, PAID)] * 4)
    assert results == [None] * 4
    assert clearing(database) == (before[0] + 350_000, before[1])
    at_once(*[lambda: record(database, payout.id, REVERSED)] * 4)
    assert proven(database, pair.tutor).available_kobo == SHARE_KOBO
    with database.reading() as session:
        kinds = session.exec(select(AppMessage.kind).where(AppMessage.kind != "bank_account")).all()
    assert sorted(kinds) == ["payout_paid", "payout_reversed"]


def test_without_the_look_at_the_state_only_the_ledgers_key_holds(
    database: Database, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    payout = withdraw(database, pair.tutor, 349_000, now=NOW)
    record(database, payout.id, FAILED)
    with pytest.raises(IntegrityError), database.transaction() as session:
        payout_progress._return(session, payouts_of(database, pair.tutor)[0], FAILED, NOW)
    monkeypatch.setattr(ledger, "post", _post_twice(ledger.post))
    with database.transaction() as session:
        payout_progress._return(session, payouts_of(database, pair.tutor)[0], FAILED, NOW)
    with database.reading() as session:
        balance = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, pair.tutor.person_id)
        problems = ledger_proof.verify(session)
    assert balance == 2 * SHARE_KOBO  # the loss, with that guard off, too
    assert any("is not booked as it stands" in one for one in problems)
    assert any("on the way to a bank" in one for one in problems)
    assert any("below zero by 350000" in one for one in problems)


def _post_twice(post: Callable[..., int]) -> Callable[..., int]:
    def careless(session: Session, lines: object, *, idempotency_key: str, **rest: object) -> int:
        return post(session, lines, idempotency_key=f"{idempotency_key}-again", **rest)

    return careless


def test_a_payout_that_waits_for_a_code_is_put_before_the_operators(database: Database, pair: Pair) -> None:
    payout = withdraw(database, pair.tutor, 200_000, now=NOW)
    for _ in range(2):
        record(database, payout.id, Word(PayoutState.OTP, "otp", "TRF_7"))
    assert incidents(database) == [(IncidentKind.PAYOUT_STUCK, True)]
    (waiting,) = payouts_of(database, pair.tutor)
    assert (waiting.state, waiting.transfer_code) == ("OTP", "TRF_7")
    record(database, payout.id, PAID)
    assert incidents(database) == [(IncidentKind.PAYOUT_STUCK, False)]
    proven(database, pair.tutor)


def test_pauses_grow_and_a_day_without_an_end_is_an_incident(database: Database, pair: Pair) -> None:
    payout = withdraw(database, pair.tutor, 200_000, now=NOW)
    now, pauses = NOW, []
    while now < NOW + timedelta(hours=26):
        (row,) = payouts_of(database, pair.tutor)
        assert row.next_check_at is not None
        pauses.append(row.next_check_at - now)
        now = row.next_check_at
        with database.reading() as session:
            assert payout_progress.due_for_check(session, now) == [payout.id]
            assert payout_progress.due_for_check(session, now - timedelta(seconds=1)) == []
        if len(pauses) % 2:
            record(database, payout.id, Word(PayoutState.PENDING, "pending"), now)
        else:
            with database.transaction() as session:
                payout_progress.postpone(session, payout.id, now)
    assert pauses[1:] == sorted(pauses[1:])
    assert pauses[-1] == timedelta(hours=1)
    assert len(pauses) < 60
    assert incidents(database) == [(IncidentKind.PAYOUT_STUCK, True)]


def test_one_that_arrived_is_looked_at_for_a_week(database: Database, pair: Pair) -> None:
    payout = withdraw(database, pair.tutor, 200_000, now=NOW)
    record(database, payout.id, PAID)
    for day in range(1, 9):
        (row,) = payouts_of(database, pair.tutor)
        assert row.next_check_at == NOW + timedelta(days=day)
        record(database, payout.id, PAID, NOW + timedelta(days=day))
    assert payouts_of(database, pair.tutor)[0].next_check_at is None


def test_the_proof_names_what_is_missing(database: Database, pair: Pair) -> None:
    payout = withdraw(database, pair.tutor, 200_000, now=NOW)
    with database.transaction() as session:
        row = session.get_one(type(payout), payout.id)
        row.state, row.charged_kobo = PayoutState.PAID, 1_000
        session.add(row)
    with database.reading() as session:
        assert ledger_proof.verify(session) == [
            f"Payout {payout.reference} is not booked as it stands (PAID).",
            f"Tutor {pair.tutor.person_id} has 201000 kobo on the way to a bank; the payouts say 0.",
        ]
