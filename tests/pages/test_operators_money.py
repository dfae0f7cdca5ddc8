"""An operator's way with money in a browser: a part given back, a refund tried again, a dispute answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import (
    Dispute,
    DisputeState,
    IncidentKind,
    MentorshipSession,
    Payment,
    PayoutState,
    Refund,
    RefundState,
)
from mentor_ui.services import incidents, refund_progress, refunds
from tests.app_process import AppProcess
from tests.banking import KUDA, earn, payouts_of, set_account, withdraw
from tests.pages.paystack import at_paystack, control
from tests.pages.people import assert_sound, sign_up
from tests.pages.test_operations import sign_in
from tests.paid import buy, refunds_of
from tests.waiting import within
from tests.world import Pair, make_pair

PATIENCE_SECONDS = 90
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def pair(database: Database) -> Pair:
    """A tutor's offering for ₦5,000 and a student."""
    return make_pair(database)


def sold(app: AppProcess, database: Database, pair: Pair) -> tuple[int, Payment]:
    """Sell a session of the day after tomorrow."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    booking_id = buy(database, pair, now + timedelta(days=2), now=now)
    return booking_id, at_paystack(app, database, booking_id)


def open_tab(page: Page, app: AppProcess, tab: str) -> None:
    page.goto(f"{app.url}/admin/mentorship#{tab.lower()}")
    page.get_by_role("tab", name=tab).click()


def test_a_part_goes_back_once_it_was_seen_what_that_means(
    page: Page, demo_app: AppProcess, database: Database, pair: Pair
) -> None:
    booking_id, payment = sold(demo_app, database, pair)
    sign_in(page, demo_app, "admin")
    page.set_viewport_size(PHONE)
    open_tab(page, demo_app, "Money")
    page.get_by_label("Search payments").fill(payment.reference)
    page.get_by_role("tabpanel", name="Money").get_by_role("button", name="Search").click()
    page.get_by_role("button", name=f"Refund {payment.reference}").click()
    dialog = page.get_by_role("dialog", name="Give money back")
    dialog.get_by_label("Amount").fill("6,000")
    dialog.get_by_label("Reason").fill("the sound was bad.")
    dialog.get_by_role("button", name="See what it means").click()
    expect(dialog).to_contain_text("Between ₦0.01 and ₦5,000 can go back.")
    dialog.get_by_label("Amount").fill("1,200")
    dialog.get_by_role("button", name="See what it means").click()
    expect(dialog).to_contain_text("The student gets ₦1,200.")
    expect(dialog).to_contain_text("₦840 of it leave what is kept for the tutor.")
    expect(dialog).to_contain_text("The platform bears ₦360.")
    assert_sound(page)
    dialog.get_by_role("button", name="Give ₦1,200 back").click()
    expect(dialog).to_be_hidden()
    (refund,) = refunds_of(database, booking_id)
    assert refund.amount_kobo == 120_000
    page.get_by_role("tab", name="Log").click()
    expect(page.get_by_role("tabpanel", name="Log")).to_be_visible()
    page.reload()
    expect(page.get_by_role("tabpanel", name="Log")).to_contain_text("₦1,200: the sound was bad.")
    assert_sound(page)


def test_a_failed_refund_is_tried_again(
    page: Page, demo_app: AppProcess, database: Database, pair: Pair
) -> None:
    booking_id, payment = sold(demo_app, database, pair)
    with database.transaction() as session:
        booking = session.get_one(MentorshipSession, booking_id)
        refunds.give_back(
            session, booking, of_price_kobo=100_000, reason="a test.", now=datetime.now(UTC), send=False
        )
        refund = session.exec(select(Refund).where(Refund.payment_id == payment.id)).one()
        refund.state = RefundState.PROCESSING
        session.add(refund)
        session.flush()
        refund_progress.record(
            session, refund.id, state=RefundState.FAILED, provider_refund_id=refund.id, now=datetime.now(UTC)
        )
    sign_in(page, demo_app, "admin")
    open_tab(page, demo_app, "Incidents")
    row = page.locator(".card", has_text=payment.reference).filter(has=page.get_by_role("button", name="Try"))
    row.get_by_role("button", name="Try again").click()
    expect(row).to_have_count(0)
    assert within(
        PATIENCE_SECONDS, lambda: refunds_of(database, booking_id)[0].state == RefundState.PROCESSED
    )


def test_a_payout_gets_its_code_and_an_incident_leads_to_its_payment(
    page: Page, demo_app: AppProcess, database: Database, pair: Pair
) -> None:
    _, payment = sold(demo_app, database, pair)
    tutor = sign_up(page, demo_app, database, "Coded", Role.TUTOR)
    earn(database, replace(pair, tutor=tutor))
    headers = {"authorization": "Bearer sk_test_mentor_demo_key"}
    body = {
        "type": "nuban",
        "name": "EZE ADA BOLA",
        "account_number": "0123456789",
        "bank_code": "50211",
        "currency": "NGN",
    }
    recipient = httpx.post(
        f"{demo_app.sandbox_url}/paystack/transferrecipient", json=body, headers=headers, trust_env=False
    ).json()["data"]["recipient_code"]
    set_account(database, tutor, replace(KUDA, recipient_code=recipient))
    control(demo_app, "paystack/transfer-otp", {"enabled": True})
    try:
        payout = withdraw(database, tutor, 300_000)
        assert within(PATIENCE_SECONDS, lambda: payouts_of(database, tutor)[0].state == PayoutState.OTP), (
            payouts_of(database, tutor)
        )
    finally:
        control(demo_app, "paystack/transfer-otp", {"enabled": False})
    with database.transaction() as session:
        incidents.raise_incident(
            session,
            IncidentKind.UNMATCHED,
            key=f"test-{payment.id}",
            summary=f"{payment.reference}: a test.",
            subject_id=payment.id,
            now=datetime.now(UTC),
        )
    sign_in(page, demo_app, "admin")
    page.set_viewport_size(PHONE)
    open_tab(page, demo_app, "Money")
    page.get_by_role("button", name=f"Enter the code of {payout.reference}").click()
    dialog = page.get_by_role("dialog", name="Confirm a payout")
    dialog.get_by_label("Code").fill("000000")
    dialog.get_by_role("button", name="Confirm the payout").click()
    expect(dialog).to_contain_text("OTP could not be verified")
    assert_sound(page)
    dialog.get_by_label("Code").fill("123456")
    dialog.get_by_role("button", name="Confirm the payout").click()
    expect(dialog).to_be_hidden()
    assert payouts_of(database, tutor)[0].state in {PayoutState.PENDING, PayoutState.PAID}

    page.get_by_role("tab", name="Incidents").click()
    row = page.locator(".card", has_text=f"{payment.reference}: a test.")
    row.get_by_role("button", name="Verify now").click()
    expect(row).to_contain_text("Asked just now: paid, and it bought what it was for.")
    assert_sound(page)
    row.get_by_role("link", name="Payment").click()
    expect(page.get_by_role("tabpanel", name="Money")).to_be_visible()
    expect(page.get_by_label("Search payments")).to_have_value(payment.reference)
    expect(page.get_by_role("button", name=f"Refund {payment.reference}")).to_be_visible()


@pytest.mark.parametrize(("decision", "state"), [("declined", "Won"), ("auto-accepted", "Lost")])
def test_a_dispute_is_contested_and_decided(  # noqa: PLR0917
    page: Page, demo_app: AppProcess, database: Database, pair: Pair, decision: str, state: str
) -> None:
    _, payment = sold(demo_app, database, pair)
    raised = control(demo_app, f"paystack/dispute/{payment.reference}", {})

    def stands() -> str:
        with database.reading() as session:
            found = session.exec(select(Dispute.state).where(Dispute.payment_id == payment.id)).first()
        return found or ""

    assert within(PATIENCE_SECONDS, lambda: stands() == DisputeState.OPEN)
    sign_in(page, demo_app, "admin")
    page.set_viewport_size(PHONE)
    open_tab(page, demo_app, "Incidents")
    panel = page.get_by_role("tabpanel", name="Incidents")
    expect(panel).to_contain_text("Disputed by a bank")
    case = panel.locator(".card", has_text=payment.reference).filter(has_text="What speaks for us")
    case.get_by_text("What speaks for us").click()
    expect(case).to_contain_text("React Mastery 1:1")
    assert_sound(page)
    case.get_by_role("button", name="Contest it").click()
    dialog = page.get_by_role("dialog", name="Contest it?")
    dialog.get_by_label("Your words for the bank").fill("The session is booked and the tutor will hold it.")
    dialog.get_by_role("button", name="Send the answer").click()
    expect(dialog).to_be_hidden()
    assert within(PATIENCE_SECONDS, lambda: stands() == DisputeState.ANSWERED)
    control(demo_app, f"paystack/dispute/{raised['id']}/decide", {"resolution": decision})
    assert within(PATIENCE_SECONDS, lambda: stands() == state.upper())
    page.reload()
    expect(case).to_contain_text(state)
