"""What is read for everybody is read once until something was written; a press is written once."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session, func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.gate import Refused, browsing_once, work, writing
from mentor_ui.gate.taps import Tap, work_for
from mentor_ui.models import DoneTap, Person
from mentor_ui.services.done_taps import REMEMBERED, forget_old
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


def sign_up(session: Session) -> str:
    tutor(session)
    return "done"


def refuse(session: Session) -> str:
    tutor(session)
    raise NotFound("There is nothing.")


async def pressed(press: Tap | None, *works: Callable[[Session], str]) -> list[str]:
    """Write as a handler that works on a press, in a task of its own; return what came of each."""

    async def handle() -> list[str]:
        work_for(press)
        done = [await writing(each) for each in works]
        return [one.code if isinstance(one, Refused) else one for one in done]

    return await asyncio.create_task(handle())


PRESS = Tap("a tab", "a page", 1, again=False)
AGAIN = Tap("a tab", "a page", 1, again=True)
OTHER = Tap("a tab", "a page", 2, again=False)


async def test_a_press_is_written_once_whoever_it_reaches(people: People) -> None:
    assert await pressed(PRESS, sign_up, sign_up) == ["done", "done"]
    # Another process, or the next server, knows of it by the database alone.
    assert await pressed(AGAIN, sign_up, sign_up) == [work.SAVED_BEFORE.code] * 2
    assert await pressed(OTHER, sign_up) == ["done"]
    assert await pressed(None, sign_up, sign_up) == ["done", "done"]
    assert await browsing_once("people", people.count) == 5


async def test_what_was_refused_may_be_sent_again(people: People) -> None:
    assert await pressed(PRESS, refuse, sign_up) == ["not_found", "done"]
    assert await pressed(OTHER, refuse) == ["not_found"]
    assert await pressed(OTHER, sign_up) == ["done"]
    assert await browsing_once("people", people.count) == 2


async def test_two_at_the_same_press_write_once(people: People) -> None:
    done = await asyncio.gather(*(pressed(AGAIN, sign_up) for _ in range(8)))
    assert sorted(done) == [["done"], *[[work.SAVED_BEFORE.code]] * 7]
    assert await browsing_once("people", people.count) == 1


async def test_old_presses_are_forgotten(people: People, database: Database) -> None:
    now = datetime.now(UTC)
    await pressed(PRESS, sign_up)
    for ahead, left in ((timedelta(0), 1), (REMEMBERED + timedelta(minutes=1), 0)):
        with database.transaction() as session:
            forget_old(session, now + ahead)
            assert len(session.exec(select(DoneTap)).all()) == left
