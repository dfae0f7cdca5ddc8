"""The server is killed again and again while people book, pay, cancel and withdraw.

Nothing is lost and nothing happens twice.

`python -m tests.crashes.many_kills --kills 200 --database sqlite` (or `postgresql`); the suite plays fewer.
"""

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import col, func, select, update

from mentor_ui import resources
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import (
    LedgerTransaction,
    MentorshipSession,
    OutgoingMessage,
    Payment,
    PaymentState,
    Payout,
    PayoutState,
    Refund,
    RefundState,
)
from mentor_ui.settings import PROJECT_FOLDER, Settings, get_settings
from tests.crashes.life import LOG, READY, keep
from tests.databases import PostgresqlDatabases, SqliteDatabases, quick_folder
from tests.model import books
from tests.model.market import Market
from tests.sandbox_process import SandboxProcess, start_sandbox
from tests.world import make_person

STUDENTS = 12
START_SECONDS = 60
LIFE_SECONDS = 2.0
STUCK_SECONDS = 120
"""After so long without a change nothing is expected any more."""

FAULTS = (
    ("paystack.refund", "lost_reply", 0.2),
    ("paystack.transfer", "lost_reply", 0.2),
    ("paystack.verify", "500_before", 0.1),
    ("zoom.meetings.create", "500_after", 0.2),
    ("mail.send", "lost_reply", 0.2),
)
UNFINISHED_PAYOUTS = (PayoutState.REQUESTED, PayoutState.PENDING, PayoutState.OTP, PayoutState.UNKNOWN)
Report = Callable[[str], None]


@dataclass(frozen=True)
class Result:
    """What the kills left behind, once all work was done."""

    kills: int
    seconds: float
    payments: Counter[str]
    sessions: int
    refunds: int
    payouts: Counter[str]
    mails: int
    meetings: int


@contextmanager
def _settings(url: str, folder: Path, sandbox: SandboxProcess) -> Iterator[dict[str, str]]:
    kept = dict(os.environ)
    own = {name: value for name, value in kept.items() if name.lower() not in Settings.model_fields}
    own |= {
        "DATABASE_URL": url,
        "MENTOR_HOME": str(folder),
        "PUBLIC_URL": "http://localhost:3000",
        "SANDBOX_PORT": str(sandbox.port),
    }
    os.environ.clear()
    os.environ.update(own)
    get_settings.cache_clear()
    made, resources._made = resources._made, {}
    try:
        yield own
    finally:
        for tools in resources._made.values():
            for client in (tools.payments, tools.meetings, tools.mailer, tools.calendars):
                client.close()
            tools.database.dispose()
        resources._made = made
        os.environ.clear()
        os.environ.update(kept)
        get_settings.cache_clear()


class Lives:
    """Begins one life after the other, see `life`."""

    def __init__(self, folder: Path, sandbox: SandboxProcess, env: dict[str, str]) -> None:
        self._folder = folder
        with (folder / LOG).open("ab") as log:
            self._mother = subprocess.Popen(
                [sys.executable, "-m", "tests.crashes.life", str(folder), str(sandbox.port)],
                cwd=PROJECT_FOLDER,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._process = 0

    def begin(self, how: str) -> None:
        """Begin a life."""
        (self._folder / READY).unlink(missing_ok=True)
        assert self._mother.stdin is not None
        assert self._mother.stdout is not None
        self._mother.stdin.write(f"{how}\n")
        self._mother.stdin.flush()
        self._process = int(self._mother.stdout.readline())

    def await_ready(self) -> float:
        """Wait until people are at work, and return how many seconds that took.

        Raises:
            RuntimeError: It did not come so far.
        """
        began = time.monotonic()
        deadline = began + START_SECONDS
        while not (self._folder / READY).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"a life did not begin:\n{(self._folder / LOG).read_text()[-3_000:]}")
            time.sleep(0.01)
        return time.monotonic() - began

    def kill(self) -> None:
        """End it as a power cut does."""
        os.kill(self._process, signal.SIGKILL)
        assert self._mother.stdout is not None
        ended = int(self._mother.stdout.readline())
        if ended != -signal.SIGKILL:
            raise RuntimeError(f"a life ended by itself:\n{(self._folder / LOG).read_text()[-3_000:]}")

    def close(self) -> None:
        """Begin no more."""
        with self._mother:
            self._mother.kill()


def run(
    kills: int, url: str, folder: Path, *, seed: int = 20261122, report: Report = lambda _: None
) -> Result:
    """Kill `kills` lives at random moments, let a last one finish all work, and prove what is left.

    Args:
        kills: How many.
        url: Of an empty, migrated database.
        folder: For logs and the sandbox.
        seed: Of the moments, and of what people do.
        report: Told how it goes.

    Raises:
        AssertionError: Something was lost, or happened twice.
    """
    chance, started = random.Random(seed), time.monotonic()
    options = ("--no-limits", "--refund-seconds", "0.1", "--payout-seconds", "0.1")
    with start_sandbox(folder, options=options) as sandbox, _settings(url, folder, sandbox) as env:
        tools = resources.get_resources()
        market = Market(tools, sandbox, datetime.now(UTC).replace(minute=0, second=0, microsecond=0))
        market.open_doors()
        market.students = [make_person(tools.database, Role.STUDENT) for _ in range(STUDENTS)]
        keep(market, folder)
        for route, kind, probability in FAULTS:
            sandbox.fault(route, kind, times=None, probability=probability)
        with closing(Lives(folder, sandbox, env)) as lives:
            for kill in range(kills):
                lives.begin(str(seed + kill))
                if chance.random() < 0.85:
                    # A slow machine gets longer lives: as much is to be under way when they end.
                    longest = max(LIFE_SECONDS, lives.await_ready())
                    time.sleep(chance.uniform(0, longest))
                else:
                    time.sleep(chance.uniform(0.2, 1.5))  # while it starts and takes up what was left
                lives.kill()
                if (kill + 1) % 20 == 0:
                    report(f"{kill + 1} kills, {time.monotonic() - started:.0f} s")
            sandbox.control("DELETE", "faults")
            _let_last_life_finish(lives, sandbox, tools.database, report)
        books.check_all(tools.database, sandbox, tools.payments)
        return _check(tools.database, sandbox, folder, kills, time.monotonic() - started)


def _let_last_life_finish(lives: Lives, sandbox: SandboxProcess, database: Database, report: Report) -> None:
    with database.transaction() as session:
        # As if the pauses between our questions, and the days to choose in, were over.
        past = datetime.now(UTC) - timedelta(seconds=1)
        session.connection().execute(
            update(Payment).where(col(Payment.next_check_at).is_not(None)).values(next_check_at=past)
        )
        session.connection().execute(
            update(Payment).where(col(Payment.choose_by).is_not(None)).values(choose_by=past)
        )
    lives.begin("idle")
    lives.await_ready()
    before, moved_at = dict[str, int](), time.monotonic()
    while left := _left(database, sandbox):
        if left != before:
            before, moved_at = left, time.monotonic()
            report(f"left to do: {left}")
        assert time.monotonic() < moved_at + STUCK_SECONDS, f"work was left undone: {left}"
        time.sleep(2)
    lives.kill()


def _left(database: Database, sandbox: SandboxProcess) -> dict[str, int]:
    rows = sandbox.control("GET", "paystack/transactions")["transactions"]
    came = {row["reference"] for row in rows if row["status"] in books.CAME}
    with database.reading() as session:
        open_ones = set(
            session.exec(
                select(Payment.reference).where(
                    col(Payment.state).in_((PaymentState.AWAITING, PaymentState.FAILED))
                )
            )
        )
        counts = {
            "payments": len(came & open_ones),
            "refunds": _count(session, Refund, Refund.state != RefundState.PROCESSED),
            "payouts": _count(session, Payout, col(Payout.state).in_(UNFINISHED_PAYOUTS)),
            "mails": _count(session, OutgoingMessage, col(OutgoingMessage.sent_at).is_(None)),
            "news": _count(session, MentorshipSession, col(MentorshipSession.news_due)),
            "rooms": _count(session, MentorshipSession, col(MentorshipSession.room_due)),
        }
    return {what: count for what, count in counts.items() if count}


def _count(session, table, condition) -> int:  # noqa: ANN001
    return session.exec(select(func.count()).select_from(table).where(condition)).one()


def _check(database: Database, sandbox: SandboxProcess, folder: Path, kills: int, seconds: float) -> Result:
    meetings = [one for one in sandbox.meetings() if not one["is_deleted"]]
    with closing(sqlite3.connect(folder / "sandbox.db")) as mailbox:  # its page shows a thousand at most
        mails: int = mailbox.execute("SELECT count(*) FROM mails").fetchone()[0]
    with database.reading() as session:
        held = session.exec(
            select(MentorshipSession).where(
                ~col(MentorshipSession.is_offering),
                MentorshipSession.status == SessionStatus.SCHEDULED,
                col(MentorshipSession.payment_status).in_((PaymentStatus.PAID,)),
            )
        ).all()
        sales = session.exec(
            select(LedgerTransaction.payment_id).where(LedgerTransaction.kind == "sale")
        ).all()
        states = Counter(session.exec(select(Payment.state)))
        payouts = Counter(session.exec(select(Payout.state)))
        refunds = _count(session, Refund, Refund.state == RefundState.PROCESSED)
        written = len(session.exec(select(OutgoingMessage.id)).all())
    assert len(sales) == len(set(sales)), "a sale was booked twice"
    hours = [(one.tutor_id, one.starts_at) for one in held]
    assert len(hours) == len(set(hours)), "an hour was sold twice"
    rooms = sorted(one.zoom_meeting_id or "" for one in held)
    assert rooms == sorted(str(one["id"]) for one in meetings), "rooms and sessions differ"
    assert mails == written, f"{written} mails were written and {mails} arrived"
    return Result(kills, seconds, states, len(held), refunds, payouts, mails, len(meetings))


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run it as the command line says; exit status 1 when something was lost or happened twice."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes.many_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=20261122)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mentor-kills-", dir=quick_folder()) as name:
        folder = Path(name)
        made = SqliteDatabases(folder) if wanted.database == "sqlite" else PostgresqlDatabases(folder / "pg")
        with made.fresh() as url:
            result = run(wanted.kills, url, folder, seed=wanted.seed, report=_print)
        if isinstance(made, PostgresqlDatabases):
            made.close()
    _print(f"{result}\nNothing was lost and nothing happened twice")


if __name__ == "__main__":
    main()
