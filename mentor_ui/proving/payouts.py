"""A payout whose answer never comes: was it sent, or not?"""

from datetime import timedelta
from typing import Any

from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.payout_fees import payout_fee_kobo
from mentor_ui.jobs import paying_out
from mentor_ui.models import Payout, PayoutState
from mentor_ui.providers.errors import ProviderError
from mentor_ui.proving.guards import Guard, saying, without
from mentor_ui.proving.seen import Scenario, Seen
from mentor_ui.proving.waiting import within
from mentor_ui.proving.world import PUBLIC_URL, World
from mentor_ui.services import bank_accounts, earnings, payouts
from mentor_ui.services.bank_accounts import NewAccount
from mentor_ui.services.settlement import settle

PAYOUT_KOBO = 200_000
ACCOUNT = ("50211", "Kuda Bank", "0123456789", "EZE ADA BOLA")
TRIES = 2
ARRIVES_SECONDS = 10


def _earn(world: World) -> None:
    """Put the share of a session into the tutor's wallet, as if it had been held and never contested."""
    student, database = world.student(), world.tools.database
    reference = world.open(student, world.hold(student))
    world.pay(reference)
    settle(database, world.tools.payments, world.tools.rules, reference, world.now)
    with database.transaction() as session:
        earnings.release_due(session, world.now + timedelta(days=30), wait=timedelta(days=3))


def _withdraw(world: World) -> int:
    code, bank, number, name = ACCOUNT
    gateway = world.tools.payments
    recipient = gateway.create_recipient(name=name, account_number=number, bank_code=code)
    rules = world.tools.payout_rules
    with world.tools.database.transaction() as session:
        account = NewAccount(code, bank, number, name, recipient.code)
        bank_accounts.replace(session, world.tutor, account, public_url=PUBLIC_URL, now=world.now)
    with world.tools.database.transaction() as session:
        return payouts.request(
            session,
            world.tutor,
            amount_kobo=PAYOUT_KOBO,
            fee_seen_kobo=payout_fee_kobo(PAYOUT_KOBO, rules.charges),
            rules=rules,
            now=world.now,
        ).id


def _state(world: World, payout_id: int) -> str:
    with world.tools.database.reading() as session:
        return session.get_one(Payout, payout_id).state


def _anew_each_time(world: World) -> tuple[Guard, ...]:
    """Return what sends every try under a reference of its own and looks nothing up before."""
    gateway, transfer = world.tools.payments, world.tools.payments.transfer

    def send(*, reference: str, **named: Any) -> Any:
        del reference
        return transfer(reference=f"po-{new_id():020d}", **named)

    return ((gateway, "verify_transfer", saying(None)), (gateway, "transfer", send))


def _lost_answer(world: World, guarded: bool) -> Seen:  # noqa: FBT001
    _earn(world)
    payout_id = _withdraw(world)
    before_kobo = world.tools.payments.balance_kobo()
    world.fault("paystack.transfer", "lost_reply")
    with without(*(() if guarded else _anew_each_time(world))):
        for _ in range(TRIES):
            try:
                paying_out.pursue(world.tools, payout_id)
            except ProviderError:
                continue  # the queue would try again, too

    def arrived() -> bool:
        paying_out.pursue(world.tools, payout_id)
        return _state(world, payout_id) == PayoutState.PAID

    is_paid = guarded and within(ARRIVES_SECONDS, arrived)
    fee_kobo = payout_fee_kobo(PAYOUT_KOBO, world.tools.payout_rules.charges)
    sent = round((before_kobo - world.tools.payments.balance_kobo()) / (PAYOUT_KOBO + fee_kobo))
    if sent != 1:
        return Seen(f"{show_naira(PAYOUT_KOBO)} left the account {sent} times", loss=True)
    problems = world.problems()
    if problems or not is_paid:
        return Seen(" ".join(problems) or "sent, and never seen to arrive", loss=True)
    return Seen(f"{show_naira(PAYOUT_KOBO)} arrived, once", loss=False)


SCENARIOS = (
    Scenario(
        "payout-lost-answer",
        "Paystack's answer to a payout is lost, the job sends again",
        "the same reference until the end is certain, looked up before each try",
        _lost_answer,
    ),
)
