"""A page made ready for drawing: its components as functions, and the States behind them."""

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
    """The pages of the application, made ready when they are first wanted.

    Args:
        pages: All of them.
    """

    def __init__(self, pages: list[Page]) -> None:
        self._pages = {page.route: page for page in pages}
        self._ready: dict[str, Prepared | None] = {}
        # Making one takes a second, in which others wait instead of making it too.
        self._lock = threading.Lock()
        self._stopping = False

    @property
    def routes(self) -> list[str]:
        """The routes that addresses can name, those without a variable part first."""
        return sorted(self._pages.keys() - {NOT_FOUND}, key=lambda route: (route.count("["), route))

    @asynccontextmanager
    async def warming(self) -> AsyncGenerator[None]:
        """Make the pages that are open to all ready in a thread, so that no visitor waits for it."""
        task = asyncio.create_task(asyncio.to_thread(self._warm), name="first paint")
        try:
            yield
        finally:
            self._stopping = True
            await asyncio.gather(task, return_exceptions=True)

    def _warm(self) -> None:
        for page in self._pages.values():
            if not page.policy.signed_in and not self._stopping:
                self.ready(page.route)

    def policy(self, route: str) -> Policy:
        """Return who may open a page."""
        return self._pages[route].policy

    def ready(self, route: str) -> Prepared | None:
        """Return a page ready for drawing; None when the server cannot draw it."""
        with self._lock:
            if route not in self._ready:
                self._ready[route] = _prepared(self._pages[route])
            return self._ready[route]


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
