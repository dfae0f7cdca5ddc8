"""Every commit on SQLite is on the disk before its caller goes on, and many share one sync."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.db.shared_sync import SharedSync
from mentor_ui.models import Person
from tests.world import make_person

COMMITS = 40
CLIENTS = 8
LEVELS = {"normal": 1, "full": 2}


class Counting(SharedSync):
    """Counts the syncs, and notes how many commits each of them found."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.log = log
        self.sizes: list[int] = []

    def put_on_disk(self) -> None:
        """Sync, and count it."""
        self.sizes.append(self.log.stat().st_size)
        super().put_on_disk()


def test_nobody_goes_on_before_a_sync_that_began_after_the_own_commit(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    shared, writing = Counting(log), threading.Lock()
    late: list[int] = []

    def commit_often() -> None:
        for _ in range(COMMITS):
            with writing:
                with log.open("ab") as file:
                    file.write(b"x")
                own = shared.count(changed=True)
            shared.wait(own)
            if max(shared.sizes) < own:
                late.append(own)

    threads = [threading.Thread(target=commit_often) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not late
    assert log.stat().st_size == CLIENTS * COMMITS
    assert len(shared.sizes) <= CLIENTS * COMMITS


def test_those_who_wait_while_another_syncs_share_the_next_sync(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    shared = Counting(log)
    with shared.turn:  # as if one were at it
        commits = [shared.count(changed=True) for _ in range(CLIENTS)]
        threads = [threading.Thread(target=shared.wait, args=(commit,)) for commit in commits]
        for thread in threads:
            thread.start()
    for thread in threads:
        thread.join()
    assert len(shared.sizes) == 1


def test_who_changed_nothing_waits_only_for_what_others_did(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    shared = Counting(log)
    shared.wait(shared.count(changed=False))
    assert not shared.sizes
    shared.count(changed=True)
    shared.wait(shared.count(changed=False))
    assert len(shared.sizes) == 1


def test_a_disk_that_fails_is_an_error_until_it_works_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.mkdir()  # no file can be opened there
    shared = SharedSync(log)
    commit = shared.count(changed=True)
    for _ in range(2):
        with pytest.raises(OSError, match="log"):
            shared.wait(commit)
    log.rmdir()
    log.touch()
    shared.wait(commit)


def test_only_transactions_that_sync_afterwards_commit_without_waiting(sqlite_database: Database) -> None:
    level = text("PRAGMA synchronous")
    with sqlite_database.transaction() as session:
        assert session.connection().scalar(level) == LEVELS["normal"]
    with sqlite_database.engine.begin() as connection:
        assert connection.scalar(level) == LEVELS["full"]
    with sqlite_database.reading() as session:
        assert session.connection().scalar(level) == LEVELS["full"]


def test_a_transaction_that_wrote_is_synced_and_one_that_looked_is_not(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = Counting(Path(f"{sqlite_database.engine.url.database}-wal"))
    monkeypatch.setattr(sqlite_database, "_sync", shared)
    person = make_person(sqlite_database)
    written = len(shared.sizes)
    assert written > 0
    with sqlite_database.transaction() as session:
        session.exec(select(Person.id)).all()
    assert len(shared.sizes) == written
    with sqlite_database.transaction() as session:
        session.get_one(Person, person.person_id).name = "Obi"
    assert len(shared.sizes) == written + 1


def test_what_is_rolled_back_is_gone(sqlite_database: Database) -> None:
    person = make_person(sqlite_database)
    with pytest.raises(LookupError), sqlite_database.transaction() as session:
        session.get_one(Person, person.person_id).name = "Obi"
        session.flush()
        raise LookupError
    with sqlite_database.reading() as session:
        name = session.exec(select(Person.name).where(col(Person.id) == person.person_id)).one()
    assert name != "Obi"
