"""A page that connects again keeps its tab; a copied tab gets one of its own. One process, and several."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from redis.asyncio import Redis

from mentor_ui.gate.sockets import OwnPages, SharedPages

Manager = OwnPages | SharedPages
PAGES = {"sid-1": "page-a", "sid-2": "page-a", "sid-3": "page-b", "sid-4": ""}


def with_pages(manager: Any) -> Any:
    """Answer for the open sockets, of which there are none in a test."""
    manager._page_of = PAGES.__getitem__
    return manager


def on_both(check: Callable[[Manager, Manager], Awaitable[None]], redis_url: str) -> None:
    """Run a check with one process, and with two that share Redis."""

    async def run() -> None:
        alone = with_pages(OwnPages(None))  # type: ignore[arg-type]
        await check(alone, alone)
        first, second = (with_pages(SharedPages(None, Redis.from_url(redis_url))) for _ in range(2))  # type: ignore[arg-type]
        try:
            await check(first, second)
        finally:
            await first.close()
            await second.close()

    asyncio.run(run())


def test_a_page_that_comes_again_takes_its_tab_over(redis_url: str) -> None:
    async def check(first: Manager, second: Manager) -> None:
        tab = uuid.uuid4().hex
        assert await first.link_token_to_sid(tab, "sid-1") is None
        # The first socket's end was not noticed, as after a kill or on a phone that changed its network.
        assert await second.link_token_to_sid(tab, "sid-2") is None
        assert second.token_to_sid[tab] == "sid-2"
        await first.disconnect_token(tab, "sid-1")
        assert second.token_to_sid[tab] == "sid-2"
        assert await second.is_token_connected(tab)

    on_both(check, redis_url)


@pytest.mark.parametrize("stranger", ["sid-3", "sid-4"])
def test_a_copied_tab_gets_one_of_its_own(redis_url: str, stranger: str) -> None:
    async def check(first: Manager, second: Manager) -> None:
        tab = uuid.uuid4().hex
        assert await first.link_token_to_sid(tab, "sid-1") is None
        given = await second.link_token_to_sid(tab, stranger)
        assert given not in {None, tab}
        assert first.token_to_sid[tab] == "sid-1"
        assert second.sid_to_token[stranger] == given

    on_both(check, redis_url)


def test_a_tab_whose_socket_closed_is_free_for_any_page(redis_url: str) -> None:
    async def check(first: Manager, second: Manager) -> None:
        tab = uuid.uuid4().hex
        await first.link_token_to_sid(tab, "sid-1")
        await first.disconnect_token(tab, "sid-1")
        assert await second.link_token_to_sid(tab, "sid-3") is None

    on_both(check, redis_url)
