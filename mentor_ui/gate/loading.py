"""Fills a page within the event that opens it.

Reflex makes an event of each loader of a page, and one more that says that all have ended: a tap on a filter
would be four events, each with its lock, its look at the cookie and its message. Loaders that have nothing to
show in between run here one after the other, and what they changed goes out as one answer.
"""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import Any, cast

import reflex as rx
from reflex.state import State, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from structlog.contextvars import bind_contextvars

from mentor_ui.gate.notice import on_backend_error
from mentor_ui.gate.taps import AWAY, work_for
from mentor_ui.metrics import EVENTS, EVENTS_FAILED, handler_label

Judge = Callable[[State, Event], Awaitable[StateUpdate | None]]
"""Returns what answers an event instead of its handler; None for one that may run."""

Ready = tuple[Event, RegisteredEventHandler]
"""A loader's event and its handler."""

_kept: dict[int, tuple[Sequence[Any], Sequence[Ready]]] = {}


async def loaded(app: rx.App, state: State, judge: Judge) -> StateUpdate | None:
    """Run the loaders of the page that the tab shows.

    Args:
        app: The application.
        state: The tab's root state.
        judge: Asked before each loader.

    Returns:
        What they changed and the events that follow; None when Reflex has to run them, since one of them
        shows something in between, or there are none.
    """
    ready = _ready(app.get_load_events(state.rx_router_url.path))
    if not ready:
        return None
    work_for(None)
    following: list[Any] = []
    refused: list[StateUpdate] = []
    for event, handler in ready:
        if answer := await judge(state, event):
            refused.append(answer)
        else:
            following += await _run(state, event, handler)
    # The browser has set it back by itself when it left the page before.
    state.is_hydrated = True
    delta = await state._get_resolved_delta()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    state._clean()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return StateUpdate(
        delta=_merged([*(answer.delta for answer in refused), delta]),
        events=[
            *(event for answer in refused for event in answer.events),
            *Event.from_event_type(following),
        ],
    )


def _ready(loaders: Sequence[Any]) -> Sequence[Ready]:
    """Return what runs here of a page's loaders: all of them or none."""
    # A page keeps its list for as long as the process runs; to look again costs more than some loaders.
    if not loaders:
        return ()
    kept = _kept.get(id(loaders))
    if kept is not None and kept[0] is loaders:
        return kept[1]
    events = Event.from_event_type([*loaders])
    found = [(event, handler) for event in events if (handler := _at_once(event)) is not None]
    ready = tuple(found) if len(found) == len(events) else ()
    _kept[id(loaders)] = (loaders, ready)
    return ready


def _at_once(event: Event) -> RegisteredEventHandler | None:
    """Return the handler of a loader that runs in one go, to its end."""
    found = RegistrationContext.get().event_handlers.get(event.name)
    if found is None or event.payload or found.handler.is_background:
        return None
    return found if inspect.iscoroutinefunction(found.handler.fn) else None


async def _run(state: State, event: Event, found: RegisteredEventHandler) -> Sequence[Any]:
    """Return the events that a loader has follow; what it raises is told as if it had its own event."""
    label, began = handler_label(event.name), perf_counter()
    bind_contextvars(handler=label)
    try:
        follows = await found.handler.fn(await state.get_state(found.states[0]))
    except AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - logged there, and the other loaders have their turn
        EVENTS_FAILED.labels(label).inc()
        follows = on_backend_error(error)
    finally:
        EVENTS.labels(label).observe(perf_counter() - began)
    if follows is None:
        return ()
    return cast("list[Any]", follows) if isinstance(follows, list) else (follows,)


def _merged(deltas: Sequence[Any]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {}
    for delta in deltas:
        for name, values in delta.items():
            merged.setdefault(name, {}).update(values)
    return merged
