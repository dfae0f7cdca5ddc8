"""A tutor adds a bank account in a browser, withdraws, and sees the money arrive."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Page, expect

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.models import PayoutState
from mentor_ui.services import ledger_proof
from tests.app_process import AppProcess
from tests.banking import earn, payouts_of
from tests.pages.people import PASSWORD, assert_sound, sign_up
from tests.paid import buy
from tests.waiting import within
from tests.world import Pair, make_offering, make_person


@pytest.mark.parametrize("width", [390, 1280])
def test_money_gets_from_the_wallet_to_the_bank_with_the_keyboard_alone(
    page: Page, demo_app: AppProcess, database: Database, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    tutor = sign_up(page, demo_app, database, f"Earns{width}", Role.TUTOR)
    page.goto(f"{demo_app.url}/tutor/wallet")
    expect(page.get_by_text("Nothing has come in yet")).to_be_visible()
    assert_sound(page)
    student = make_person(database, Role.STUDENT, name="Ada Obi")
    pair = Pair(tutor, student, make_offering(database, tutor), 500_000)
    earn(database, pair, sessions=22)
    ahead = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)
    booking_id = buy(database, pair, ahead, now=datetime.now(UTC))

    page.goto(f"{demo_app.url}/tutor/mentorship")
    page.get_by_role("link", name="Wallet").locator("visible=true").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Wallet", exact=True)).to_be_visible()
    main = page.get_by_role("main")
    expect(main.get_by_text("₦77,000", exact=True)).to_be_visible()
    expect(main.get_by_role("button", name="Withdraw")).to_be_disabled()
    assert main.get_by_role("link", name="React Mastery 1:1").first.get_attribute("href") == (
        f"/mentorship/session/{booking_id}"
    )
    assert_sound(page)
    page.get_by_role("button", name="Show older lines").focus()
    page.keyboard.press("Enter")
    expect(main.get_by_text("Balance ₦3,500", exact=True)).to_be_visible()

    add_account(page)
    amount = page.get_by_label("Amount")
    expect(amount).to_have_value("76,950")
    expect(main.get_by_text("The transfer costs ₦50, so ₦77,000 leaves your wallet.")).to_be_visible()
    amount.fill("900")
    expect(main.get_by_text("The least you can withdraw is ₦1,000.")).to_be_visible()
    amount.press("Enter")
    expect(amount).to_have_attribute("aria-invalid", "true")
    expect(amount).to_have_value("900")
    assert_sound(page)
    amount.fill("20,000")
    expect(main.get_by_text("The transfer costs ₦25, so ₦20,025 leaves your wallet.")).to_be_visible()
    control(demo_app, "POST", "paystack/transfer-otp", enabled=True)
    amount.press("Enter")
    expect(page.get_by_text("₦20,000 is on its way to your bank.")).to_be_visible()
    expect(main.get_by_text("₦20,025", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Withdraw")).to_be_disabled()
    # The code is asked for when the sending has begun.
    assert within(60, lambda: payouts_of(database, tutor)[0].state == PayoutState.OTP)
    control(demo_app, "POST", "paystack/transfer-otp", enabled=False)
    (payout,) = payouts_of(database, tutor)

    # Nothing is reloaded: the page hears of it by itself.
    control(demo_app, "POST", f"paystack/transfer/{payout.reference}", status="success")
    expect(main.get_by_text("Sent", exact=True)).to_be_visible()
    expect(main.get_by_text("₦56,975", exact=True)).to_be_visible()
    assert_sound(page)
    control(demo_app, "POST", f"paystack/transfer/{payout.reference}", status="reversed")
    expect(main.get_by_text("Came back", exact=True)).to_be_visible()
    expect(main.get_by_text("₦77,000", exact=True)).to_be_visible()
    assert_sound(page)
    for ending in ("PDF", "CSV"):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download {ending}").click()
        assert download.value.suggested_filename.endswith(f".{ending.lower()}")
    with database.reading() as session:
        assert ledger_proof.verify(session) == []


def add_account(page: Page) -> None:
    page.get_by_role("button", name="Add bank account").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Bank account")
    bank, number = dialog.get_by_label("Bank", exact=True), dialog.get_by_label("Account number")
    expect(bank.get_by_role("option", name="Kuda Bank")).to_be_attached()
    bank.select_option(label="Kuda Bank")
    number.fill("9912345678")
    number.press("Enter")
    expect(dialog.get_by_text("Kuda Bank knows no account with this number.")).to_be_visible()
    expect(number).to_have_value("9912345678")
    assert_sound(page)
    number.fill("0123456789")
    number.press("Enter")
    expect(dialog.get_by_text("The bank says this account belongs to")).to_be_visible()
    password = dialog.get_by_label("Password")
    expect(password).to_be_focused()
    page.keyboard.type("not this one")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("This is not your present password.")).to_be_visible()
    assert_sound(page)
    password.fill(PASSWORD)
    password.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Kuda Bank •••• 6789", exact=True).first).to_be_visible()


def control(app: AppProcess, method: str, path: str, **body: object) -> None:
    """Call the sandbox's control API."""
    reply = httpx.request(method, f"{app.sandbox_url}/control/{path}", json=body, trust_env=False)
    assert reply.is_success, reply.text
