"""One payment that Paystack and the payer tell of several times."""

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.money import show_naira
from mentor_ui.jobs import payment_events
from mentor_ui.models import Payment, PaymentState, ProviderEvent
from mentor_ui.providers import paystack_webhooks
from mentor_ui.providers.paystack_webhooks import PaystackEvent
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.hearing import deliver
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.together import at_once, meeting
from mentor_ui.proving.world import World
from mentor_ui.services import ledger, settlement
from mentor_ui.services.settlement import settle


def _win_always(session: Session, asked: Any, *_: object) -> bool:
    values = {"state": PaymentState.PAID, "paid_kobo": asked.amount_kobo, "paid_currency": "NGN"}
    session.connection().execute(update(Payment).where(col(Payment.id) == asked.id).values(**values))
    return True


def _settling_every_time() -> tuple[Guard, ...]:
    """Return what lets every caller of `settle` book, as if none had come before."""
    post = ledger.post

    def post_anew(*arguments: Any, **named: Any) -> int:
        return post(*arguments, **{**named, "idempotency_key": str(new_id())})

    return (
        (settlement, "CONCLUSIVE", frozenset[PaymentState]()),
        (settlement, "_win", _win_always),
        (settlement, "_outcome", saying(PaymentState.PAID)),
        (ledger, "post", post_anew),
    )


def _books(world: World) -> Seen:
    surplus_kobo = world.promised_kobo() - world.charged_kobo()
    if surplus_kobo:
        return Seen(f"{show_naira(surplus_kobo)} owed to people that nobody paid", loss=True)
    problems, sessions = world.problems(), len(world.paid_sessions())
    if problems or (sessions, world.transactions()) != (1, 1):
        return Seen(" ".join(problems) or f"{sessions} sessions booked", loss=True)
    return Seen("paid once, one session, one ledger transaction", loss=False)


def _asked_together(world: World, count: int) -> Guard:
    gateway = world.tools.payments
    return (gateway, "verify", meeting(gateway.verify, count))


def _paid(world: World) -> str:
    student = world.student()
    reference = world.open(student, world.hold(student))
    world.pay(reference)
    return reference


def _read_as_new(body: bytes) -> PaystackEvent:
    told = _read_event(body)
    return PaystackEvent(told.name, told.domain, told.reference, f"{new_id()}")


_read_event = paystack_webhooks.read_event


def _double_webhook(world: World, guarded: bool) -> Seen:  # noqa: FBT001 - the shape of every play
    reference = _paid(world)
    stored_twice: Guard = (paystack_webhooks, "read_event", _read_as_new)
    guards = () if guarded else (stored_twice, *_settling_every_time())
    with without(*guards):
        deliver(world, reference, times=2)
        with world.tools.database.reading() as session:
            events = list(session.exec(select(ProviderEvent.id)))
        # One that is stored once is worked on twice all the same, as when two processes take it up.
        twice = (events * 2)[:2]
        with without(_asked_together(world, 2)):
            at_once([partial(payment_events.act_on, str(event)) for event in twice])
    return _books(world)


def _settle(world: World, reference: str, now: datetime) -> PaymentState:
    return settle(world.tools.database, world.tools.payments, world.tools.rules, reference, now)


def _webhook_and_return_page(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    reference = _paid(world)
    guards = () if guarded else _settling_every_time()
    with without(_asked_together(world, 2), *guards):
        at_once([partial(_settle, world, reference, world.now)] * 2)
    return _books(world)


SCENARIOS = (
    Scenario(
        "double-webhook",
        "Paystack sends one event twice, both are worked on at once",
        "events are stored once, payments are won once",
        _double_webhook,
    ),
    Scenario(
        "webhook-and-return",
        "Webhook and return page settle at the same moment",
        "compare-and-set on the payment, one ledger key per happening",
        _webhook_and_return_page,
    ),
)
