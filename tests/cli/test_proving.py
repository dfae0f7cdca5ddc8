"""The proof that a buyer can run, run for real; all of its scenarios are played by `mentor prove` itself."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mentor_ui.settings import PROJECT_FOLDER
from tests.databases import PostgresqlDatabases

QUICK = ("double-webhook", "slot-race", "wrong-amount", "refund-double-click", "payout-lost-answer")
LONGEST_SECONDS = 300
STOPS_SECONDS = 60

Begin = Callable[..., "subprocess.Popen[str]"]


def chosen(*keys: str) -> list[str]:
    return [word for key in keys for word in ("--only", key)]


@pytest.fixture
def begin(tmp_path: Path) -> Begin:
    """Start Python with these arguments; what it leaves behind would be in `tmp_path`."""

    def start(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, *words],
            cwd=PROJECT_FOLDER,
            # Whatever the machine is set to, the proof must not touch it.
            env={
                **os.environ,
                "TMPDIR": str(tmp_path),
                "MENTOR_MODE": "production",
                "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
                "PAYSTACK_BASE_URL": "http://127.0.0.1:9",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start


def test_guards_are_what_keeps_the_money(begin: Begin, tmp_path: Path) -> None:
    proof = begin("-m", "mentor_ui", "prove", *chosen(*QUICK))
    shown, _ = proof.communicate(timeout=LONGEST_SECONDS)
    assert proof.returncode == 0, shown
    assert f"{len(QUICK)} of {len(QUICK)} hold" in shown
    assert list(tmp_path.iterdir()) == []


def test_it_makes_databases_of_its_own_on_a_server(
    begin: Begin, postgresql_databases: PostgresqlDatabases
) -> None:
    proof = begin(
        "-m",
        "mentor_ui",
        "prove",
        *chosen("webhook-and-return", "wrong-currency"),
        "--database",
        postgresql_databases.admin_url,
    )
    shown, _ = proof.communicate(timeout=LONGEST_SECONDS)
    assert proof.returncode == 0, shown
    assert "2 of 2 hold" in shown


def test_a_guard_that_stays_off_is_found(begin: Begin) -> None:
    """Stands in for a product that lost a guard: its comparison says yes to whatever was paid."""
    broken = """
        from mentor_ui.cli import commands
        from mentor_ui.services import payments

        payments.is_as_asked = lambda *_: True
        commands(["prove", "--only", "wrong-amount", "--only", "wrong-currency"])
        """
    proof = begin("-c", textwrap.dedent(broken))
    shown, _ = proof.communicate(timeout=LONGEST_SECONDS)
    assert proof.returncode == 1, shown
    assert "LOST" in shown
    assert "0 of 2 hold" in shown


def test_an_interrupted_proof_leaves_nothing(begin: Begin, tmp_path: Path) -> None:
    proof = begin("-m", "mentor_ui", "prove", *chosen("kill-before-booking"))
    assert proof.stdout is not None
    assert proof.stdout.readline().startswith("What happens")
    time.sleep(2)
    proof.send_signal(signal.SIGINT)
    shown, _ = proof.communicate(timeout=STOPS_SECONDS)
    assert proof.returncode != 0, shown
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_scenario_is_refused_with_the_known_ones(begin: Begin) -> None:
    proof = begin("-m", "mentor_ui", "prove", "--only", "luck")
    shown, _ = proof.communicate(timeout=LONGEST_SECONDS)
    assert proof.returncode == 2
    assert "double-webhook" in shown
