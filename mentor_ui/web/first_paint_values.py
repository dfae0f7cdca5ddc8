"""Fills a page's States for a plain HTTP request, by the very handlers that fill them over the socket."""

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

import reflex as rx
from reflex.state import State
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import json_dumps  # pyright: ignore[reportUnknownVariableType]

from mentor_ui.domain.roles import Actor
from mentor_ui.gate.acting import act_as
from mentor_ui.pages.heads import Head

NO_TAB = ""
"""The tab of a page that is only drawn."""

HYDRATED = "is_hydrated_rx_state_"

Values = dict[str, dict[str, Any]]
"""Values of vars by State and var, both as the browser knows them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser asked for.

    Attributes:
        path: Without a closing slash.
        query: Without a question mark.
        cookie: The header as it came.
        origin: Of the application, such as `https://mentor.ng`.
    """

    path: str
    query: str
    cookie: str
    origin: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What the page's handlers came to.

    Attributes:
        values: All vars of the States that were filled.
        head: What they found out for the document.
        goes_to: Path to which the page leads on at once; empty when it stays.
    """

    values: Values
    head: Head
    goes_to: str = ""


async def filled(
    route: str, handlers: Sequence[str], states: Sequence[type[rx.State]], asked: Asked, actor: Actor | None
) -> Filled:
    """Run a page's loaders on States that no tab has.

    Args:
        route: Of the page.
        handlers: Full names of its loaders, in order.
        states: What the page shows and its loaders fill.
        asked: What the browser asked for.
        actor: Who asks; None for a visitor.
    """
    act_as(NO_TAB, actor)
    root = _root(route, states, asked)
    for name in handlers:
        registered = RegistrationContext.get().event_handlers[name]
        state = await root.get_state(registered.states[0])
        if goes_to := await _led_on(registered.handler.fn(state)):
            return Filled({}, Head(), goes_to)
    root.is_hydrated = True
    head = Head()
    for state in root.substates.values():
        found = getattr(state, "_head", None)
        head = found if isinstance(found, Head) else head
    return Filled(plain(root), head)


def plain(root: State) -> Values:
    """Return the values of a tree of States as the browser gets them."""
    found = cast("Values", json.loads(json_dumps(root.dict())))
    # The request's own headers are nobody's business, and no page shows them.
    found[root.get_full_name()] = {HYDRATED: root.is_hydrated}
    return found


def changed(values: Values) -> Values:
    """Return those values that the build's scripts do not know from the start."""
    defaults = _defaults()
    return {
        state: kept
        for state, found in values.items()
        if (kept := {name: value for name, value in found.items() if defaults[state].get(name) != value})
    }


def defaults_of(names: frozenset[str]) -> Values:
    """Return the values with which the build's scripts begin, for some States."""
    return {state: dict(found) for state, found in _defaults().items() if state in names}


_kept: dict[str, Values] = {}


def _defaults() -> Values:
    if "all" not in _kept:
        everything = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
        _kept["all"] = cast("Values", json.loads(json_dumps(everything.dict(initial=True))))
    return _kept["all"]


def _root(route: str, states: Sequence[type[rx.State]], asked: Asked) -> State:
    root = State(_reflex_internal_init=True, init_substates=False)  # pyright: ignore[reportCallIssue]
    for cls in states:
        name = cls.get_name()
        root.substates[name] = cls(parent_state=root, init_substates=False, _reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    address = f"{asked.path}?{asked.query}" if asked.query else asked.path
    data: dict[str, Any] = {
        "pathname": route,
        "asPath": address,
        "query": dict(parse_qsl(asked.query)),
        "token": NO_TAB,
        "sid": "",
        "ip": "",
        "headers": {"cookie": asked.cookie, "origin": asked.origin},
    }
    root.router_data = root._update_router_vars(data, {})  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return root


async def _led_on(result: object) -> str:
    """Finish a handler and return the path to which it leads on; empty when it does not."""
    if inspect.isasyncgen(result):
        found: list[object] = [event async for event in cast("Any", result)]
    elif inspect.isgenerator(result):
        found = list(cast("Any", result))
    else:
        found = [await cast("Any", result) if inspect.isawaitable(result) else result]
    for events in found:
        for event in _events(events):
            if event.name == "_redirect":
                return str(event.payload["path"])
    return ""


def _events(found: object) -> list[Event]:
    if found is None or isinstance(found, Mapping):
        return []
    several = cast("list[object]", found) if isinstance(found, list) else [found]
    redirects = [one for one in several if isinstance(one, rx.event.EventSpec)]
    return Event.from_event_type(cast("Any", redirects)) if redirects else []
