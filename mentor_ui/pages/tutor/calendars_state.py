"""What a tutor does with linked calendars: link, connect, choose, look again, remove."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import TEACHING, Actor
from mentor_ui.gate import MINE, Refused, acting, allow, attempting, follow, reading, say
from mentor_ui.gate.acting import cookie_of, resolve
from mentor_ui.jobs import calendar_connecting, calendar_polling
from mentor_ui.models import CalendarKind
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.calendars_shown import CONNECT_PROBLEMS, NOWHERE, CalendarRow, calendar_row
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import linked_calendars

READS = "reads:"
"""Begin of the names of the checkboxes of an account's calendars."""


@dataclass(frozen=True)
class CalendarErrors:
    """What is wrong with the forms: the address, or the choice among an account's calendars."""

    address: str = ""
    choice: str = ""
    choice_of: str = ""


class CalendarsState(rx.State):
    """The tutor's linked calendars.

    Attributes:
        ready: Whether the list was loaded.
        problem: Why it could not be.
        google: Whether an account at Google can be connected here.
        microsoft: The same for Microsoft.
        linking: An address is being tried.
        linked: Grows when one was linked, which empties the field.
        busy_with: The calendar that something is being done with.
        removed: Grows when one was removed, which closes the question.
    """

    ready: bool = False
    problem: str = ""
    calendars: list[CalendarRow] = []
    google: bool = False
    microsoft: bool = False
    errors: CalendarErrors = CalendarErrors()
    linking: bool = False
    linked: int = 0
    busy_with: str = ""
    removed: int = 0

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the page, keep it up to date, and say what came of connecting an account."""
        await follow(self, MINE)
        self.errors, self.linking, self.busy_with = CalendarErrors(), False, ""
        await self._reload()
        query = self.router.url.query_parameters
        if query.get("connected"):
            await say(self, "The account is connected. Choose below which of its calendars count.")
        elif code := query.get("problem", ""):
            unknown = CONNECT_PROBLEMS["calendar_not_connected"]
            await say(self, CONNECT_PROBLEMS.get(code, unknown), trouble=True)

    async def _reload(self) -> None:
        await self._show(await acting(self))

    async def _show(self, actor: Actor) -> None:
        now = datetime.now(UTC)
        found = await reading(lambda session: _rows(session, actor, now))
        if isinstance(found, Refused):
            self.problem = found.message
            return
        accounts = get_resources().calendars.accounts
        self.google, self.microsoft = CalendarKind.GOOGLE in accounts, CalendarKind.MICROSOFT in accounts
        self.calendars, self.problem, self.ready = found, "", True

    @rx.event(background=True)
    @allow(TEACHING)
    async def link(self, form: dict[str, Any]) -> None:
        """Link a calendar by its address, which is tried first."""
        address = form_text(form, "address")
        async with self:
            actor = await resolve(cookie_of(self))
            if actor is None or self.linking:
                return
            self.errors = CalendarErrors(address="" if address else "Paste the calendar's address here.")
            self.linking = bool(address)
        if not address:
            return
        done = await attempting(partial(calendar_polling.link_address, get_resources(), actor, address))
        async with self:
            self.linking = False
            if isinstance(done, Refused):
                self.errors = CalendarErrors(address=done.message)
                return
            self.linked += 1
            await say(self, "The calendar is linked. When you are busy there, nobody can book you.")
            await self._show(actor)

    @rx.event(background=True)
    @allow(TEACHING)
    async def look_again(self, calendar: str) -> None:
        """Look into a calendar now."""
        await self._do(
            calendar,
            lambda resources, actor, calendar_id: calendar_connecting.look_again(
                resources, actor, calendar_id=calendar_id
            ),
        )

    @rx.event(background=True)
    @allow(TEACHING)
    async def choose(self, form: dict[str, Any]) -> None:
        """Choose which calendars of an account are read, and into which sessions are written."""
        calendar, chosen = form_text(form, "calendar"), form_text(form, "writes_to")
        writes_to = "" if chosen == NOWHERE else chosen
        reads = [str(name)[len(READS) :] for name, on in form.items() if str(name).startswith(READS) and on]
        await self._do(
            calendar,
            lambda resources, actor, calendar_id: calendar_connecting.choose(
                resources, actor, calendar_id=calendar_id, reads=reads, writes_to=writes_to
            ),
            "Your choice is saved.",
        )

    @rx.event(background=True)
    @allow(TEACHING)
    async def remove(self, form: dict[str, Any]) -> None:
        """Forget a calendar."""
        calendar = form_text(form, "calendar")
        await self._do(
            calendar,
            lambda resources, actor, calendar_id: calendar_connecting.remove(
                resources, actor, calendar_id=calendar_id
            ),
            "The calendar is removed. What stands in it no longer counts.",
        )
        async with self:
            self.removed += 1

    async def _do(self, calendar: str, work: Callable[[Resources, Actor, int], None], told: str = "") -> None:
        """Do something with one calendar, without keeping the page from anything else."""
        async with self:
            actor = await resolve(cookie_of(self))
            if actor is None or self.busy_with:
                return
            self.busy_with, self.errors = calendar, CalendarErrors()
        done = await attempting(lambda: work(get_resources(), actor, _known(calendar)))
        async with self:
            self.busy_with = ""
            if isinstance(done, Refused) and done.field:
                self.errors = CalendarErrors(choice=done.message, choice_of=calendar)
            elif isinstance(done, Refused):
                await say(self, done.message, trouble=True)
            else:
                # Without words, too: what was said before is not true any more.
                await say(self, told)
            await self._show(actor)


def _rows(session: Session, actor: Actor, now: datetime) -> list[CalendarRow]:
    return [calendar_row(one, actor.timezone, now) for one in linked_calendars.mine(session, actor, now)]


def _known(calendar: str) -> int:
    found = parse_id(calendar)
    if found is None:
        raise NotFound("This calendar is not linked any more.", code="calendar_not_found")
    return found
