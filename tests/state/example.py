"""An application of two pages, registered apart from the real one, on which the gate is tried."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import reflex as rx
from reflex_base.registry import RegistrationContext

from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Anyone, SignedIn, acting, allow, current_actor
from mentor_ui.gate.middleware import Gate, mark_page_load

registration = RegistrationContext.ensure_context().fork()
_before = RegistrationContext.set(registration)
navigated: list[str] = []
BROKEN = "a loader that fails"


class Shelf(rx.State):
    """What a page could hold."""

    note: str = ""
    calls: int = 0
    who: str = "not asked"
    _secret: str = ""

    @rx.event
    @allow(Anyone)
    async def load_open(self) -> None:
        actor = await current_actor(self)
        self.who = str(actor.person_id) if actor else "nobody"

    @rx.event
    @allow(TEACHING)
    async def load_closed(self) -> None:
        self.note = f"private note of {(await acting(self)).person_id}"
        self._secret = self.note

    @rx.event
    @allow(Anyone)
    async def load_broken(self) -> None:
        raise RuntimeError(BROKEN)

    @rx.event
    @allow(Anyone)
    async def load_in_steps(self) -> AsyncIterator[None]:
        self.note = "first"
        yield
        self.note = "second"

    @rx.event
    @allow(Anyone)
    async def load_address(self) -> None:
        self.calls += 1
        # Like the marketplace, it sends only what is not on the page already.
        if self.note != self.router.url.path:
            self.note = self.router.url.path

    @rx.event
    @allow(Anyone)
    async def load_with_more(self) -> Any:
        return Shelf.slow

    @rx.event
    @allow(SignedIn)
    async def count(self, by: int) -> None:
        self.calls += int(by)

    @rx.event
    @allow(TEACHING)
    def teach(self, title: str, form: dict[str, str] | None = None) -> None:
        del form
        self.note = title

    @rx.event
    @allow(Anyone)
    async def slow(self) -> None:
        await asyncio.sleep(0)
        actor = await current_actor(self)
        self.who = str(actor.person_id) if actor else "nobody"

    @rx.event(background=True)
    @allow(SignedIn)
    async def in_background(self) -> None:
        async with self:
            self.who = f"background {(await acting(self)).person_id}"

    @rx.event
    def forgotten(self) -> None:
        self.note = "an event without a policy ran"

    def undecorated(self) -> None:
        self.note = "an undecorated method ran"

    def _private(self) -> None:
        self.note = "a private method ran"


for loader in (
    Shelf.load_open,
    Shelf.load_closed,
    Shelf.load_broken,
    Shelf.load_in_steps,
    Shelf.load_address,
    Shelf.load_with_more,
):
    mark_page_load(loader.fn)

app = rx.App(toaster=None, app_wraps={})
app.add_middleware(Gate(on_navigation=navigated.append, per_second=50, burst=60))
app.add_page(rx.el.p("open"), route="/open", on_load=Shelf.load_open)
app.add_page(rx.el.p("closed"), route="/closed", on_load=Shelf.load_closed)
app.add_page(rx.el.p("broken"), route="/broken", on_load=[Shelf.load_broken, Shelf.load_open])
app.add_page(rx.el.p("in steps"), route="/steps", on_load=[Shelf.load_open, Shelf.load_in_steps])
app.add_page(rx.el.p("here"), route="/here", on_load=Shelf.load_address)
app.add_page(rx.el.p("there"), route="/there", on_load=Shelf.load_address)
app.add_page(rx.el.p("yonder"), route="/yonder", on_load=Shelf.load_address)
app.add_page(rx.el.p("with more"), route="/more", on_load=Shelf.load_with_more)

RegistrationContext.reset(_before)
