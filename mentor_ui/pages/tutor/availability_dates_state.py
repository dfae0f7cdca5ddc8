"""Adding, changing and removing the dates on which weekly hours do not tell the truth."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.free_weeks import local_date
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import TEACHING, Actor
from mentor_ui.domain.weekly_hours import clock_of
from mentor_ui.gate import Refused, acting, allow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.availability_overview import refresh_overview
from mentor_ui.pages.tutor.outside_rows import OutsideRow, outside_rows, outside_sentence
from mentor_ui.services import availability_exceptions, zone_stays
from mentor_ui.services.availability_exceptions import ExceptionDraft, StoredException

FIELDS = frozenset({"kind", "first_day", "last_day", "starts", "ends"})


@dataclass(frozen=True)
class DateRow:
    """One exception in words; `fill` is what the dialog begins with when it is edited (JSON)."""

    id: str
    away: bool
    days: str
    times: str
    note: str
    fill: str


@dataclass(frozen=True)
class DateErrors:
    """What is wrong with the dialog, by field; `whole` concerns no single one."""

    kind: str = ""
    first_day: str = ""
    last_day: str = ""
    starts: str = ""
    ends: str = ""
    note: str = ""
    whole: str = ""


class DatesState(rx.State):
    """The exceptions and the dialog that adds or changes one.

    Attributes:
        ready: Whether they were loaded.
        today: The earliest day to choose, in ISO 8601.
        blank: What the dialog of a new one begins with (JSON).
        outside: What would lie outside with what is filled in.
        saving: One is being saved.
        saved: Grows when one was, which closes the dialog.
    """

    ready: bool = False
    rows: list[DateRow] = []
    today: str = ""
    blank: str = ""
    errors: DateErrors = DateErrors()
    outside: list[OutsideRow] = []
    outside_sentence: str = ""
    saving: bool = False
    saved: int = 0
    _typed: dict[str, str] = {}

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the list."""
        await self._reload()

    async def _reload(self) -> None:
        actor, now = await acting(self), datetime.now(UTC)

        def read(session: Session) -> tuple[str, tuple[StoredException, ...]]:
            zone = zone_stays.zone_of(session, actor)
            return zone, availability_exceptions.exceptions(session, actor, now)

        found = await reading(read)
        if isinstance(found, Refused):
            await say(self, found.message, trouble=True)
            return
        today = local_date(now, found[0])
        self.rows = [_row(one, actor) for one in found[1]]
        self.today, self.blank, self.ready = today.isoformat(), _blank(actor), True

    @rx.event
    @allow(TEACHING)
    def start_over(self, exception_id: str) -> None:
        """Forget what was wrong with the dialog before; it is about this exception, or a new one."""
        self.errors, self.outside, self.outside_sentence = DateErrors(), [], ""
        fill = next((row.fill for row in self.rows if row.id == exception_id), self.blank)
        begins: dict[str, Any] = json.loads(fill or "{}")
        self._typed = {name: _as_typed(value) for name, value in begins.items()}

    @rx.event
    @allow(TEACHING)
    async def consider(self, name: str, value: str) -> None:
        """Show which sessions would lie outside with what is filled in so far."""
        if name in FIELDS:
            self._typed = {**self._typed, name: str(value)}
            self.errors = replace(self.errors, **{name: ""})
            await self._consider()

    @rx.event
    @allow(TEACHING)
    async def consider_whole_day(self, whole: bool) -> None:  # noqa: FBT001 (what a checkbox sends)
        """Show the same when the times begin or cease to count."""
        self._typed = {**self._typed, "whole_day": "on" if whole else ""}
        await self._consider()

    async def _consider(self) -> None:
        actor, now, draft = await acting(self), datetime.now(UTC), _draft({**_BEGINS, **self._typed})
        changed = parse_id(self._typed.get("exception"))
        found = await reading(
            lambda session: availability_exceptions.would_lie_outside(
                session, actor, draft=draft, exception_id=changed, now=now
            )
        )
        if isinstance(found, Refused):
            return
        self.outside = outside_rows(found, actor.timezone)
        self.outside_sentence = outside_sentence(found, "your hours", would=True)

    @rx.event
    @allow(TEACHING)
    async def save(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Add or change an exception, or say beside the fields what is wrong."""
        actor, draft, now = await acting(self), _draft(form), datetime.now(UTC)
        changed = form_text(form, "exception")
        wrong = availability_exceptions.exception_errors(draft, today=local_date(now, actor.timezone))
        self.errors = replace(DateErrors(), **wrong)
        if wrong:
            return
        self.saving = True
        yield
        try:
            done = await writing(
                lambda session: (
                    availability_exceptions.change_exception(
                        session, actor, exception_id=_known(changed), draft=draft, now=now
                    )
                    if changed
                    else availability_exceptions.add_exception(session, actor, draft=draft, now=now)
                )
            )
        finally:
            self.saving = False
        if isinstance(done, Refused):
            self.errors = replace(DateErrors(), **{done.field or "whole": done.message})
            return
        self.saved += 1
        away = draft.kind == ExceptionKind.AWAY
        await say(self, "You are away on these days." if away else "These extra hours can be booked.")
        await self._reload()
        await refresh_overview(self)

    @rx.event
    @allow(TEACHING)
    async def remove(self, exception_id: str) -> None:
        """Remove an exception; the weekly hours count again."""
        actor, now = await acting(self), datetime.now(UTC)
        done = await writing(
            lambda session: availability_exceptions.remove_exception(
                session, actor, exception_id=_known(exception_id), now=now
            )
        )
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        else:
            await say(self, "Removed. Your weekly hours count again on these days.")
        await self._reload()
        await refresh_overview(self)


_BEGINS = {
    "kind": ExceptionKind.AWAY.value,
    "first_day": "",
    "last_day": "",
    "whole_day": "on",
    "starts": "09:00",
    "ends": "12:00",
    "note": "",
}


def _blank(actor: Actor) -> str:
    return json.dumps({"owner": str(actor.person_id), "exception": "", **_BEGINS, "whole_day": True})


def _as_typed(value: object) -> str:
    """Return a value of a fill as the browser would send it; an unset checkbox is empty."""
    return ("on" if value else "") if isinstance(value, bool) else str(value)


def _draft(form: dict[str, Any]) -> ExceptionDraft:
    return ExceptionDraft(
        kind=form_text(form, "kind"),
        first_day=form_text(form, "first_day"),
        last_day=form_text(form, "last_day"),
        whole_day=bool(form.get("whole_day")),
        starts=form_text(form, "starts"),
        ends=form_text(form, "ends"),
        note=form_text(form, "note"),
    )


def _known(exception_id: str) -> int:
    found = parse_id(exception_id)
    if found is None:
        raise NotFound("These days are removed already.", code="exception_not_found")
    return found


def _row(one: StoredException, actor: Actor) -> DateRow:
    fill = {
        "owner": str(actor.person_id),
        "exception": str(one.exception_id),
        **_BEGINS,
        "kind": one.kind.value,
        "first_day": one.first_day.isoformat(),
        "last_day": "" if one.first_day == one.last_day else one.last_day.isoformat(),
        "whole_day": one.whole_day,
        "note": one.note,
    }
    if not one.whole_day:
        fill |= {"starts": clock_of(one.starts_minute), "ends": clock_of(one.ends_minute)}
    times = f"{clock_of(one.starts_minute)} – {clock_of(one.ends_minute)}"  # noqa: RUF001 (an en dash)
    return DateRow(
        id=str(one.exception_id),
        away=one.kind == ExceptionKind.AWAY,
        days=shown_days(one.first_day, one.last_day),
        times="all day" if one.whole_day else times,
        note=one.note,
        fill=json.dumps(fill),
    )


def shown_days(first: date, last: date) -> str:
    """Return `Tue 24 Nov 2026`, or `Tue 24 – Thu 26 Nov 2026`."""  # noqa: RUF002 (an en dash)
    ends = f"{last:%a} {last.day} {last:%b %Y}"
    if first == last:
        return ends
    same_month, same_year = (first.year, first.month) == (last.year, last.month), first.year == last.year
    begins = f"{first:%a} {first.day}" + (
        "" if same_month else f" {first:%b}" if same_year else f" {first:%b %Y}"
    )
    return f"{begins} – {ends}"  # noqa: RUF001
