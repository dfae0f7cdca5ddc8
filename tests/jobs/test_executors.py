"""Each process that runs jobs has a name that is its own while it lives, and is taken over after its end."""

import os
import subprocess
import sys

from sqlalchemy import text

from mentor_ui.db.engine import Database
from mentor_ui.jobs.executors import LOCK_SPACE, is_kept, own_name

OWNER = """
import sys
from mentor_ui.db.engine import Database
from mentor_ui.jobs.executors import own_name
with own_name(Database(sys.argv[1]), "web") as name:
    print(name, flush=True)
    sys.stdin.read()
"""


def test_two_living_processes_never_share_a_name(database: Database) -> None:
    with own_name(database, "web") as first, own_name(database, "web") as second:
        assert (first, second) == ("web-0", "web-1")
    with own_name(database, "web") as again, own_name(database, "worker-1") as other:
        assert (again, other) == ("web-0", "worker-1-0")


def test_the_name_of_a_killed_process_is_free_at_once(database: Database) -> None:
    command = [sys.executable, "-c", OWNER, database.url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"web-0\n"
        with own_name(database, "web") as mine:
            assert mine == "web-1"
        owner.kill()
        owner.wait()
    with own_name(database, "web") as mine:
        assert mine == "web-0"


def test_a_process_whose_lock_has_ended_finds_out(database: Database) -> None:
    with own_name(database, "web") as name:
        assert is_kept(name)
        if database.is_sqlite:
            return  # a file's lock ends with the process alone
        with database.transaction() as session:
            session.connection().execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks"
                    " WHERE locktype = 'advisory' AND classid = :space"
                ),
                {"space": LOCK_SPACE},
            )
        assert not is_kept(name)
        assert not is_kept(name), "a new connection does not have the old one's lock"
        with own_name(database, "web") as other:
            assert other == name
