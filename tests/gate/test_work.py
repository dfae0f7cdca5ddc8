"""What is read for everybody is read once, until something was written."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlmodel import Session, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.gate import Refused, browsing_once, work
from mentor_ui.models import Person
from tests.application import settings_for
from tests.catalogue import tutor

pytestmark = pytest.mark.anyio


class People:
    """Counts people, and how often it was asked to."""

    def __init__(self) -> None:
        self.asked = 0

    def count(self, session: Session) -> int:
        self.asked += 1
        return session.exec(select(func.count()).select_from(Person)).one()


@pytest.fixture
def people(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    monkeypatch.setattr(work, "KEPT_SECONDS", 3600.0)
    monkeypatch.setattr(work, "UNSEEN_SECONDS", 3600.0)
    with settings_for(database, monkeypatch):
        yield People()


def current() -> Database:
    return work.current_database()


async def test_the_same_is_read_once_until_something_is_written(people: People) -> None:
    assert [await browsing_once("people", people.count) for _ in range(3)] == [0, 0, 0]
    assert people.asked == 1
    with current().transaction() as session:
        tutor(session)
    assert await browsing_once("people", people.count) == 1
    assert await browsing_once("people", people.count) == 1
    assert people.asked == 2


async def test_what_another_process_writes_is_seen(
    people: People, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A database server tells nothing of others' commits: there an answer is only kept for a moment.
    if not database.is_sqlite:
        monkeypatch.setattr(work, "UNSEEN_SECONDS", -1.0)
    assert await browsing_once("people", people.count) == 0
    with database.transaction() as session:
        tutor(session)
    assert await browsing_once("people", people.count) == 1


async def test_an_answer_gets_old_and_others_are_told_apart(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browsing_once(("people", 1), people.count)
    await browsing_once(("people", 2), people.count)
    assert people.asked == 2
    monkeypatch.setattr(work, "KEPT_SECONDS", -1.0)
    monkeypatch.setattr(work, "UNSEEN_SECONDS", -1.0)
    await browsing_once("other", people.count)
    await browsing_once("other", people.count)
    assert people.asked == 4


async def test_few_answers_are_kept_and_no_refusal(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "MOST_KEPT", 2)

    def refuse(_session: Session) -> int:
        raise NotFound("There is nothing.")

    for name in ("first", "second", "third", "third"):
        await browsing_once(name, people.count)
    assert people.asked == 3
    await browsing_once("first", people.count)
    assert people.asked == 4
    assert isinstance(await browsing_once("refused", refuse), Refused)
    assert await browsing_once("refused", people.count) == 0


async def test_a_database_that_was_closed_and_opened_again_is_another(people: People) -> None:
    await browsing_once("people", people.count)
    before = current().version()
    current().dispose()
    assert current().version() != before
    with current().read_engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
