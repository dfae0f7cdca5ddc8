"""Lives of a server: people at work in several threads, and the jobs beside them, until it is killed.

Started by `many_kills` as `python -m tests.crashes.life`.
"""

import json
import os
import pickle
import random
import signal
import sys
import threading
from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.jobs import runtime
from mentor_ui.jobs.executors import own_name
from mentor_ui.jobs.payment_events import HANDLE_PAYSTACK_EVENT
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.models import Choice, PackagePurchase, Payment, ProviderEvent
from mentor_ui.processes import die_with_parent
from mentor_ui.resources import get_resources
from mentor_ui.services import earnings, refund_progress
from mentor_ui.web.webhooks import _store as store_event
from tests.model.market import Market
from tests.sandbox_process import SandboxProcess

PEOPLE_AT_ONCE = 3
HOURS = 45
"""So many starts everybody chooses from: eighteen days."""

READY, LOG = "ready", "life.log"
"""Names of files: that a life is at work, and what it has to say."""

ESCROW = timedelta(hours=72)
SWEEP_SECONDS = 1.0
LONGEST_TRY = timedelta(seconds=10)
"""How long a refund waits that was being sent when its process was killed."""


def market_of(folder: Path, sandbox: SandboxProcess) -> Market:
    """Return the market whose people and offers an earlier process wrote down."""
    begins_at, offered, students = pickle.loads((folder / "market").read_bytes())  # noqa: S301 - our own
    return Market(get_resources(), sandbox, begins_at, offered, students)


def keep(market: Market, folder: Path) -> None:
    """Write down who is in a market and what is offered there."""
    people = market.begins_at, market.offered, market.students
    (folder / "market").write_bytes(pickle.dumps(people))


def act(market: Market, chance: random.Random) -> None:
    """Let one person do one thing."""
    who, what = chance.randrange(len(market.students)), chance.randrange(len(market.offered))
    when, dice = chance.randrange(HOURS), chance.random()
    booked = market.booked()
    if dice < 0.5 or not booked:
        _buy(market, chance, who, what, when)
    elif dice < 0.75:
        market.cancel(chance.choice(booked), by_tutor=chance.random() < 0.3)
    elif dice < 0.83:
        market.give_back_part(chance.choice(booked), chance.randrange(1, 600_000))
    elif dice < 0.91:
        _withdraw(market, chance)
    elif dice < 0.96:
        market.choose(chance.randrange(1_000), chance.choice(list(Choice)), when)
    else:
        market.use_package(who, when)
        market.return_package(who)


def _buy(market: Market, chance: random.Random, who: int, what: int, when: int) -> None:
    reference = _package(market, who, what) if chance.random() < 0.15 else _session(market, who, what, when)
    if reference is None or chance.random() < 0.1:
        return  # left Paystack's page
    how = "as asked" if chance.random() < 0.85 else chance.choice(["short", "over", "dollars", "refused"])
    market.attempt("pay", lambda: market.pay(reference, how))
    told = chance.random()
    if told < 0.8:
        hear(market, reference)
    if told > 0.6:
        market.hear(reference, "return page")


def _session(market: Market, who: int, what: int, when: int) -> str | None:
    booking_id = market.hold(who, what, when)
    if booking_id is None:
        return None
    market.open_page(who, booking_id, Way.CARD)
    with market.tools.database.reading() as session:
        return session.exec(select(Payment.reference).where(Payment.session_id == booking_id)).first()


def _package(market: Market, who: int, what: int) -> str | None:
    market.buy_package(who, what)
    with market.tools.database.reading() as session:
        return session.exec(
            select(Payment.reference)
            .join(PackagePurchase, PackagePurchase.id == Payment.purchase_id)  # pyright: ignore[reportArgumentType]
            .where(PackagePurchase.student_id == market.students[who].person_id)
            .order_by(Payment.id.desc())  # pyright: ignore[reportAttributeAccessIssue]
        ).first()


def hear(market: Market, reference: str) -> None:
    """Store Paystack's event with its job, as the webhook does."""
    data = {"reference": reference, "domain": "test", "status": "success"}
    body = json.dumps({"event": "charge.success", "data": data}).encode()
    event = ProviderEvent(provider="paystack", dedupe_key=f"{new_id()}", event="charge.success", body=body)
    store_event(market.tools.database, event, HANDLE_PAYSTACK_EVENT)


def _withdraw(market: Market, chance: random.Random) -> None:
    with market.tools.database.transaction() as session:
        # As if those sessions had been held long ago.
        earnings.release_due(session, market.now + timedelta(days=60), wait=ESCROW, limit=5)
    for place in range(len(market.offered)):
        market.withdraw(place, chance.choice([400, 800, 980]))


def _work(market: Market, seed: int) -> None:
    chance = random.Random(seed)
    while True:
        act(market, chance)


def live(folder: Path, sandbox_port: int, how: str) -> None:
    """Live until killed.

    Args:
        folder: Where the market is written down.
        sandbox_port: Where the sandbox listens.
        how: What decides what people do, a number; `idle` lets the jobs work alone.
    """
    runtime.SWEEP_SECONDS = SWEEP_SECONDS
    refund_progress.LONGEST_TRY = LONGEST_TRY
    sandbox = SandboxProcess(
        port=sandbox_port, public_url=f"http://127.0.0.1:{sandbox_port}", command=[], log=folder / LOG
    )
    market = market_of(folder, sandbox)
    with own_name(market.tools.database, "life") as name:
        jobs = JobRuntime(market.tools, name)
        jobs.start()
        if how != "idle":
            for place in range(PEOPLE_AT_ONCE):
                seed = int(how) * PEOPLE_AT_ONCE + place
                threading.Thread(target=_work, args=(market, seed), daemon=True).start()
        (folder / READY).touch()
        signal.pause()


def main() -> None:
    """Begin a life for each line of the input, say its process, wait for its end, and say its status.

    Lives are forked from here, where nothing but modules is loaded, so that each begins within moments.
    """
    folder, sandbox_port = Path(sys.argv[1]), int(sys.argv[2])
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            die_with_parent()
            for stream in (1, 2):
                os.dup2(log, stream)
            live(folder, sandbox_port, line.strip())
            os._exit(0)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
