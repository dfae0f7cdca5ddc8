"""A browser tab without a browser: events go through the real gate, handlers and state manager.

The only place that touches Reflex's internals for it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar

import reflex as rx
from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import OnLoadInternalState, State, StateUpdate
from reflex_base.event import Event
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from reflex_base.event.processor.future import EventFuture
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from mentor_ui.gate.cookies import SESSION_COOKIE, ZONE_COOKIE
from mentor_ui.gate.finishing import finishing
from mentor_ui.gate.middleware import Gate

S = TypeVar("S", bound=rx.State)


@dataclass
class Wire:
    """What would have gone to the browsers, by tab."""

    updates: list[tuple[str, StateUpdate]] = field(default_factory=list)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        self.updates.append((token, update))


@dataclass
class Tabs:
    """All tabs of a test: they share one server."""

    processor: BaseStateEventProcessor
    manager: StateManager
    wire: Wire
    failures: list[Exception]


class Tab:
    """One browser tab.

    Args:
        tabs: The server.
        name: Its token.
        cookie: The session cookie's value, as it was when the socket opened.
        zone: The browser's own time zone, likewise.
    """

    def __init__(self, tabs: Tabs, name: str = "tab-1", cookie: str = "", zone: str = "") -> None:
        self.tabs = tabs
        self.name = name
        self.cookie = cookie
        self.zone = zone
        self.path = "/"

    def _router_data(self) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        cookies = {"theme": "dark", ZONE_COOKIE: self.zone, SESSION_COOKIE: self.cookie}
        pairs = (pair.partition("=") for pair in query.split("&") if pair)
        return {
            "pathname": path,
            "asPath": self.path,
            "query": {key: value for key, _, value in pairs},
            "token": self.name,
            "sid": f"sid-{self.name}",
            "ip": "127.0.0.1",
            "headers": {
                "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items() if value),
                "origin": "http://localhost",
            },
        }

    async def send(self, name: str, payload: Mapping[str, Any] | None = None) -> None:
        """Send one event by its full name and wait for all that follows from it."""
        await (await self.press(name, payload)).wait_all()

    async def press(self, name: str, payload: Mapping[str, Any] | None = None) -> EventFuture:
        """Send one event by its full name and wait for nothing."""
        event = Event(name=name, router_data=self._router_data(), payload=dict(payload or {}))
        return await self.tabs.processor.enqueue(self.name, event)

    async def fire(self, handler: Any, **payload: Any) -> None:
        """Call a handler as the page would."""
        await self.send(format_event_handler(handler), payload)

    async def open(self, path: str) -> None:
        """Open a page: Reflex's own first event, then the page's loaders."""
        self.path = path
        await self.fire(State.hydrate_and_load)

    async def go_to(self, path: str) -> None:
        """Go on to another page by a link."""
        await (await self.leave_for(path)).wait_all()

    async def leave_for(self, path: str) -> EventFuture:
        """Go on to another page by a link and wait for nothing."""
        self.path = path
        return await self.press(format_event_handler(OnLoadInternalState.on_load_internal))

    async def state(self, cls: type[S]) -> S:
        """Return the tab's present state of a class."""
        root = await self.tabs.manager.get_state(BaseStateToken(ident=self.name, cls=cls))
        found = await root.get_state(cls)
        assert isinstance(found, cls)
        return found

    @property
    def redirects(self) -> list[str]:
        """Where the server sent this tab, in order."""
        return [
            event.payload["path"]
            for token, update in self.tabs.wire.updates
            if token == self.name
            for event in update.events
            if event.name == "_redirect"
        ]

    @property
    def updates(self) -> list[StateUpdate]:
        """What was sent to this tab, in order."""
        return [update for token, update in self.tabs.wire.updates if token == self.name]

    def was_sent(self, text: str) -> bool:
        """Whether a text ever reached this tab's browser."""
        return any(
            text in str(update.delta) for token, update in self.tabs.wire.updates if token == self.name
        )

    def forget(self) -> None:
        """Forget what was sent until now."""
        self.tabs.wire.updates.clear()


@asynccontextmanager
async def running(
    registration: RegistrationContext, manager: StateManager | None = None, wire: Wire | None = None
) -> AsyncIterator[Tabs]:
    """Run the application's event processor without a server.

    Args:
        registration: Where the application, its states and its handlers are registered.
        manager: What keeps the states; this process's memory unless given.
        wire: What stands for the sockets.
    """
    wire, manager = wire or Wire(), manager or StateManagerMemory()
    failures: list[Exception] = []

    def note(exception: Exception) -> None:
        failures.append(exception)

    processor = BaseStateEventProcessor(
        middleware=registration.app, backend_exception_handler=note, graceful_shutdown_timeout=2
    ).configure(state_manager=manager, event_namespace=wire)  # type: ignore[arg-type]
    reset = RegistrationContext.set(registration)
    _fill_buckets(registration)
    try:
        app: Any = SimpleNamespace(event_processor=processor)
        async with processor, finishing(app):
            yield Tabs(processor, manager, wire, failures)
    finally:
        RegistrationContext.reset(reset)


def _fill_buckets(registration: RegistrationContext) -> None:
    """Forget how many events earlier tests sent; their tabs have the same names."""
    gates = [one for one in registration.app._middlewares if isinstance(one, Gate)]
    for gate in gates:
        gate._tabs._own._levels.clear()
        gate._people._own._levels.clear()
    assert gates
