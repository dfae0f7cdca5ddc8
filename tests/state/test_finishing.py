"""Going on to another page while the answer for this one is still on its way."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import StateUpdate

from tests.state import example
from tests.state.client import Tab, Wire, running
from tests.state.example import Shelf

pytestmark = pytest.mark.anyio

NOTE, CALLS = "note_rx_state_", "calls_rx_state_"


class SlowWire(Wire):
    """Sockets that take as long as the test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.may_go_on.set()

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        await super().emit_update(update, token)
        self.arrived.set()
        await self.may_go_on.wait()


@pytest.fixture
async def manager(redis_url: str) -> AsyncIterator[StateManagerRedis]:
    redis = Redis.from_url(redis_url)
    yield StateManagerRedis(redis=redis)
    await redis.aclose()


def shown(tab: Tab) -> dict[str, object]:
    """What the page shows after all that was sent to it."""
    values: dict[str, object] = {}
    for update in tab.updates:
        values |= update.delta.get(Shelf.get_full_name(), {})
    return values


async def test_a_click_that_meets_the_answer_to_the_one_before_shows_its_page(
    manager: StateManagerRedis,
) -> None:
    wire = SlowWire()
    async with running(example.registration, manager, wire) as tabs:
        tab = Tab(tabs, "quick")
        await tab.open("/here")
        assert shown(tab)[NOTE] == "/here"
        wire.arrived.clear()
        wire.may_go_on.clear()
        there = await tab.leave_for("/there")
        await wire.arrived.wait()
        back = await tab.leave_for("/here")
        wire.may_go_on.set()
        await back.wait_all()
        assert there.cancelled()
        assert (await tab.state(Shelf)).note == shown(tab)[NOTE] == "/here"
        assert tabs.failures == []
        assert tabs.processor._futures == {}


async def test_what_waits_is_dropped_for_the_newest_page(manager: StateManagerRedis) -> None:
    wire = SlowWire()
    async with running(example.registration, manager, wire) as tabs:
        tab = Tab(tabs, "hasty")
        await tab.open("/here")
        wire.arrived.clear()
        wire.may_go_on.clear()
        await tab.leave_for("/there")
        await wire.arrived.wait()
        for path in ("/here", "/there", "/yonder"):
            newest = await tab.leave_for(path)
        wire.may_go_on.set()
        await newest.wait_all()
        assert shown(tab) | {NOTE: "/yonder", CALLS: 3} == shown(tab)
        assert (await tab.state(Shelf)).calls == 3
