"""Look-ups of many visitors that are made as one."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from mentor_ui.web.asked_together import MOST_AT_ONCE, AskedTogether

pytestmark = pytest.mark.anyio


class Shelf:
    """A place to look that answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.began, self.may_answer = threading.Event(), threading.Event()
        self.asker = AskedTogether[int, str](self._look_up)

    def _look_up(self, keys: Sequence[int]) -> dict[int, str]:
        self.asked.append(list(keys))
        self.began.set()
        assert self.may_answer.wait(30)
        if -13 in keys:
            raise LookupError("no thirteen here")
        return {key: f"number {key}" for key in keys}

    async def first(self) -> asyncio.Task[str]:
        """Begin a look-up and wait until it runs."""
        task = asyncio.create_task(self.asker.get(0))
        assert await asyncio.to_thread(self.began.wait, 30)
        return task


async def all_asked(tasks: Sequence[asyncio.Task[str]]) -> None:
    """Let tasks that were just made come to where they wait."""
    for _ in tasks:
        await asyncio.sleep(0)


async def test_what_comes_meanwhile_is_looked_up_together() -> None:
    shelf = Shelf()
    first = await shelf.first()
    others = [asyncio.create_task(shelf.asker.get(key)) for key in (1, 2, 0, 2)]
    await all_asked(others)
    shelf.may_answer.set()
    assert await asyncio.gather(first, *others) == [f"number {key}" for key in (0, 1, 2, 0, 2)]
    # The first answer may be older than the second question for the same.
    assert shelf.asked == [[0], [1, 2, 0]]
    assert await shelf.asker.get(5) == "number 5"


async def test_not_too_many_at_once() -> None:
    shelf = Shelf()
    first = await shelf.first()
    others = [asyncio.create_task(shelf.asker.get(key)) for key in range(1, 2 * MOST_AT_ONCE + 2)]
    await all_asked(others)
    shelf.may_answer.set()
    await asyncio.gather(first, *others)
    assert [len(keys) for keys in shelf.asked] == [1, MOST_AT_ONCE, MOST_AT_ONCE, 1]


async def test_what_fails_is_raised_for_those_who_asked_and_the_next_go_on() -> None:
    shelf = Shelf()
    first = await shelf.first()
    failing = [asyncio.create_task(shelf.asker.get(key)) for key in (12, -13)]
    await all_asked(failing)
    shelf.may_answer.set()
    assert await first == "number 0"
    for task in failing:
        with pytest.raises(LookupError, match="no thirteen"):
            await task
    assert await shelf.asker.get(14) == "number 14"


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    shelf = Shelf()
    first = await shelf.first()
    impatient, patient = (asyncio.create_task(shelf.asker.get(7)) for _ in range(2))
    await all_asked([impatient, patient])
    impatient.cancel()
    shelf.may_answer.set()
    await first
    assert await patient == "number 7"
    with pytest.raises(asyncio.CancelledError):
        await impatient
