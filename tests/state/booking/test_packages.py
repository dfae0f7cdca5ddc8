"""Packages on the pages: offering, buying, using and giving back, as the States show them."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import BookingMode, PaymentStatus, SessionStatus
from mentor_ui.gate import Notice
from mentor_ui.models import MentorshipSession, PackagePurchase, PurchaseState
from mentor_ui.pages.mentorship.checkout_state import CheckoutState
from mentor_ui.pages.mentorship.offering_packages import OfferingPackages
from mentor_ui.pages.mentorship.receipt_state import VerifyPayment
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState
from mentor_ui.pages.student.packages_state import StudentPackages
from mentor_ui.pages.tutor.packages_state import PackagesState
from mentor_ui.services import changes, requests
from tests.booked import cookie_for
from tests.package_deals import booking_in, bought, cancel, offer, purchase_in, use
from tests.sandbox_process import SandboxProcess
from tests.services.test_credit import give_credit
from tests.state.booking.steps import FREE, checkout, pay_up, reference_of
from tests.state.client import Tab, Tabs
from tests.world import Pair, make_pair, make_person

pytestmark = pytest.mark.anyio

SCHEDULE = "/tutor/mentorship/schedule"


async def opened(tabs: Tabs, database: Database, actor: Actor | None, path: str, name: str = "tab") -> Tab:
    tab = Tab(tabs, name, cookie_for(database, actor) if actor else "")
    await tab.open(path)
    return tab


def now() -> datetime:
    return datetime.now(UTC)


async def test_a_tutor_offers_changes_and_retires_a_package(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    tab = await opened(tabs, database, pair.tutor, SCHEDULE)
    await tab.fire(PackagesState.open, offering_id=str(pair.offering_id))
    state = await tab.state(PackagesState)
    blank = json.loads(state.blank)
    assert (blank["named"], blank["single"], state.on_sale) == ("React Mastery 1:1", "₦5,000", [])
    await tab.fire(PackagesState.type_sessions, text="3")
    await tab.fire(PackagesState.type_price, text="12,000")
    assert (await tab.state(PackagesState)).preview == (
        "₦4,000 each, and students save ₦3,000. You receive about ₦2,800 of each session after it was held."
    )
    await tab.fire(PackagesState.type_price, text="20,000")
    assert (await tab.state(PackagesState)).preview == ""
    wrong = {**blank, "package_price": "15,000"}
    await tab.fire(PackagesState.save, form=wrong)
    state = await tab.state(PackagesState)
    assert "costs less than that" in state.errors.package_price
    assert state.refill == ""
    await tab.fire(PackagesState.save, form={**wrong, "package_price": "12,000"})
    state = await tab.state(PackagesState)
    (own,) = state.on_sale
    again = json.loads(state.refill)
    assert again.pop("mark") != blank.pop("mark")
    assert again == blank
    assert (own.package.name, own.package.price, own.package.each, own.package.saved) == (
        "3 sessions",
        "₦12,000",
        "₦4,000 each",
        "You save ₦3,000",
    )
    old = json.loads(own.fill)
    assert (old["package"], old["sessions"], old["package_price"], old["valid_days"]) == (
        own.package.id,
        "3",
        "12,000",
        "180",
    )
    await tab.fire(PackagesState.save, form={**old, "package_price": "13000"})
    (changed,) = (await tab.state(PackagesState)).on_sale
    assert (changed.package.price, changed.package.id != own.package.id) == ("₦13,000", True)
    await tab.fire(PackagesState.save, form=old)
    assert "not on sale" in (await tab.state(PackagesState)).errors.whole
    await tab.fire(PackagesState.retire, package_id="nonsense")
    assert (await tab.state(PackagesState)).errors.whole
    await tab.fire(PackagesState.retire, package_id=changed.package.id)
    assert (await tab.state(PackagesState)).on_sale == []


async def test_nobody_looks_into_the_packages_of_another_tutors_offering(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    offer(database, pair, now=now())
    tab = await opened(tabs, database, make_person(database, Role.TUTOR), SCHEDULE)
    await tab.fire(PackagesState.open, offering_id=str(pair.offering_id))
    state = await tab.state(PackagesState)
    assert (state.on_sale, state.blank) == ([], "")
    assert state.errors.whole
    await tab.fire(PackagesState.save, form={"offering": str(pair.offering_id), "sessions": "3"})
    assert "Only the tutor who made" in (await tab.state(PackagesState)).errors.whole


async def test_a_tutor_sees_which_sessions_are_still_owed(tabs: Tabs, database: Database, pair: Pair) -> None:
    purchase_id = bought(database, pair, offer(database, pair, price="12000", now=now()), now=now())
    use(database, pair, purchase_id, FREE, now())
    tab = await opened(tabs, database, pair.tutor, SCHEDULE)
    state = await tab.state(PackagesState)
    (row,) = state.sold
    assert (row.student, row.left, row.owed, state.owed) == (
        "Ada Obi",
        "2 of 3 to schedule",
        "₦8,000",
        "₦8,000",
    )


async def test_a_visitor_sees_packages_and_signs_in_to_buy(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    offer(database, pair, price="12000", now=now())
    tab = await opened(tabs, database, None, f"/mentorship/offering/{pair.offering_id}")
    state = await tab.state(OfferingPackages)
    (choice,) = state.choices
    assert (choice.package.price, state.signed_in, state.own) == ("₦12,000", False, "")
    await tab.fire(OfferingPackages.buy, form=json.loads(choice.fill))
    assert tab.redirects
    assert (await tab.state(OfferingPackages)).leave_to == ""


async def test_a_student_buys_a_package_and_the_receipt_says_so(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    offer(database, pair, price="12000", now=now())
    path = f"/mentorship/offering/{pair.offering_id}"
    tab = await opened(tabs, database, pair.student, path)
    (choice,) = (await tab.state(OfferingPackages)).choices
    form = json.loads(choice.fill)
    await tab.fire(OfferingPackages.buy, form={**form, "price_kobo": "1"})
    assert "The price is ₦12,000 now" in (await tab.state(OfferingPackages)).problem
    await tab.fire(OfferingPackages.buy, form={**form, "way": "transfer"})
    assert "/paystack/checkout/" in (await tab.state(OfferingPackages)).leave_to
    reference = reference_of(database)
    receipt = await opened(
        tabs, database, pair.student, f"/mentorship/verify-payment?reference={reference}", "receipt"
    )
    shown = (await receipt.state(VerifyPayment)).receipt
    assert (shown.state, shown.open, shown.session) == ("waiting", True, "3 sessions of React Mastery 1:1")
    sandbox.settle(reference)
    pay_up(reference)
    await receipt.fire(VerifyPayment.load)
    shown = (await receipt.state(VerifyPayment)).receipt
    assert (shown.state, shown.title, shown.amount) == ("bought", "Your package is ready", "₦12,000")
    assert shown.again == f"/mentorship/checkout/{pair.offering_id}"
    await tab.open(path)
    assert (await tab.state(OfferingPackages)).own.startswith("3 of 3 left, until ")


async def test_credit_pays_for_a_package_where_it_covers_it(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    offer(database, pair, price="12000", now=now())
    give_credit(database, pair.student, 1_300_000)
    tab = await opened(tabs, database, pair.student, f"/mentorship/offering/{pair.offering_id}")
    await tab.fire(OfferingPackages.buy_with_credit)
    state = await tab.state(OfferingPackages)
    assert (state.credit, state.credit_pays, tab.redirects) == ("₦13,000", False, [])
    await tab.fire(OfferingPackages.look_at, package_id=state.choices[0].package.id)
    assert (await tab.state(OfferingPackages)).credit_pays
    await tab.fire(OfferingPackages.buy_with_credit)
    await tab.fire(OfferingPackages.buy_with_credit)
    reference = reference_of(database)
    assert tab.redirects == [f"/mentorship/verify-payment?reference={reference}"]
    receipt = await opened(tabs, database, pair.student, tab.redirects[0], "receipt")
    shown = (await receipt.state(VerifyPayment)).receipt
    assert (shown.state, shown.amount, shown.amount_label) == ("bought", "₦12,000", "Paid with credit")
    await tab.open(f"/mentorship/offering/{pair.offering_id}")
    state = await tab.state(OfferingPackages)
    await tab.fire(OfferingPackages.look_at, package_id=state.choices[0].package.id)
    state = await tab.state(OfferingPackages)
    assert (state.credit, state.credit_pays) == ("₦1,000", False)
    mine = await opened(tabs, database, pair.student, "/student/mentorship", "mine")
    (row,) = (await mine.state(StudentPackages)).rows
    form = json.loads(row.fill)
    assert form["consequence"] == "You get ₦12,000 back as credit, for the 3 unused sessions."
    await mine.fire(StudentPackages.give_back, form=form)
    assert (await mine.state(Notice)).text == "₦12,000 is your credit again."
    await receipt.fire(VerifyPayment.load)
    assert (await receipt.state(VerifyPayment)).receipt.title == "Your money is your credit again"


async def test_a_declined_package_can_be_tried_again(
    tabs: Tabs, database: Database, pair: Pair, sandbox: SandboxProcess
) -> None:
    offer(database, pair, price="12000", now=now())
    tab = await opened(tabs, database, pair.student, f"/mentorship/offering/{pair.offering_id}")
    (choice,) = (await tab.state(OfferingPackages)).choices
    await tab.fire(OfferingPackages.buy, form=json.loads(choice.fill))
    reference = reference_of(database)
    sandbox.settle(reference, status="failed")
    pay_up(reference)
    receipt = await opened(tabs, database, None, f"/mentorship/verify-payment?reference={reference}", "r")
    shown = (await receipt.state(VerifyPayment)).receipt
    assert (shown.state, shown.title) == ("unbought", "The payment did not go through")
    assert shown.again == f"/mentorship/offering/{pair.offering_id}"


async def test_the_checkout_offers_the_package_first(tabs: Tabs, database: Database, pair: Pair) -> None:
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    assert (await tab.state(CheckoutState)).offers.words == ""
    package = offer(database, pair, price="12000", now=now())
    await tab.open(tab.path)
    assert (await tab.state(CheckoutState)).offers.words == "3 sessions for ₦12,000 (₦4,000 each)"
    purchase_id = bought(database, pair, package, now=now())
    await tab.open(tab.path)
    state = await tab.state(CheckoutState)
    assert (state.package.left, state.package.after, state.offers.words) == ("3 of 3 left", "2 of 3 left", "")
    await tab.fire(CheckoutState.book_with_package)
    assert tab.redirects == []
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    held = (await tab.state(CheckoutState)).held
    await tab.fire(CheckoutState.take_singly, singly=True)
    state = await tab.state(CheckoutState)
    assert (state.singly, state.held) == (True, held)
    await tab.fire(CheckoutState.book_with_package)
    assert tab.redirects == []
    await tab.fire(CheckoutState.take_singly, singly=False)
    await tab.fire(CheckoutState.book_with_package)
    assert tab.redirects == [f"/mentorship/session/{held.booking}"]
    booking = booking_in(database, int(held.booking))
    assert (booking.status, booking.price_kobo) == (SessionStatus.SCHEDULED, 400_000)
    assert purchase_in(database, purchase_id).used == 1


async def test_a_package_that_ended_meanwhile_is_said_beside_the_button(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair, now=now())
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    with database.transaction() as session:
        session.get_one(PackagePurchase, purchase_id).state = PurchaseState.RETURNED
    await tab.fire(CheckoutState.book_with_package)
    state = await tab.state(CheckoutState)
    assert (state.pay_problem_code, state.package.purchase) == ("package_spent", "")
    assert state.held.booking


async def test_a_time_held_for_another_length_is_given_back(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    bought(database, pair, now=now())
    with database.transaction() as session:
        session.get_one(MentorshipSession, pair.offering_id).duration = 120
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    assert (await tab.state(CheckoutState)).offered.duration == "60 min"
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    assert (await tab.state(CheckoutState)).held.booking
    await tab.fire(CheckoutState.take_singly, singly=True)
    state = await tab.state(CheckoutState)
    assert (state.held.booking, state.offered.duration) == ("", "120 min")


async def test_a_time_is_asked_for_with_a_package(tabs: Tabs, database: Database) -> None:
    pair = make_pair(database, mode=BookingMode.REQUEST)
    purchase_id = bought(database, pair, now=now())
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    far = FREE + timedelta(days=3)
    await tab.fire(CheckoutState.choose, start=far.isoformat())
    await tab.fire(CheckoutState.ask, form={"message": "Hooks."})
    asked = (await tab.state(CheckoutState)).asked
    with database.transaction() as session:
        until = requests.approve(
            session,
            pair.tutor,
            booking_id=int(asked.booking),
            now=now(),
            public_url="http://localhost:3000",
        )
    assert until is None
    assert purchase_in(database, purchase_id).used == 1


async def test_the_dashboard_shows_what_is_left_and_gives_it_back(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair, offer(database, pair, price="12000", now=now()), now=now())
    use(database, pair, purchase_id, FREE, now())
    tab = await opened(tabs, database, pair.student, "/student/mentorship")
    (row,) = (await tab.state(StudentPackages)).rows
    assert (row.left, row.page) == ("2 of 3 left", f"/mentorship/checkout/{pair.offering_id}")
    form = json.loads(row.fill)
    assert form["consequence"] == "You get ₦8,000 back the way it came, for the 2 unused sessions."
    await tab.fire(StudentPackages.give_back, form={**form, "refund_kobo": "900000"})
    assert "Meanwhile it is ₦8,000" in (await tab.state(StudentPackages)).problem
    await tab.fire(StudentPackages.forget_problem)
    await tab.fire(StudentPackages.give_back, form={"purchase": "no", "refund_kobo": "1"})
    await tab.fire(StudentPackages.give_back, form=form)
    state = await tab.state(StudentPackages)
    assert (state.rows, state.done, state.problem) == ([], 1, "")
    assert purchase_in(database, purchase_id).state == PurchaseState.RETURNED


async def test_cancelling_says_what_it_means_for_the_package(
    tabs: Tabs, database: Database, pair: Pair
) -> None:
    purchase_id = bought(database, pair, offer(database, pair, price="12000", now=now()), now=now())
    first, second = (use(database, pair, purchase_id, FREE + timedelta(days=day), now()) for day in (0, 1))
    tab = await opened(tabs, database, pair.student, f"/mentorship/session/{first}")
    await tab.fire(SessionChangesState.look_at_cancelling)
    back, until = (await tab.state(SessionChangesState)).consequence
    assert back == "The session is back in your package, and you can choose another time for it."
    assert until.endswith("later the session counts as used.")
    tutor = await opened(tabs, database, pair.tutor, f"/mentorship/session/{first}", "tutor")
    await tutor.fire(SessionChangesState.look_at_cancelling)
    assert "back in the package of Ada Obi" in (await tutor.state(SessionChangesState)).consequence[0]
    await tab.fire(SessionChangesState.cancel, form={"reason": ""})
    assert booking_in(database, first).payment_status == PaymentStatus.CREDIT_BACK
    soon = now() + timedelta(minutes=30)
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, second)
        row.starts_at, row.ends_at = soon, soon + timedelta(hours=1)
    late = await opened(tabs, database, pair.student, f"/mentorship/session/{second}", "late")
    await late.fire(SessionChangesState.look_at_cancelling)
    assert (await late.state(SessionChangesState)).consequence == (
        "It is too late to have it back: the session (₦4,000 of your package) counts as used.",
    )
    assert cancel(database, pair, second, now=now()) == 0
    with database.reading() as session:
        terms = changes.cancel_preview(session, pair.student, booking_id=second, now=now())
    assert terms.refusal
