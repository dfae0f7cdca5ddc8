"""A page made ready for drawing: its components as functions, and the States behind them."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from contextvars import copy_context
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import reflex as rx
from reflex.state import State
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from mentor_ui.gate.notice import Notice
from mentor_ui.gate.policy import Policy
from mentor_ui.pages.registry import NOT_FOUND, Page, document_title
from mentor_ui.web.first_paint_markup import Asked as Fields
from mentor_ui.web.first_paint_markup import Drawn, NotDrawable, Sheet, drawing, names_of
from mentor_ui.web.first_paint_scripts import PATH_NAME, QUERY_NAME, text_of, worked
from mentor_ui.web.first_paint_values import Values
from mentor_ui.web.interpreter import keep_what_is_there

MAKERS = 2
"""At most so many pages are made at once for those who wait."""

PAUSES = 4
"""So many times as long as making a page behind the sign-in took, the next one waits after the start."""

_STATE = re.compile(r"reflex___state____state(?:__\w+)?")


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page ready for drawing.

    Attributes:
        handlers: Full names of its loaders, in order.
        states: What it shows and its loaders fill.
        drawn: Draws all of it.
        title: Its title, of the values.
        description: One sentence, of the values.
    """

    page: Page
    handlers: tuple[str, ...]
    states: tuple[type[rx.State], ...]
    drawn: Drawn
    title: Callable[[Mapping[str, Any]], Any]
    description: Callable[[Mapping[str, Any]], Any]

    def draw(self, values: Values, *, path: str, query: str, fields: Fields) -> "Drawing":
        """Draw the page.

        Args:
            values: Of the States that the page shows.
            path: Of the address, without a closing slash.
            query: Of the address, without a question mark.
            fields: What the fields of a filter form show.
        """
        names = {**names_of(values), PATH_NAME: path, QUERY_NAME: query}
        sheet = Sheet(names, fields)
        self.drawn(sheet)
        return Drawing("".join(sheet.parts), text_of(self.title(names)), text_of(self.description(names)))


@dataclass(frozen=True, slots=True)
class Drawing:
    """What became of a page: the elements of its body, its title and its description in plain text."""

    body: str
    title: str
    description: str


class Pages:
    """The pages of the application, made ready one by one after the start, or when they are first wanted.

    Args:
        pages: All of them.
    """

    def __init__(self, pages: list[Page]) -> None:
        # Those open to all first, as they are wanted first.
        self._pages = {page.route: page for page in sorted(pages, key=lambda page: page.policy.signed_in)}
        self._patterns = [(_pattern(route), route) for route in self.routes]
        self._ready: dict[str, Prepared | None] = {}
        # Making one takes up to a second, in which others who want the same wait instead of making it too.
        self._locks = {route: threading.Lock() for route in self._pages}
        self._stopping = threading.Event()

    @property
    def routes(self) -> list[str]:
        """The routes that addresses can name, those without a variable part first."""
        return sorted(self._pages.keys() - {NOT_FOUND}, key=lambda route: (route.count("["), route))

    def route_of(self, path: str) -> str | None:
        """Return the route that an address without a closing slash names; None when it is no page's."""
        return next((route for pattern, route in self._patterns if pattern.fullmatch(path)), None)

    @asynccontextmanager
    async def warming(self) -> AsyncGenerator[None]:
        """Make all pages ready in a thread, so that no visitor waits for it and the start does not either."""
        task = asyncio.create_task(asyncio.to_thread(self._warm), name="first paint")
        try:
            yield
        finally:
            self._stopping.set()
            await asyncio.gather(task, return_exceptions=True)
            self._makers.shutdown(wait=False)

    def _warm(self) -> None:
        for page in self._pages.values():
            began = time.monotonic()
            self.ready(page.route)
            keep_what_is_there()
            # Requests get most of the processor; those for a page that is not ready yet do not wait for this.
            pause = PAUSES if page.policy.signed_in else 1
            if self._stopping.wait(pause * (time.monotonic() - began)):
                return

    @cached_property
    def _makers(self) -> ThreadPoolExecutor:
        """Threads of their own: those that fill and draw pages must not all wait for one that is made."""
        return ThreadPoolExecutor(MAKERS, "page-maker")

    def policy(self, route: str) -> Policy:
        """Return who may open a page."""
        return self._pages[route].policy

    async def wanted(self, route: str) -> Prepared | None:
        """Return a page ready for drawing, without blocking the loop; None when the server cannot draw it."""
        if route in self._ready:
            return self._ready[route]
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._makers, lambda: context.run(self.ready, route)
        )

    def ready(self, route: str) -> Prepared | None:
        """Return a page ready for drawing; None when the server cannot draw it."""
        if route not in self._ready:
            with self._locks[route]:
                if route not in self._ready:
                    self._ready[route] = _prepared(self._pages[route])
        return self._ready[route]


def _pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\[\w+\\\]", "[^/]+", re.escape(route)))


def _prepared(page: Page) -> Prepared | None:
    component = page.function()
    try:
        drawn = drawing(component)
    except NotDrawable:
        return None
    handlers = tuple(format_event_handler(cast("rx.event.EventHandler", one)) for one in page.loaders)
    known = RegistrationContext.get()
    states = {known.event_handlers[name].states[0] for name in handlers} | {Notice}
    named = set(_STATE.findall(str(cast("object", component.render()))))
    states |= {one for one in known.base_states.values() if one.get_full_name().replace(".", "__") in named}
    return Prepared(
        page,
        handlers,
        tuple(
            sorted(
                (cast("type[rx.State]", one) for one in states - {State}), key=lambda one: one.get_full_name()
            )
        ),
        drawn,
        worked(str(rx.Var.create(document_title(page.title)))),
        worked(str(rx.Var.create(page.description))),
    )
