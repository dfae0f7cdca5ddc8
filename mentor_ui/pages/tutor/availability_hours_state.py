"""Changing weekly hours: what is on the screen is a draft in this tab until it is saved or discarded."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import TEACHING
from mentor_ui.domain.slots import DEFAULT_WEEKLY_RANGES, WeeklyRange
from mentor_ui.domain.weekly_hours import (
    MOST_RANGES_A_DAY,
    WEEKDAYS,
    copied_day,
    minute_of,
    proposed_range,
    week_errors,
)
from mentor_ui.gate import Refused, acting, allow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.availability_hours_shown import (
    ChosenSet,
    DayRow,
    ShownRange,
    about_set,
    day_row,
    plain_ranges,
)
from mentor_ui.pages.tutor.availability_overview import refresh_overview
from mentor_ui.pages.tutor.outside_rows import OutsideRow, outside_rows, outside_sentence
from mentor_ui.services import weekly_hours
from mentor_ui.services.outside_sessions import OutsideSession, outside_sessions, outside_with
from mentor_ui.services.weekly_hours import HoursSet

USUAL = ""
"""Stands for the usual hours in the select."""


class HoursState(rx.State):
    """The weekly hours on the screen.

    Attributes:
        ready: Whether they were loaded.
        problem: Why they could not be.
        sets: The usual hours and the named ones.
        chosen: Which of them is on the screen.
        dirty: It differs from what is saved.
        outside: What would lie outside if it were saved, beside what does so already.
        saving: It is being saved.
        refusal: Why it could not be.
        copied: Grows when a day was copied, which closes that dialog.
        named: Grows when a set was named, which closes that dialog.
        name_error: What is wrong with the name.
        removed: Grows when a set was deleted, which closes the question.
    """

    ready: bool = False
    problem: str = ""
    sets: list[SelectOption] = []
    chosen: str = USUAL
    about: ChosenSet = ChosenSet()
    days: list[DayRow] = []
    dirty: bool = False
    outside_sentence: str = ""
    outside: list[OutsideRow] = []
    saving: bool = False
    refusal: str = ""
    copied: int = 0
    named: int = 0
    name_error: str = ""
    removed: int = 0
    _stored: dict[str, HoursSet] = {}
    _drafts: dict[str, list[ShownRange]] = {}
    _begun_from: dict[str, tuple[WeeklyRange, ...]] = {}
    _shown: list[ShownRange] = []
    _last_key: int = 0

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the editor; what was changed before and is not saved yet stays."""
        await self._reload_sets()

    async def _reload_sets(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: weekly_hours.hours_sets(session, actor))
        if isinstance(found, Refused):
            self.problem = found.message
            return
        self._stored = {str(one.schedule_id or USUAL): one for one in found}
        self._drafts = {key: draft for key, draft in self._drafts.items() if key in self._stored}
        self._begun_from = {key: one for key, one in self._begun_from.items() if key in self._stored}
        if self.chosen not in self._stored:
            self.chosen = USUAL
        self.refusal = self.problem = ""
        await self._show_chosen()
        self.ready = True

    async def _show_chosen(self) -> None:
        draft = self._drafts.get(self.chosen)
        self._shown = self._keyed(self._stored[self.chosen].ranges) if draft is None else draft
        await self._show()

    def _keyed(self, ranges: Sequence[WeeklyRange]) -> list[ShownRange]:
        keyed: list[ShownRange] = []
        for span in ranges:
            self._last_key += 1
            keyed.append(
                ShownRange(f"range-{self._last_key}", span.weekday, span.starts_minute, span.ends_minute)
            )
        return keyed

    async def _show(self) -> None:
        if self.chosen not in self._stored:
            return
        ranges = plain_ranges(self._shown)
        errors = week_errors(ranges)
        stored = self._stored[self.chosen]
        self.dirty = sorted(ranges, key=_order) != sorted(stored.ranges, key=_order)
        if self.dirty:
            self._drafts = {**self._drafts, self.chosen: self._shown}
            # What is stored may change in another window while this draft is open.
            self._begun_from = {self.chosen: stored.ranges, **self._begun_from}
        else:
            self._forget_draft()
        self.days = [
            day_row(weekday, self._shown, errors[weekday].message if weekday in errors else "")
            for weekday in range(len(WEEKDAYS))
        ]
        self.sets = [
            SelectOption(key, f"{one.name} (not saved)" if key in self._drafts else one.name)
            for key, one in self._stored.items()
        ]
        self.about = about_set(stored)
        await self._preview(ranges if self.dirty and not errors else None)

    def _forget_draft(self) -> None:
        self._drafts = {key: draft for key, draft in self._drafts.items() if key != self.chosen}
        self._begun_from = {key: one for key, one in self._begun_from.items() if key != self.chosen}

    async def _preview(self, ranges: list[WeeklyRange] | None) -> None:
        if ranges is None:
            self.outside, self.outside_sentence = [], ""
            return
        actor, now, schedule_id = await acting(self), datetime.now(UTC), self._stored[self.chosen].schedule_id

        def compare(session: Session) -> list[OutsideSession]:
            already = {row.session_id for row in outside_sessions(session, actor, now)}
            later = outside_with(session, actor, now, schedule_id=schedule_id, ranges=ranges)
            return [row for row in later if row.session_id not in already]

        found = await reading(compare)
        if isinstance(found, Refused):
            return
        self.outside = outside_rows(found, actor.timezone)
        self.outside_sentence = outside_sentence(found, "these hours", would=True)

    @rx.event
    @allow(TEACHING)
    async def choose(self, key: str) -> None:
        """Show another set; what was changed in this one is kept."""
        if str(key) in self._stored:
            self.chosen, self.refusal = str(key), ""
            await self._show_chosen()

    @rx.event
    @allow(TEACHING)
    async def add(self, weekday: int) -> None:
        """Add a range to a day."""
        spans = [(one.starts_minute, one.ends_minute) for one in self._shown if one.weekday == weekday]
        proposed = proposed_range(spans)
        if weekday not in range(len(WEEKDAYS)) or proposed is None or len(spans) >= MOST_RANGES_A_DAY:
            return
        self._shown = [*self._shown, *self._keyed([WeeklyRange(weekday, *proposed)])]
        await self._show()

    @rx.event
    @allow(TEACHING)
    async def remove(self, key: str) -> None:
        """Take a range away."""
        self._shown = [one for one in self._shown if one.key != key]
        await self._show()

    @rx.event
    @allow(TEACHING)
    async def set_start(self, key: str, clock: str) -> None:
        """Let a range begin at another time."""
        await self._change(key, clock, starts=True)

    @rx.event
    @allow(TEACHING)
    async def set_end(self, key: str, clock: str) -> None:
        """Let a range end at another time."""
        await self._change(key, clock, starts=False)

    async def _change(self, key: str, clock: str, *, starts: bool) -> None:
        minute = minute_of(str(clock))
        if minute is None:
            return
        self._shown = [
            one
            if one.key != key
            else replace(one, starts_minute=minute)
            if starts
            else replace(one, ends_minute=minute)
            for one in self._shown
        ]
        await self._show()

    @rx.event
    @allow(TEACHING)
    async def copy(self, form: dict[str, Any]) -> None:
        """Put one day's ranges on other days too."""
        source = form_text(form, "source")
        if source not in {str(day) for day in range(len(WEEKDAYS))}:
            return
        targets = {day for day in range(len(WEEKDAYS)) if form.get(f"day-{day}")} - {int(source)}
        kept = [one for one in self._shown if one.weekday not in targets]
        copies = [
            span for span in copied_day(plain_ranges(kept), int(source), targets) if span.weekday in targets
        ]
        self._shown = [*kept, *self._keyed(copies)]
        self.copied += 1
        await self._show()

    @rx.event
    @allow(TEACHING)
    async def begin_with_usual(self) -> None:
        """Fill an empty week with the hours that new tutors start with."""
        if not self._shown:
            self._shown = self._keyed(DEFAULT_WEEKLY_RANGES)
            await self._show()

    @rx.event
    @allow(TEACHING)
    async def discard(self) -> None:
        """Go back to what is saved, also in another window."""
        self._forget_draft()
        await self._reload_sets()

    @rx.event
    @allow(TEACHING)
    async def save(self) -> AsyncGenerator[None]:
        """Save the set on the screen, or say what is wrong with it."""
        if self.chosen not in self._stored:
            return
        actor, now = await acting(self), datetime.now(UTC)
        stored, ranges = self._stored[self.chosen], plain_ranges(self._shown)
        seen = self._begun_from.get(self.chosen, stored.ranges)
        self.saving, self.refusal = True, ""
        yield
        try:
            done = await writing(
                lambda session: weekly_hours.save_hours(
                    session, actor, schedule_id=stored.schedule_id, ranges=ranges, seen=seen, now=now
                )
            )
        finally:
            self.saving = False
        if isinstance(done, Refused):
            if done.code == weekly_hours.HOURS_CHANGED:
                # From here on the tutor knows of the others.
                self._begun_from = {key: one for key, one in self._begun_from.items() if key != self.chosen}
                await self._reload_sets()
            self.refusal = done.message
            return
        self._forget_draft()
        await self._reload_sets()
        await say(self, "Your hours are saved. What is booked stays booked.")
        await refresh_overview(self)

    @rx.event
    @allow(TEACHING)
    def forget_errors(self) -> None:
        """Forget what was wrong with a name before."""
        self.name_error = ""

    @rx.event
    @allow(TEACHING)
    async def name_set(self, form: dict[str, Any]) -> None:
        """Make a new set out of the hours on the screen, or give a set another name."""
        actor, now = await acting(self), datetime.now(UTC)
        name, known = form_text(form, "name"), form_text(form, "schedule")
        ranges, schedule_id = plain_ranges(self._shown), parse_id(known)
        done = await writing(
            lambda session: (
                weekly_hours.rename_schedule(session, actor, schedule_id=schedule_id or 0, name=name)
                if known
                else weekly_hours.create_schedule(session, actor, name=name, ranges=ranges, now=now)
            )
        )
        if isinstance(done, Refused):
            self.name_error = done.message
            return
        self.name_error = ""
        self.named += 1
        if done is not None:
            self.chosen = str(done.schedule_id)
            await say(self, f"“{done.name}” is there. Choose it in an offering's “Times and booking”.")
        await self._reload_sets()

    @rx.event
    @allow(TEACHING)
    async def delete_set(self) -> None:
        """Delete the set on the screen; its offerings follow the usual hours."""
        if self.chosen not in self._stored:
            return
        actor, now, schedule_id = await acting(self), datetime.now(UTC), self._stored[self.chosen].schedule_id
        done = await writing(
            lambda session: weekly_hours.delete_schedule(
                session, actor, schedule_id=schedule_id or 0, now=now
            )
        )
        self.removed += 1
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        else:
            self.chosen = USUAL
            await say(self, "These hours are deleted. Their offerings follow your usual hours.")
        await self._reload_sets()
        await refresh_overview(self)


def _order(span: WeeklyRange) -> tuple[int, int, int]:
    return span.weekday, span.starts_minute, span.ends_minute
