"""The operator's commands, run as processes against a real database and the sandbox."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.models import LedgerEntry, Payment, PaymentState
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.settings import PROJECT_FOLDER
from tests.sandbox_process import PAYSTACK_SECRET_KEY, start_sandbox
from tests.services.test_settlement import settled, start
from tests.world import make_pair

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(sqlite_database: Database, tmp_path: Path) -> Run:
    def command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "mentor_ui", *words],
            cwd=PROJECT_FOLDER,
            env={
                **os.environ,
                "DATABASE_URL": sqlite_database.url,
                "MENTOR_HOME": str(tmp_path),
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return command


def test_accounts_are_made_changed_and_listed(run: Run) -> None:
    add = (
        "user",
        "add",
        "root@demo.test",
        "--name",
        "Root",
        "--role",
        "admin",
        "--password",
        "long enough 1",
    )
    assert run(*add).returncode == 0
    again = run(*add)
    assert (again.returncode, again.stderr.strip()) == (2, "root@demo.test has an account already.")
    assert "is now tutor" in run("user", "give", "root@demo.test", "tutor").stdout
    assert "is no longer admin" in run("user", "take", "root@demo.test", "admin").stdout
    assert "root@demo.test  Root  tutor" in run("user", "list").stdout
    assert run("user", "sign-out", "nobody@demo.test").returncode == 2


@pytest.mark.parametrize("words", ["serve", "worker"])
def test_nothing_starts_on_a_database_that_was_not_migrated(run: Run, tmp_path: Path, words: str) -> None:
    refused = run(words, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert refused.returncode == 2
    assert refused.stderr.strip().splitlines() == [
        "The database is older than this version. Run `mentor migrate`, then start again."
    ]


def test_every_command_has_help(run: Run) -> None:
    for words in (["serve"], ["worker"], ["migrate"], ["reconcile"], ["ledger", "verify"], ["user", "add"]):
        shown = run(*words, "--help")
        assert shown.returncode == 0
        assert "Usage" in shown.stdout


def test_reconcile_settles_what_was_missed_and_the_ledger_proves_itself(
    run: Run, sqlite_database: Database, tmp_path: Path
) -> None:
    with start_sandbox(tmp_path, options=("--no-limits",)) as sandbox:
        gateway = PaystackClient(secret_key=PAYSTACK_SECRET_KEY, base_url=sandbox.paystack_base_url)
        # The command goes by the real clock.
        now = datetime.now(UTC)
        tomorrow = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        pair = make_pair(sqlite_database)
        reference = start(sqlite_database, gateway, pair, now=now, starts_at=tomorrow)
        sandbox.settle(reference)
        shown = run("reconcile", PAYSTACK_BASE_URL=sandbox.paystack_base_url)
        assert "1 settled now" in shown.stdout, shown.stderr
        assert settled(sqlite_database, gateway, reference) == PaymentState.PAID
        gateway.close()
    with sqlite_database.reading() as session:
        assert session.exec(select(Payment)).one().state == PaymentState.PAID
    assert run("ledger", "verify").returncode == 0


def test_a_lost_sale_is_named_by_the_ledger_proof(
    run: Run, sqlite_database: Database, tmp_path: Path
) -> None:
    with start_sandbox(tmp_path, options=("--no-limits",)) as sandbox:
        gateway = PaystackClient(secret_key=PAYSTACK_SECRET_KEY, base_url=sandbox.paystack_base_url)
        reference = start(sqlite_database, gateway, make_pair(sqlite_database))
        gateway.close()
    with sqlite_database.transaction() as session:
        payment = session.exec(select(Payment)).one()
        payment.state, payment.paid_currency = PaymentState.PAID, "NGN"
        assert session.exec(select(LedgerEntry)).all() == []
    shown = run("ledger", "verify")
    assert shown.returncode == 1
    assert f"Payment {reference} was booked 0 times." in shown.stdout
