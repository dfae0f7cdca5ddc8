"""Pages are made ready once, each by itself, and nobody waits for a page that others want."""

import asyncio
import threading
from dataclasses import replace

import pytest
import reflex as rx

from mentor_ui.mentor_ui import app
from mentor_ui.pages.registry import Page, all_pages
from mentor_ui.web.first_paint_pages import MAKERS, Pages
from tests.waiting import within

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 60.0


class Making:
    """Pages whose making waits until it is let go on."""

    def __init__(self, count: int) -> None:
        assert app
        model = next(page for page in all_pages() if page.route == "/login")
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.made: list[str] = []
        self.pages = Pages([self._page(model, f"/slow-{number}") for number in range(count)] + [model])

    def _page(self, model: Page, route: str) -> Page:
        def function() -> rx.Component:
            self.begun.release()
            assert self.may_end.wait(PATIENCE_SECONDS)
            self.made.append(route)
            return model.function()

        return replace(model, route=route, function=function)

    async def all_begun(self, count: int) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self.begun.acquire, timeout=PATIENCE_SECONDS)


@pytest.fixture
def making() -> Making:
    return Making(MAKERS)


async def test_a_ready_page_waits_for_none_that_is_being_made(making: Making) -> None:
    ready = await making.pages.wanted("/login")
    others = [asyncio.create_task(making.pages.wanted(f"/slow-{number}")) for number in range(MAKERS)]
    await making.all_begun(MAKERS)
    assert await asyncio.wait_for(making.pages.wanted("/login"), PATIENCE_SECONDS) is ready
    assert await asyncio.to_thread(making.pages.ready, "/login") is ready
    assert not making.made
    making.may_end.set()
    assert all(await asyncio.gather(*others))


async def test_a_page_is_made_beside_another_and_once_for_all_who_want_it(making: Making) -> None:
    slow = [asyncio.create_task(asyncio.to_thread(making.pages.ready, "/slow-0")) for _ in range(3)]
    await making.all_begun(1)
    assert await asyncio.wait_for(making.pages.wanted("/login"), PATIENCE_SECONDS)
    making.may_end.set()
    found = await asyncio.gather(*slow)
    assert making.made == ["/slow-0"]
    assert found[0] is found[1] is found[2]


async def test_the_start_waits_for_no_page_and_all_are_made(making: Making) -> None:
    async with making.pages.warming():
        await making.all_begun(1)
        assert not making.made
        making.may_end.set()
        assert await asyncio.to_thread(within, PATIENCE_SECONDS, lambda: len(making.made) == MAKERS)
    assert sorted(making.made) == [f"/slow-{number}" for number in range(MAKERS)]
