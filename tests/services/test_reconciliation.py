"""Our payments against Paystack's list, both ways, and the proof of the ledger that is kept every day."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models import Incident, IncidentKind, LedgerAccount, LedgerProof, Payment, PaymentState
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import ledger, ledger_proof, reconciliation
from mentor_ui.services.payments import CHECK_AFTER_SECONDS, DAILY_CHECKS, next_check
from mentor_ui.services.reconciliation import Findings, reconcile
from tests.sandbox_process import SandboxProcess
from tests.services.test_settlement import RULES, settled, start
from tests.world import NOON, make_pair

DAY = timedelta(days=1)


def begun(database: Database, gateway: PaystackClient) -> str:
    """Begin to pay for a session of tomorrow, by the real clock, as the sandbox's transactions have it."""
    now = datetime.now(UTC)
    return start(
        database, gateway, make_pair(database), now, now.replace(minute=0, second=0, microsecond=0) + DAY
    )


def compared(database: Database, gateway: PaystackClient) -> Findings:
    # Lists are asked for by whole seconds.
    now = datetime.now(UTC) + timedelta(seconds=2)
    return reconcile(database, gateway, RULES, now - 2 * DAY, now)


def incidents(session: Session) -> list[tuple[str, str]]:
    return [(one.kind, one.summary) for one in session.exec(select(Incident))]


def test_what_was_missed_is_settled_and_everything_else_matches(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    reference = begun(database, gateway)
    sandbox.settle(reference)
    found = compared(database, gateway)
    assert found.settled == 1
    assert (found.missing, found.apart) == ([], [])
    with database.reading() as session:
        assert session.exec(select(Payment.state)).one() == PaymentState.PAID
    again = compared(database, gateway)
    assert (again.settled, again.missing, again.apart) == (0, [], [])


def test_what_does_not_match_stands_before_the_operators_once(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    other, invented = (begun(database, gateway) for _ in range(2))
    sandbox.settle(other)
    assert settled(database, gateway, other, datetime.now(UTC)) == PaymentState.PAID
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.reference == other)).one()
        payment.paid_kobo = 1
        payment = session.exec(select(Payment).where(Payment.reference == invented)).one()
        payment.state, payment.reference = PaymentState.PAID, f"bk-{new_id()}-1"
        invented = payment.reference
    found = compared(database, gateway)
    assert (found.missing, found.apart) == ([invented], [other])
    for _ in range(2):
        with database.transaction() as session:
            reconciliation.report(session, found, NOON)
    with database.reading() as session:
        assert sorted(incidents(session)) == sorted(
            [
                (IncidentKind.UNMATCHED, f"{invented} is paid here, and Paystack does not list it."),
                (IncidentKind.UNMATCHED, f"{other} is of another amount at Paystack."),
            ]
        )


def test_an_open_payment_is_asked_about_after_two_ten_and_sixty_minutes_and_then_daily() -> None:
    asked, at = [], NOON
    for checks in range(len(CHECK_AFTER_SECONDS) + DAILY_CHECKS):
        later = next_check(checks, at)
        assert later is not None
        at = later
        asked.append(at - NOON)
    assert {timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=60)} <= set(asked)
    assert asked[-1] == timedelta(hours=1) + 7 * DAY
    assert next_check(len(asked), at) is None


def test_the_proof_is_kept_and_a_kobo_out_of_place_raises_an_incident(database: Database) -> None:
    with database.transaction() as session:
        assert ledger_proof.keep(session, ledger_proof.prove(session), NOON).problems == ""
        assert incidents(session) == []
        owner = 7
        lines = (
            ledger.Line(ledger.AccountKind.STUDENT_CREDIT, -1, owner),
            ledger.Line(ledger.AccountKind.CUSTOMER_CLEARING, 1),
        )
        ledger.post(session, lines, idempotency_key="wrong", kind="test", now=NOON)
        ledger_proof.keep(session, ledger_proof.prove(session), NOON + DAY)
        assert session.exec(select(LedgerAccount).where(LedgerAccount.owner_id == owner)).one()
    with database.reading() as session:
        proofs = session.exec(select(LedgerProof).order_by(col(LedgerProof.proven_at))).all()
        assert [one.entries for one in proofs] == [0, 2]
        assert "student_credit of 7 is below zero by 1 kobo" in proofs[1].problems
        assert incidents(session)[0][0] == IncidentKind.LEDGER
