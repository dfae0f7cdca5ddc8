"""A payment of another amount, or in another currency, than was asked for."""

from mentor_ui.domain.money import show_money, show_naira
from mentor_ui.models import PaymentState
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.world import PRICE_KOBO, World
from mentor_ui.services import payments
from mentor_ui.services.settlement import settle


def _play(world: World, kobo: int, currency: str, *, guarded: bool) -> Seen:
    student = world.student()
    reference = world.open(student, world.hold(student))
    world.pay(reference, amount=kobo, currency=currency)
    off: tuple[Guard, ...] = ((payments, "is_as_asked", saying(True)),)
    with without(*(() if guarded else off)):
        settle(world.tools.database, world.tools.payments, world.tools.rules, reference, world.now)
    paid = show_money(kobo, currency)
    given = len(world.paid_sessions())
    if given:
        return Seen(f"a session of {show_naira(PRICE_KOBO)} given for {paid}", loss=True)
    if world.payment(reference).state != PaymentState.MISMATCH or world.problems():
        return Seen(f"{paid} have no outcome", loss=True)
    return Seen(f"nothing given, {paid} owed back to the payer, an operator is told", loss=False)


def _one_naira(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    return _play(world, 100, "NGN", guarded=guarded)


def _dollars(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    return _play(world, 500, "USD", guarded=guarded)


SCENARIOS = (
    Scenario("wrong-amount", "₦1 is paid for a session of ₦5,000", "amount compared", _one_naira),
    Scenario("wrong-currency", "$5 is paid for a session of ₦5,000", "currency compared", _dollars),
)
