"""What a person does is done once, even when the connection or the server ends in the middle.

Our front end numbers what it sends and keeps it until it hears that it was worked on, with the tab's state;
when it has connected again, it sends what it has not heard of (`web/client_script.py`). The numbers that were
worked on stand in the tab's state, and are kept with what the handler changed there, so that what arrives
twice is done once. A write that an ended process may or may not have finished is not begun again: the person
is told (`gate/work.py`).
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

import reflex as rx
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.event.processor.future import EventFuture
from reflex_base.registry import RegistrationContext

from mentor_ui.db.shared import UNREACHABLE, shared_redis
from mentor_ui.metrics import EVENTS, EVENTS_FAILED, handler_label
from mentor_ui.settings import get_settings

FIELD = "tap"
HEARD = "heard"
"""The message that tells a page which of its taps were worked on."""

HEARD_SECONDS = 0.1
REMEMBERED = 64
"""Numbers kept in a tab's state; a page sends far fewer before it hears of them."""

LARGEST_NUMBER = 2**40
NAME_MAXIMUM = 40
BEGUN_SECONDS = 3600
MOST_BEGUN = 10_000


@dataclass(frozen=True, slots=True)
class Tap:
    """One thing that a person did.

    Attributes:
        page: The loaded page, by the name that it gave itself.
        number: Counts within the page.
        again: Whether the page sent it before.
    """

    page: str
    number: int
    again: bool


@dataclass(frozen=True)
class Tapped(Event):
    """An event with the tap that it came with."""

    tap: Tap | None = None


_current: ContextVar[Tap | None] = ContextVar("tap", default=None)
_may_write: ContextVar[bool] = ContextVar("may write", default=False)
_begun: OrderedDict[str, None] = OrderedDict()


def tap_of(event: Event) -> Tap | None:
    """Return the tap that an event came with; None for one that the server made."""
    return event.tap if isinstance(event, Tapped) else None


def work_for(tap: Tap | None) -> None:
    """Note for this task what it works on."""
    _current.set(tap)
    _may_write.set(tap is None)


async def may_write() -> bool:
    """Note that a write of the current tap begins; False when an earlier try of the tap came as far.

    Where several processes serve, they tell each other through Redis. When it is away, the write goes on.
    """
    tap = _current.get()
    if tap is None or _may_write.get():
        return True
    _may_write.set(await _is_first_write(tap) or not tap.again)
    return _may_write.get()


async def _is_first_write(tap: Tap) -> bool:
    key, url = f"mentor:begun:{tap.page}:{tap.number}", get_settings().redis_url
    if url:
        try:
            return bool(await shared_redis(url).set(key, b"", ex=BEGUN_SECONDS, nx=True))
        except UNREACHABLE:
            return True
    is_first = key not in _begun
    _begun[key] = None
    if len(_begun) > MOST_BEGUN:
        _begun.popitem(last=False)
    return is_first


@asynccontextmanager
async def hearing(app: rx.App) -> AsyncGenerator[None]:
    """Tell pages which of their taps were worked on, for as long as the block runs; one per web process.

    Args:
        app: The application, whose event processor runs.
    """
    ear = _Ear(app)
    processor = app.event_processor
    # There is no other place that sees both what came in and when it was done with, its state saved.
    processor.enqueue = ear.enqueue
    teller = asyncio.create_task(ear.tell(), name="heard taps")
    try:
        yield
    finally:
        teller.cancel()
        await asyncio.gather(teller, return_exceptions=True)
        await ear.close()


class _Ear:
    def __init__(self, app: rx.App) -> None:
        self._app = app
        self._enqueue = app.event_processor.enqueue
        self._running: dict[tuple[str, int], EventFuture] = {}
        self._sockets: dict[tuple[str, int], str] = {}
        self._done: defaultdict[str, list[int]] = defaultdict(list)
        self._any_done = asyncio.Event()
        self._is_closing = False

    async def enqueue(self, token: str, event: Event, ev_ctx: EventContext | None = None) -> EventFuture:
        tap = _parsed(event.router_data.pop(FIELD, None))
        if tap is None:
            return _measured(await self._enqueue(token, event, ev_ctx), event.name)
        key = (tap.page, tap.number)
        self._sockets[key] = str(event.router_data.get("sid", ""))
        if (running := self._running.get(key)) is not None:
            return running
        tapped = Tapped(name=event.name, router_data=event.router_data, payload=event.payload, tap=tap)
        future = _measured(await self._enqueue(token, tapped, ev_ctx), event.name)
        self._running[key] = future
        future.add_done_callback(lambda ended: self._note(key, ended))
        return future

    def _note(self, key: tuple[str, int], ended: asyncio.Future[Any]) -> None:
        self._running.pop(key, None)
        socket = self._sockets.pop(key, "")
        # What a stopping server gave up, the page sends to the next.
        if not (self._is_closing and ended.cancelled()):
            self._done[socket].append(key[1])
            self._any_done.set()

    async def close(self) -> None:
        self._is_closing = True
        await self.tell_once()

    async def tell(self) -> None:
        while True:
            await self._any_done.wait()
            await asyncio.sleep(HEARD_SECONDS)
            await self.tell_once()

    async def tell_once(self) -> None:
        done, self._done = self._done, defaultdict(list)
        self._any_done.clear()
        if self._app.event_namespace is None:
            return
        for socket, numbers in done.items():
            if socket:
                await self._app.event_namespace.emit(HEARD, numbers, to=socket)


def _measured(future: EventFuture, name: str) -> EventFuture:
    label, began = handler_label(name), perf_counter()

    def note(ended: asyncio.Future[Any]) -> None:
        EVENTS.labels(label).observe(perf_counter() - began)
        if not ended.cancelled() and ended.exception() is not None:
            EVENTS_FAILED.labels(label).inc()

    if name in RegistrationContext.get().event_handlers:
        future.add_done_callback(note)
    return future


def _parsed(found: Any) -> Tap | None:
    """Read what a page sent: its name, a number, and whether it is sent again."""
    if not isinstance(found, list):
        return None
    match cast("list[object]", found):
        case [str() as page, int() as number, *rest] if (
            0 < len(page) <= NAME_MAXIMUM and 0 < number < LARGEST_NUMBER and len(rest) <= 1
        ):
            return Tap(page, number, again=bool(rest and rest[0]))
        case _:
            return None
