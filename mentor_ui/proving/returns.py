"""Money that goes back: the button that is pressed twice, and the answer that gets lost."""

from datetime import timedelta
from functools import partial

from sqlmodel import select

from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.jobs import refunding
from mentor_ui.models import Refund, RefundState
from mentor_ui.providers.errors import ProviderError
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.together import at_once
from mentor_ui.proving.waiting import within
from mentor_ui.proving.world import PRICE_KOBO, PUBLIC_URL, World
from mentor_ui.services import changes
from mentor_ui.services.settlement import settle

HALF_KOBO = PRICE_KOBO // 2
ARRIVES_SECONDS = 10


def _bought(world: World) -> tuple[Actor, int]:
    """Let a student buy a session within a day of its start, when half of the price would go back."""
    student = world.student()
    starts_at = world.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=21)
    booking_id = world.hold(student, starts_at)
    reference = world.open(student, booking_id)
    world.pay(reference)
    settle(world.tools.database, world.tools.payments, world.tools.rules, reference, world.now)
    return student, booking_id


def _cancel(world: World, student: Actor, booking_id: int) -> int:
    with world.tools.database.transaction() as session:
        return changes.cancel(
            session,
            student,
            booking_id=booking_id,
            refund_seen_kobo=HALF_KOBO,
            public_url=PUBLIC_URL,
            now=world.now,
        )


def _send_all(world: World) -> None:
    """Send every refund that is owed, as its job and the sweeps do, until each has arrived."""
    with world.tools.database.reading() as session:
        owed = list(session.exec(select(Refund.id)))
    for refund_id in owed:
        for _ in range(2):
            try:
                refunding.ask_for(str(refund_id))
            except ProviderError:
                continue  # the queue would try again, too
            break
        within(ARRIVES_SECONDS, partial(_has_arrived, world, refund_id))


def _has_arrived(world: World, refund_id: int) -> bool:
    refunding.follow(world.tools, refund_id)
    with world.tools.database.reading() as session:
        return session.get_one(Refund, refund_id).state == RefundState.PROCESSED


def _books(world: World) -> Seen:
    returned_kobo, half = world.returned_kobo(), show_naira(HALF_KOBO)
    if returned_kobo != HALF_KOBO:
        return Seen(f"{show_naira(returned_kobo)} sent back where {half} are due", loss=True)
    problems = world.problems()
    return Seen(" ".join(problems) or f"{half} sent back, once", loss=bool(problems))


def _double_click(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    student, booking_id = _bought(world)
    off: tuple[Guard, ...] = ((changes, "move", saying(None)),)
    with without(*(() if guarded else off)):
        at_once([partial(_cancel, world, student, booking_id)] * 2)
    _send_all(world)
    return _books(world)


def _lost_answer(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    student, booking_id = _bought(world)
    _cancel(world, student, booking_id)
    world.fault("paystack.refund", "lost_reply")
    off: tuple[Guard, ...] = ((refunding, "_existing", saying(None)),)
    if guarded:
        _send_all(world)
        return _books(world)
    with without(*off):
        with world.tools.database.reading() as session:
            (refund_id,) = session.exec(select(Refund.id))
        for _ in range(2):
            at_once([partial(refunding.ask_for, str(refund_id))])
    return _books(world)


SCENARIOS = (
    Scenario(
        "refund-double-click",
        "Cancel is pressed twice at once, half of the price is due",
        "a session ends once, by the table of its moves",
        _double_click,
    ),
    Scenario(
        "refund-lost-answer",
        "Paystack's answer to a refund is lost, the job asks again",
        "Paystack's own list is read before every try",
        _lost_answer,
    ),
)
