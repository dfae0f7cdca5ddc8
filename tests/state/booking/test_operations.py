"""The operations page's ways with stuck money, incidents and packages, without a browser."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.jobs import paying_out
from mentor_ui.models import AuditEntry, BankAccount, IncidentKind, Payment, PayoutState, PurchaseState
from mentor_ui.pages.admin.figures import FiguresState
from mentor_ui.pages.admin.incidents_state import IncidentsState
from mentor_ui.pages.admin.log import LogState
from mentor_ui.pages.admin.mentorship import OperationsState
from mentor_ui.pages.admin.package_refunds import PackageRefundsState
from mentor_ui.pages.admin.refunds import RefundsState
from mentor_ui.pages.admin.stuck_state import StuckState
from mentor_ui.pages.admin.troubled_refunds import TroubledRefundsState
from mentor_ui.pages.admin.verifying import PayoutCodeState, VerifyingState
from mentor_ui.services.incidents import raise_incident
from tests.banking import earn, payouts_of, set_account, withdraw
from tests.booked import cookie_for
from tests.package_deals import bought, purchase_in, refunds_of
from tests.sandbox_process import SandboxProcess
from tests.state.booking.steps import opened_payment
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_person

pytestmark = pytest.mark.anyio

PAGE = "/admin/mentorship"


def deeds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(AuditEntry.action).order_by(AuditEntry.id)))  # pyright: ignore[reportArgumentType]


async def operations(tabs: Tabs, database: Database, path: str = PAGE) -> Tab:
    admin = make_person(database, Role.ADMIN, name="Olu Admin")
    tab = Tab(tabs, "operations", cookie_for(database, admin))
    await tab.open(path)
    return tab


async def test_a_payment_that_is_stuck_is_settled_by_asking_now(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    reference, booking = await opened_payment(tabs, database, pair)
    with database.transaction() as session:
        payment = session.exec(select(Payment).where(Payment.reference == reference)).one()
        payment.created_at -= timedelta(hours=2)
        raise_incident(
            session,
            IncidentKind.UNMATCHED,
            key=f"test-{payment.id}",
            summary="A test.",
            subject_id=payment.id,
            now=datetime.now(UTC),
        )
    sandbox.settle(reference)
    tab = await operations(tabs, database)
    (row,) = (await tab.state(StuckState)).rows
    assert (row.why, row.subject.amount) == ("Payment awaited for more than an hour", "₦5,000")
    (incident,) = (await tab.state(IncidentsState)).rows
    assert incident.subject == row.subject
    assert row.subject.receipt == f"/mentorship/verify-payment?reference={reference}"

    sandbox.fault("paystack.verify", "500_before", times=None)
    await tab.fire(VerifyingState.verify, subject=row.subject.id)
    sandbox.control("DELETE", "faults")
    assert "does not tell just now" in (await tab.state(VerifyingState)).answer
    await tab.fire(VerifyingState.verify, subject=row.subject.id)
    state = await tab.state(VerifyingState)
    assert (state.answered, state.asking) == (row.subject.id, "")
    assert state.answer == "Asked just now: paid, and it bought what it was for."
    assert (await tab.state(StuckState)).rows == []
    assert deeds(database) == ["verify", "verify"]

    await tab.open(row.subject.session.partition("#")[0])
    (shown,) = (await tab.state(OperationsState)).sessions
    assert (shown.id, shown.status, shown.money) == (booking, "Booked", "paid")
    await tab.open(row.subject.payment.partition("#")[0])
    assert [one.reference for one in (await tab.state(RefundsState)).payments] == [reference]
    await tab.open(f"{PAGE}?payment=nobody&session=1")
    assert (await tab.state(RefundsState)).payments == []
    assert (await tab.state(OperationsState)).sessions == []


async def test_a_payout_gets_its_code(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    earn(database, pair)
    set_account(database, pair.tutor)
    made = resources.get_resources()
    recipient = made.payments.create_recipient(
        name="EZE ADA BOLA", account_number="0123456789", bank_code="50211"
    )
    with database.transaction() as session:
        session.exec(select(BankAccount)).one().recipient_code = recipient.code
    sandbox.control("POST", "paystack/transfer-otp", {"enabled": True})
    payout = withdraw(database, pair.tutor, 300_000)
    paying_out.pursue(made, payout.id)
    sandbox.control("POST", "paystack/transfer-otp", {"enabled": False})
    tab = await operations(tabs, database)
    (row,) = (await tab.state(StuckState)).rows
    form = json.loads(row.subject.code)
    assert (row.why, form["payout"], form["otp"]) == ("Payout waits for a code", str(payout.id), "")
    assert form["named"].startswith("₦3,000, ")
    for code, problem in (("", "Type the code"), ("000000", "OTP could not be verified")):
        await tab.fire(PayoutCodeState.confirm, form={**form, "otp": code})
        state = await tab.state(PayoutCodeState)
        assert problem in state.problem
        assert (state.problem_field, state.done, state.busy) == ("otp", 0, False)
    await tab.fire(PayoutCodeState.confirm, form={**form, "otp": " 123456 "})
    state = await tab.state(PayoutCodeState)
    assert (state.problem, state.done) == ("", 1)
    assert payouts_of(database, pair.tutor)[0].state in {PayoutState.PENDING, PayoutState.PAID}
    assert (await tab.state(StuckState)).rows == []
    assert deeds(database) == ["finalize_payout"]
    await tab.fire(PayoutCodeState.confirm, form={"payout": "nonsense", "otp": "123456"})
    assert (await tab.state(PayoutCodeState)).problem == "This payout does not wait for a code."


async def test_the_rest_of_a_package_is_given_back_once_it_was_seen(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair, now=datetime.now(UTC))
    tab = await operations(tabs, database)
    (row,) = (await tab.state(PackageRefundsState)).rows
    assert (row.paid, row.give) == ("₦12,000.01", "Give ₦12,000.01 back")
    await tab.fire(PackageRefundsState.choose, purchase=row.id)
    await tab.fire(PackageRefundsState.give_back, form={"reason": " "})
    state = await tab.state(PackageRefundsState)
    assert (state.problem_field, state.done) == ("reason", 0)
    await tab.fire(PackageRefundsState.give_back, form={"reason": "the tutor is ill."})
    state = await tab.state(PackageRefundsState)
    assert (state.problem, state.done, state.rows[0].give) == ("", 1, "")
    assert purchase_in(database, purchase_id).state == PurchaseState.RETURNED
    (refund,) = refunds_of(database, purchase_id)
    assert (refund.amount_kobo, refund.reason) == (1_200_001, "the tutor is ill.")
    await tab.fire(PackageRefundsState.give_back, form={"reason": "the tutor is ill."})
    assert "ended already" in (await tab.state(PackageRefundsState)).problem
    assert len(refunds_of(database, purchase_id)) == 1
    await tab.fire(LogState.load)
    (deed,) = (await tab.state(LogState)).deeds
    assert "the tutor is ill." in deed.detail


async def test_the_figures_say_when_paystack_is_silent_and_when_it_differs(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    sandbox.fault("paystack.balance", "500_before", times=None)
    tab = await operations(tabs, database)
    sandbox.control("DELETE", "faults")
    state = await tab.state(FiguresState)
    assert (state.loaded, state.balance) == (True, "Unknown")
    assert "does not answer" in state.compared
    sandbox.control("POST", "paystack/balance", {"balance": 12_300})
    await tab.fire(FiguresState.load)
    state = await tab.state(FiguresState)
    assert (state.balance, state.compared) == ("₦123", "₦123 more than the ledger's ₦0")
    sandbox.control("POST", "paystack/balance", {"balance": 0})
    await tab.fire(FiguresState.load)
    assert (await tab.state(FiguresState)).compared == "As the ledger says"
    with database.transaction() as session:
        raise_incident(
            session, IncidentKind.LEDGER, key="ledger-test", summary="A test.", now=datetime.now(UTC)
        )
    await tab.fire(IncidentsState.load)
    (incident,) = (await tab.state(IncidentsState)).rows
    assert (incident.verifiable, incident.subject.id) == (True, "")
    await tab.fire(VerifyingState.verify, subject="")
    assert (await tab.state(VerifyingState)).answer == "Proven anew; see the Money tab."
    assert "all adds up" in (await tab.state(FiguresState)).proof


async def test_what_is_not_there_or_not_the_operators_is_refused(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await operations(tabs, database)
    for subject in ("12", "nonsense"):
        await tab.fire(VerifyingState.verify, subject=subject)
        assert (await tab.state(VerifyingState)).answer == "This is not there any more."
    other = Tab(tabs, "student", cookie_for(database, pair.student))
    await other.open("/")
    await other.fire(VerifyingState.verify, subject="12")
    await other.fire(PayoutCodeState.confirm, form={"otp": "123456"})
    assert (await other.state(VerifyingState)).answer == ""
    assert deeds(database) == []


async def test_what_a_server_was_asking_when_it_ended_can_be_asked_again(
    tabs: Tabs, database: Database
) -> None:
    tab = await operations(tabs, database)
    verifying, codes = await tab.state(VerifyingState), await tab.state(PayoutCodeState)
    refunds = await tab.state(TroubledRefundsState)
    verifying.asking, codes.busy, refunds.busy = "ledger", True, True
    await tab.open(PAGE)
    assert (verifying.asking, codes.busy, refunds.busy) == ("", False, False)
    await tab.fire(VerifyingState.verify, subject="")
    assert (await tab.state(VerifyingState)).answer == "Proven anew; see the Money tab."
