"""What a person does is done once, even when the connection or the server ends in the middle.

Our front end numbers what it sends and keeps it until it hears that it was worked on, with the tab's state;
when it has connected again, it sends what it has not heard of (`web/client_script.py`). The numbers that were
worked on stand in the tab's state, and are kept with what the handler changed there, so that what arrives
twice is done once. Where a process ended between a write and that, the write itself tells: its tap is noted
in the same transaction, and the person is told that it was saved (`gate/work.py`).
"""

import asyncio
import hashlib
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any, cast

import reflex as rx
from redis import exceptions as redis_errors
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.event.processor.future import EventFuture
from reflex_base.registry import RegistrationContext

from mentor_ui.metrics import EVENTS, EVENTS_FAILED, handler_label

log = logging.getLogger(__name__)

FIELD = "tap"
HEARD = "heard"
"""The message that tells a page which of its taps were worked on."""

RELOAD = "reload"
"""The message that has a page load itself anew, since it was another person's."""

HEARD_SECONDS = 0.1
REMEMBERED = 64
"""Numbers kept in a tab's state; a page sends far fewer before it hears of them."""

LARGEST_NUMBER = 2**40
NAME_MAXIMUM = 40
CLOSED_AFTER_SECONDS = 2.0
"""How long a page whose state could not be reached waits before it comes again with its taps."""

AWAY = (redis_errors.ConnectionError, redis_errors.TimeoutError)
"""What passes by itself; another error of Redis would come again with the tap."""

Key = tuple[str, str, int]
"""A tap's tab, page and number. A page names itself, so that only the tab keeps it from another's numbers."""


@dataclass(frozen=True, slots=True)
class Tap:
    """One thing that a person did.

    Attributes:
        tab: Whose state it works on.
        page: The loaded page, by the name that it gave itself.
        number: Counts within the page.
        again: Whether the page sent it before.
    """

    tab: str
    page: str
    number: int
    again: bool

    @property
    def key(self) -> Key:
        """What tells it from all others."""
        return self.tab, self.page, self.number

    @property
    def digest(self) -> str:
        """The key in 32 characters that do not tell the tab's name."""
        return hashlib.blake2b(repr(self.key).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Tapped(Event):
    """An event with the tap that it came with."""

    tap: Tap | None = None


_current: ContextVar[Tap | None] = ContextVar("tap", default=None)
_has_written: ContextVar[bool] = ContextVar("has written", default=False)


def tap_of(event: Event) -> Tap | None:
    """Return the tap that an event came with; None for one that the server made."""
    return event.tap if isinstance(event, Tapped) else None


def work_for(tap: Tap | None) -> None:
    """Note for this task what it works on."""
    _current.set(tap)
    _has_written.set(False)


def unwritten() -> Tap | None:
    """Return the tap that this task works on, unless it has written for it already, or works for none."""
    return None if _has_written.get() else _current.get()


def wrote() -> None:
    """Note that this task wrote for its tap, and may do so again."""
    _has_written.set(True)


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
        self._running: dict[Key, EventFuture] = {}
        self._sockets: dict[Key, str] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._done: defaultdict[str, list[int]] = defaultdict(list)
        self._any_done = asyncio.Event()
        self._is_closing = False

    async def enqueue(self, token: str, event: Event, ev_ctx: EventContext | None = None) -> EventFuture:
        tap = _parsed(token, event.router_data.pop(FIELD, None))
        socket = str(event.router_data.get("sid", ""))
        if event.name not in RegistrationContext.get().event_handlers:
            return self._dropped(event.name, tap, socket)
        if tap is None:
            return _measured(await self._enqueue(token, event, ev_ctx), event.name)
        key = tap.key
        self._sockets[key] = socket
        if (running := self._running.get(key)) is not None:
            return running
        tapped = Tapped(name=event.name, router_data=event.router_data, payload=event.payload, tap=tap)
        try:
            future = _measured(await self._enqueue(token, tapped, ev_ctx), event.name)
        except BaseException:
            self._sockets.pop(key, None)
            raise
        self._running[key] = future
        future.add_done_callback(lambda ended: self._note(key, ended))
        return future

    def _dropped(self, name: str, tap: Tap | None, socket: str) -> EventFuture:
        """Drop what nothing handles: Reflex would keep it and wait for its end for ever."""
        log.warning("refused an event that nothing handles: %.120r", name)
        if tap is not None:
            self._tell_later(socket, tap.number)
        ended = EventFuture(txid="")
        ended.cancel()
        return ended

    def _note(self, key: Key, ended: asyncio.Future[Any]) -> None:
        self._running.pop(key, None)
        socket = self._sockets.pop(key, "")
        # What a stopping server gave up, the page sends to the next.
        if self._is_closing and ended.cancelled():
            return
        if not ended.cancelled() and isinstance(ended.exception(), AWAY):
            # The tab's state is out of reach: the page keeps the tap, and brings it again.
            self._close_later(socket)
            return
        self._tell_later(socket, key[2])

    def _tell_later(self, socket: str, number: int) -> None:
        self._done[socket].append(number)
        self._any_done.set()

    def _close_later(self, socket: str) -> None:
        if socket and socket not in self._closing:
            self._closing[socket] = asyncio.create_task(self._close_socket(socket), name="close socket")

    async def _close_socket(self, socket: str) -> None:
        await asyncio.sleep(CLOSED_AFTER_SECONDS)
        self._closing.pop(socket, None)
        server, namespace = self._app.sio, self._app.event_namespace
        if server is None or namespace is None:
            return
        # A client told to leave the namespace would stay away; one whose transport ends connects again.
        transport = cast("str | None", server.manager.eio_sid_from_sid(socket, namespace.namespace))
        if transport is not None:
            await server.eio.disconnect(transport)

    async def close(self) -> None:
        self._is_closing = True
        for task in list(self._closing.values()):
            task.cancel()
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


def _parsed(tab: str, found: Any) -> Tap | None:
    """Read what a page sent: its name, a number, and whether it is sent again."""
    if not isinstance(found, list):
        return None
    match cast("list[object]", found):
        case [str() as page, int() as number, *rest] if (
            0 < len(page) <= NAME_MAXIMUM and 0 < number < LARGEST_NUMBER and len(rest) <= 1
        ):
            return Tap(tab, page, number, again=bool(rest and rest[0]))
        case _:
            return None
