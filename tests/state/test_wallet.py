"""The wallet as its States fill it, without a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.free_weeks import local_date
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import Notice
from mentor_ui.jobs import bank_connecting
from mentor_ui.models import PayoutState, Person
from mentor_ui.pages.tutor.bank_account_state import BankAccountState
from mentor_ui.pages.tutor.wallet_state import WalletState
from mentor_ui.services import bank_accounts, payout_progress
from mentor_ui.services.passwords import hash_password
from mentor_ui.services.payout_progress import Word
from tests.application import settings_for
from tests.banking import PUBLIC_URL, earn, payouts_of, set_account
from tests.booked import cookie_for
from tests.sandbox_process import SandboxProcess
from tests.services.conftest import sandbox
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_pair, make_person

__all__ = ["sandbox"]

pytestmark = pytest.mark.anyio

PAGE = "/tutor/wallet"
PASSWORD = "correct horse battery"
KUDA = "50211"
ACCOUNT = {"bank": KUDA, "account_number": "0123456789"}


@pytest.fixture(autouse=True)
def settings(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, sandbox: SandboxProcess
) -> Iterator[None]:
    monkeypatch.setattr(resources, "_made", {})
    bank_connecting._limit.cache_clear()
    sandbox.reset()
    with settings_for(sqlite_database, monkeypatch, sandbox_port=str(sandbox.port)):
        yield
        resources.get_resources().payments.close()
        sandbox.reset()


@pytest.fixture
def pair(sqlite_database: Database) -> Pair:
    made = make_pair(sqlite_database)
    earn(sqlite_database, made, sessions=25)
    with sqlite_database.transaction() as session:
        session.get_one(Person, made.tutor.person_id).password_hash = hash_password(PASSWORD)
    return made


async def opened(tabs: Tabs, database: Database, actor: Actor, name: str = "wallet") -> Tab:
    tab = Tab(tabs, name, cookie_for(database, actor))
    await tab.open(PAGE)
    return tab


async def told(tab: Tab) -> str:
    return (await tab.state(Notice)).text


async def test_the_whole_wallet_is_shown_page_by_page(
    tabs: Tabs, sqlite_database: Database, pair: Pair
) -> None:
    tab = await opened(tabs, sqlite_database, pair.tutor)
    state = await tab.state(WalletState)
    assert (state.figures.available, state.figures.pending) == ("₦87,500", "₦0")
    assert "bank account" in state.figures.hindrance
    assert len(state.lines) == 20
    assert state.lines[0].balance == "₦87,500"
    assert state.after
    await tab.fire(WalletState.show_more)
    state = await tab.state(WalletState)
    assert (len(state.lines), state.after, state.lines[-1].balance) == (25, "", "₦3,500")
    assert state.month == f"{local_date(datetime.now(UTC), pair.tutor.timezone):%Y-%m}"
    for month in ("1999-01", "../../x"):
        await tab.fire(WalletState.choose_month, month=month)
        assert (await tab.state(WalletState)).month == state.month


async def test_an_account_is_looked_up_and_saved(tabs: Tabs, sqlite_database: Database, pair: Pair) -> None:
    tab = await opened(tabs, sqlite_database, pair.tutor)
    await tab.fire(BankAccountState.begin)
    assert KUDA in {one.value for one in (await tab.state(BankAccountState)).banks}
    for form, field in (
        ({}, "bank"),
        ({"bank": ["x"]}, "bank"),
        ({**ACCOUNT, "account_number": "12"}, "account_number"),
        ({**ACCOUNT, "account_number": "9900000000"}, "account_number"),
    ):
        await tab.fire(BankAccountState.look_up, form=form)
        state = await tab.state(BankAccountState)
        assert getattr(state.errors, field)
        assert state.found.holder == ""
    # Nothing was found yet, so there is nothing to save.
    await tab.fire(BankAccountState.save, form={"password": PASSWORD})
    await tab.fire(BankAccountState.look_up, form=ACCOUNT)
    assert (await tab.state(BankAccountState)).found.holder
    for wrong in ({}, {"password": "guess"}, {"password": 1}):
        await tab.fire(BankAccountState.save, form=wrong)
        state = await tab.state(BankAccountState)
        assert state.errors.password
        assert state.found.holder
    with sqlite_database.reading() as session:
        assert bank_accounts.current(session, pair.tutor.person_id) is None
    await tab.fire(BankAccountState.save, form={"password": PASSWORD})
    assert (await tab.state(BankAccountState)).saved == 1
    state = await tab.state(WalletState)
    assert (state.account.bank, state.account.number) == ("Kuda Bank", "•••• 6789")
    assert state.figures.hindrance == ""
    assert (state.figures.most, state.quote.fee) == ("87,450", "₦50")
    assert not tab.was_sent(PASSWORD)


async def test_an_outage_of_the_banks_is_told_as_one(
    tabs: Tabs, sqlite_database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    bank_connecting._listed.clear()
    tab = await opened(tabs, sqlite_database, pair.tutor)
    sandbox.fault("paystack.banks", "500_before", times=None)
    await tab.fire(BankAccountState.begin)
    assert "list of banks" in (await tab.state(BankAccountState)).errors.whole
    sandbox.control("DELETE", "faults")
    await tab.fire(BankAccountState.begin)
    sandbox.fault("paystack.resolve", "429", times=None)
    await tab.fire(BankAccountState.look_up, form=ACCOUNT)
    errors = (await tab.state(BankAccountState)).errors
    assert "may well be right" in errors.whole
    assert errors.account_number == ""


async def test_money_leaves_at_the_fee_that_was_shown_and_once(
    tabs: Tabs, sqlite_database: Database, pair: Pair
) -> None:
    set_account(sqlite_database, pair.tutor)
    tab = await opened(tabs, sqlite_database, pair.tutor)
    other = await opened(tabs, sqlite_database, pair.tutor, "second")
    # Sent off before the fee could be shown.
    await tab.fire(WalletState.withdraw, form={"amount": "5,000"})
    state = await tab.state(WalletState)
    assert "fee" in state.amount_error
    assert (state.quote.fee, state.quote.total) == ("₦10", "₦5,010")
    assert payouts_of(sqlite_database, pair.tutor) == []
    for _ in range(2):
        await tab.fire(WalletState.withdraw, form={"amount": "5,000"})
    (payout,) = payouts_of(sqlite_database, pair.tutor)
    assert (payout.amount_kobo, payout.fee_kobo) == (500_000, 1_000)
    state = await tab.state(WalletState)
    assert state.figures.in_flight == "₦5,010"
    assert "on its way" in state.figures.hindrance
    assert "₦5,000 is on its way" in await told(tab)
    # The other tab still shows the form.
    await other.fire(WalletState.weigh, typed="7000")
    await other.fire(WalletState.withdraw, form={"amount": "7000"})
    assert "already" in await told(other)
    assert len(payouts_of(sqlite_database, pair.tutor)) == 1
    with sqlite_database.transaction() as session:
        said = Word(PayoutState.FAILED, "failed", reason="Account is closed.")
        payout_progress.record(session, payout.id, said, public_url=PUBLIC_URL, now=datetime.now(UTC))
    await tab.open(PAGE)
    state = await tab.state(WalletState)
    assert state.payouts[0].state == "Did not go through"
    assert "The reason given: Account is closed." in state.payouts[0].note
    assert state.figures.available == "₦87,500"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "as a number"),
        ("a lot", "as a number"),
        ("0", "as a number"),
        ("-5", "as a number"),
        ("1e999", "as a number"),
        ("999.99", "The least you can withdraw is ₦1,000"),
        ("87,450.01", "₦87,450 at most"),
    ],
)
async def test_what_is_wrong_with_an_amount_is_said_beside_it(
    tabs: Tabs, sqlite_database: Database, pair: Pair, typed: str, words: str
) -> None:
    set_account(sqlite_database, pair.tutor)
    tab = await opened(tabs, sqlite_database, pair.tutor)
    version = (await tab.state(WalletState)).form_version
    await tab.fire(WalletState.weigh, typed=typed)
    await tab.fire(WalletState.withdraw, form={"amount": typed})
    state = await tab.state(WalletState)
    assert words in state.amount_error
    # What was typed stays.
    assert state.form_version == version
    assert payouts_of(sqlite_database, pair.tutor) == []


async def test_students_are_shown_a_closed_door(tabs: Tabs, sqlite_database: Database) -> None:
    student = make_person(sqlite_database, Role.STUDENT)
    tab = await opened(tabs, sqlite_database, student)
    for fire in (
        tab.fire(WalletState.withdraw, form={"amount": "5000"}),
        tab.fire(BankAccountState.begin),
        tab.fire(BankAccountState.look_up, form=ACCOUNT),
        tab.fire(BankAccountState.save, form={"password": PASSWORD}),
    ):
        await fire
    assert not (await tab.state(WalletState)).ready
    assert (await tab.state(BankAccountState)).saved == 0
