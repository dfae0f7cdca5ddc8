"""One hour and several payers: the race for a time, and money that comes after the time is gone."""

from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AccountKind, MentorshipSession, PaymentState
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.together import at_once
from mentor_ui.proving.world import PRICE_KOBO, World
from mentor_ui.services import bookings, claims, ledger, sales
from mentor_ui.services.settlement import settle

STUDENTS = 8


def _sold_twice(world: World) -> Seen | None:
    hours = [session.starts_at for session in world.paid_sessions()]
    surplus = len(hours) - len(set(hours))
    if not surplus:
        return None
    lost = show_naira(surplus * PRICE_KOBO)
    return Seen(f"one hour sold {surplus + 1} times, {lost} for sessions that cannot be held", loss=True)


def _take_and_pay(world: World, student: Actor) -> PaymentState:
    reference = world.open(student, world.hold(student))
    world.pay(reference)
    return settle(world.tools.database, world.tools.payments, world.tools.rules, reference, world.now)


def _race(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    off: tuple[Guard, ...] = ((claims, "claim", saying(None)), (bookings, "check_time", saying(None)))
    with without(*(() if guarded else off)):
        ended = at_once([partial(_take_and_pay, world, world.student()) for _ in range(STUDENTS)])
    paid = sum(not isinstance(one, Exception) for one in ended)
    charged_kobo = world.charged_kobo()
    if charged_kobo != PRICE_KOBO or world.problems():
        return _sold_twice(world) or Seen(f"{show_naira(charged_kobo)} taken for {paid} sessions", loss=True)
    return Seen(f"1 booked, {STUDENTS - paid} refused before they paid", loss=False)


def _give_time_blindly(session: Session, booking: MentorshipSession, _now: datetime) -> bool:
    booking.status, booking.payment_status = SessionStatus.SCHEDULED, PaymentStatus.PAID
    session.add(booking)
    session.flush()
    return True


def _late(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    database, gateway, rules = world.tools.database, world.tools.payments, world.tools.rules
    slow, quick = world.student(), world.student()
    late = world.open(slow, world.hold(slow))
    later = world.now + timedelta(hours=1)
    in_time = world.open(quick, world.hold(quick, now=later), now=later)
    world.pay(in_time)
    settle(database, gateway, rules, in_time, later)
    world.pay(late)
    off: tuple[Guard, ...] = ((sales, "give_time", _give_time_blindly),)
    with without(*(() if guarded else off)):
        settle(database, gateway, rules, late, later)
    if twice := _sold_twice(world):
        return twice
    with database.reading() as session:
        owed_kobo = ledger.balance_kobo(session, AccountKind.REFUNDS, slow.person_id)
    if owed_kobo != PRICE_KOBO or world.problems():
        return Seen(f"{show_naira(PRICE_KOBO - owed_kobo)} of the late payer's are owed to nobody", loss=True)
    return Seen(f"the hour is sold once, {show_naira(owed_kobo)} are owed to the late payer", loss=False)


SCENARIOS = (
    Scenario(
        "slot-race",
        f"{STUDENTS} students take the same hour at the same moment and pay",
        "one row per person and quarter of an hour",
        _race,
    ),
    Scenario(
        "late-money",
        "Money comes after the hold has ended and the hour is somebody else's",
        "the hour is taken again or the money is owed back",
        _late,
    ),
)
