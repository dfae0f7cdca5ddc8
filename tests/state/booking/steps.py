"""What a student does again and again in these tests."""

from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor
from mentor_ui.models import MentorshipSession, Payment
from mentor_ui.pages.mentorship.checkout_state import CheckoutState
from mentor_ui.pages.mentorship.receipt_state import VerifyPayment
from mentor_ui.services.bookings import hold
from mentor_ui.services.settlement import settle
from tests.booked import cookie_for
from tests.state.client import Tab, Tabs
from tests.world import Pair

FREE = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=2)
"""A free time of every tutor made here."""


def change(database: Database, session_id: int, **values: object) -> None:
    with database.transaction() as session:
        row = session.get_one(MentorshipSession, session_id)
        for name, value in values.items():
            setattr(row, name, value)


async def checkout(tabs: Tabs, database: Database, actor: Actor, offering_id: int, name: str = "tab") -> Tab:
    tab = Tab(tabs, name, cookie_for(database, actor))
    await tab.open(f"/mentorship/checkout/{offering_id}")
    return tab


def take(database: Database, actor: Actor, offering_id: int, at: datetime = FREE) -> None:
    with database.transaction() as session:
        hold(
            session,
            actor,
            offering_id=offering_id,
            starts_at=at,
            price_seen_kobo=500_000,
            now=datetime.now(UTC),
        )


def reference_of(database: Database) -> str:
    with database.reading() as session:
        return session.exec(select(Payment.reference).order_by(col(Payment.id).desc())).first() or ""


def pay_up(reference: str) -> None:
    made = resources.get_resources()
    settle(made.database, made.payments, made.rules, reference, datetime.now(UTC))


async def opened_payment(tabs: Tabs, database: Database, pair: Pair) -> tuple[str, str]:
    """Hold a time and open Paystack's page; return the reference and the booking."""
    tab = await checkout(tabs, database, pair.student, pair.offering_id)
    await tab.fire(CheckoutState.choose, start=FREE.isoformat())
    await tab.fire(CheckoutState.pay)
    assert (await tab.state(CheckoutState)).leave_to
    return reference_of(database), (await tab.state(CheckoutState)).held.booking


async def receipt_of(tabs: Tabs, reference: str, cookie: str = "", name: str = "receipt") -> VerifyPayment:
    tab = Tab(tabs, name, cookie)
    await tab.open(f"/mentorship/verify-payment?trxref={reference}&reference={reference}")
    return await tab.state(VerifyPayment)
