"""Numbered events: what the ear keeps of them, and whose they are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from redis.asyncio import Redis
from reflex.istate.manager.redis import StateManagerRedis
from reflex_base.event import Event
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.gate import taps
from mentor_ui.gate.sockets import PageSocket
from mentor_ui.gate.taps import HEARD, Tap, Tapped, _Ear
from tests.sandbox_process import free_port
from tests.state import example
from tests.state.client import Tab, Tabs, Wire
from tests.state.example import Shelf
from tests.state.test_gate import person

pytestmark = pytest.mark.anyio

OPEN = f"{Shelf.get_full_name()}.load_open"


@pytest.fixture
def registration() -> RegistrationContext:
    return example.registration


class Sockets:
    """The server's side of the sockets: what was said to them, and which were closed."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object, str]] = []
        self.closed: list[str] = []
        self.namespace = "/_event"
        self.manager = SimpleNamespace(eio_sid_from_sid=lambda sid, _namespace: f"transport of {sid}")
        self.eio = SimpleNamespace(disconnect=self._disconnect)

    async def emit(self, name: str, data: object = None, *, to: str) -> None:
        self.told.append((name, data, to))

    async def _disconnect(self, transport: str) -> None:
        self.closed.append(transport)


def ear_of(processor: BaseStateEventProcessor, sockets: Sockets) -> Any:
    app: Any = SimpleNamespace(event_processor=processor, event_namespace=sockets, sio=sockets)
    return _Ear(app)


def tapped(tab: Tab, name: str, number: int, page: str = "a page") -> Event:
    return Event(name=name, router_data=tab._router_data() | {"tap": [page, number]}, payload={})


async def test_invented_names_leave_nothing_behind(tabs: Tabs) -> None:
    sockets = Sockets()
    ear, tab = ear_of(tabs.processor, sockets), Tab(tabs)
    for number in range(1, 51):
        future = await ear.enqueue(tab.name, tapped(tab, f"invented.number_{number}", number))
        assert future.done()
        assert (await ear.enqueue(tab.name, Event(name=f"invented.{number}", router_data={}))).done()
    assert (ear._running, ear._sockets, tabs.processor._futures) == ({}, {}, {})
    await ear.tell_once()
    assert sockets.told == [(HEARD, list(range(1, 51)), f"sid-{tab.name}")]


async def test_a_stopped_processor_leaves_nothing_behind() -> None:
    stopped = BaseStateEventProcessor(middleware=example.registration.app)
    reset = RegistrationContext.set(example.registration)
    try:
        ear, tab = ear_of(stopped, Sockets()), Tab(None)  # type: ignore[arg-type]
        with pytest.raises(RuntimeError):
            await ear.enqueue(tab.name, tapped(tab, OPEN, 1))
        assert (ear._running, ear._sockets) == ({}, {})
    finally:
        RegistrationContext.reset(reset)


async def test_another_tab_cannot_occupy_a_page_s_numbers(tabs: Tabs) -> None:
    sockets = Sockets()
    ear = ear_of(tabs.processor, sockets)
    one, other = Tab(tabs, "one"), Tab(tabs, "other")
    futures = [await ear.enqueue(tab.name, tapped(tab, OPEN, 1)) for tab in (other, one)]
    for future in futures:
        await future.wait_all()
    # What was called on their end runs in the loop's next turn.
    await asyncio.sleep(0)
    assert [(await tab.state(Shelf)).who for tab in (one, other)] == ["nobody", "nobody"]
    await ear.tell_once()
    assert sorted(to for _, _, to in sockets.told) == ["sid-one", "sid-other"]


def test_taps_are_told_apart_without_naming_the_tab() -> None:
    taps = [Tap("one", "a page", 7, again=True), Tap("other", "a page", 7, again=True)]
    taps += [Tap("one", "a page", 8, again=True), Tap("one", "another", 7, again=True)]
    digests = {tap.digest for tap in taps}
    assert len(digests) == len(taps)
    assert {len(digest) for digest in digests} == {32}
    assert Tap("one", "a page", 7, again=False).digest in digests


@asynccontextmanager
async def without_redis() -> AsyncIterator[BaseStateEventProcessor]:
    redis = Redis.from_url(f"redis://127.0.0.1:{free_port()}/0")
    processor = BaseStateEventProcessor(
        middleware=example.registration.app,
        backend_exception_handler=lambda _error: None,
        graceful_shutdown_timeout=2,
    ).configure(state_manager=StateManagerRedis(redis=redis), event_namespace=Wire())  # type: ignore[arg-type]
    reset = RegistrationContext.set(example.registration)
    try:
        async with processor:
            yield processor
    finally:
        RegistrationContext.reset(reset)
        await redis.aclose()


async def test_a_tap_that_met_no_state_is_not_confirmed_and_comes_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(taps, "CLOSED_AFTER_SECONDS", 0)
    sockets = Sockets()
    async with without_redis() as processor:
        ear, tab = ear_of(processor, sockets), Tab(None)  # type: ignore[arg-type]
        future = await ear.enqueue(tab.name, tapped(tab, OPEN, 1))
        with pytest.raises(taps.AWAY):
            await future
        closing = list(ear._closing.values())
        for task in closing:
            await task
    await ear.tell_once()
    assert (sockets.told, sockets.closed) == ([], [f"transport of sid-{tab.name}"])
    assert (ear._running, ear._sockets, ear._closing) == ({}, {}, {})


async def press(tab: Tab, title: str, tap: Tap) -> None:
    name = f"{Shelf.get_full_name()}.teach"
    event = Tapped(name=name, router_data=tab._router_data(), payload={"title": title}, tap=tap)
    await (await tab.tabs.processor.enqueue(tab.name, event)).wait_all()


async def test_what_one_person_pressed_does_not_run_as_the_next(
    tabs: Tabs, sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace: Any = example.registration.app.event_namespace
    sockets = Sockets()
    monkeypatch.setattr(namespace, "emit", sockets.emit)
    shown = {"shared": PageSocket(instance_id="here", sid="sid-shared", page="ada's page")}
    monkeypatch.setattr(namespace._token_manager, "token_to_socket", shown)
    ada, bola = (person(sqlite_database, name, Role.TUTOR) for name in ("ada", "bola"))
    tab = Tab(tabs, "shared", ada.token)
    await tab.open("/open")
    tab.cookie = bola.token
    # The socket broke; Bola signed in in another tab, and the page connects again with what Ada had pressed.
    await tab.open("/open")
    assert sockets.told == [("reload", None, "sid-shared")]
    for number, again in ((1, True), (2, False)):
        await press(tab, "from Ada", Tap(tab.name, "ada's page", number, again))
    assert (await tab.state(Shelf)).note == ""
    shown["shared"] = PageSocket(instance_id="here", sid="sid-shared", page="bola's page")
    sockets.told.clear()
    await tab.open("/open")
    await press(tab, "from Bola", Tap(tab.name, "bola's page", 1, again=False))
    await press(tab, "from Ada", Tap(tab.name, "ada's page", 3, again=True))
    assert (await tab.state(Shelf)).note == "from Bola"
    assert sockets.told == [("reload", None, "sid-shared")]
