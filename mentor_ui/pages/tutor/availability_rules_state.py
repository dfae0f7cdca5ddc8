"""Changing the rules about being booked; what was typed stays in this tab until it is saved or discarded."""

from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Refused, acting, allow, reading, say, writing
from mentor_ui.models import TutorRules
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.availability_overview import refresh_overview
from mentor_ui.services import availability, tutor_rules
from mentor_ui.services.tutor_rules import RulesDraft


@dataclass(frozen=True)
class RulesForm:
    """The fields of the form as text, and what is wrong with them; the names are those of `RulesDraft`."""

    buffer_before_minutes: str = ""
    buffer_after_minutes: str = ""
    notice_minutes: str = ""
    horizon_days: str = ""
    most_sessions_day: str = ""
    most_hours_day: str = ""
    most_sessions_week: str = ""
    most_hours_week: str = ""
    cancellation_policy: str = ""
    reschedule_notice_hours: str = ""
    most_reschedules: str = ""


NAMES = tuple(one.name for one in fields(RulesForm))


class RulesState(rx.State):
    """The rules on the screen.

    Attributes:
        ready: Whether they were loaded.
        form: What the fields begin with: what is saved, or what was typed before the page was left.
        version: Changes when the fields have to begin anew.
        dirty: Something was typed that is not saved.
        errors: What is wrong, by field.
        refusal: Why they could not be saved.
        saving: They are being saved.
    """

    ready: bool = False
    form: RulesForm = RulesForm()
    version: int = 0
    dirty: bool = False
    errors: RulesForm = RulesForm()
    refusal: str = ""
    saving: bool = False
    _stored: RulesForm = RulesForm()
    _typed: dict[str, str] = {}

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill the form; what was typed before and is not saved yet stays."""
        await self._reload()

    async def _reload(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: _shown(availability.tutor_rules(session, actor.person_id)))
        if isinstance(found, Refused):
            self.refusal = found.message
            return
        self._stored = found
        self._begin_anew()
        self.ready = True

    def _begin_anew(self) -> None:
        self._note_typed(self._typed)
        form = replace(self._stored, **self._typed)
        if form != self.form:
            self.form, self.version = form, self.version + 1
        self.refusal = ""

    def _note_typed(self, typed: dict[str, str]) -> None:
        stored = asdict(self._stored)
        self._typed = {name: text for name, text in typed.items() if text != stored[name]}
        self.dirty = bool(self._typed)

    @rx.event
    @allow(TEACHING)
    def typed(self, name: str, value: str) -> None:
        """Keep what was typed."""
        if name in NAMES:
            self._note_typed({**self._typed, name: form_text({name: value}, name)})

    @rx.event
    @allow(TEACHING)
    def discard(self) -> None:
        """Go back to what is saved."""
        self._typed = {}
        # The fields may show more than the State has heard of.
        self.version += 1
        self.errors = RulesForm()
        self._begin_anew()

    @rx.event
    @allow(TEACHING)
    async def save(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Save the rules, or say beside the fields what is wrong."""
        actor, now = await acting(self), datetime.now(UTC)
        typed = {name: form_text(form, name) for name in NAMES}
        draft, seen = RulesDraft(**typed), RulesDraft(**asdict(self._stored))
        self._note_typed(typed)
        wrong = tutor_rules.rules_errors(draft)
        self.errors, self.refusal = replace(RulesForm(), **wrong), ""
        if wrong:
            return
        self.saving = True
        yield
        try:
            done = await writing(
                lambda session: tutor_rules.save_rules(session, actor, draft=draft, seen=seen, now=now)
            )
        finally:
            self.saving = False
        if isinstance(done, Refused):
            self.refusal = done.message
            return
        self._typed = {}
        await self._reload()
        await say(self, "Your rules are saved. Sessions already booked keep the terms they were booked on.")
        await refresh_overview(self)


def _shown(rules: TutorRules) -> RulesForm:
    return RulesForm(
        buffer_before_minutes=str(rules.buffer_before_minutes),
        buffer_after_minutes=str(rules.buffer_after_minutes),
        notice_minutes=str(rules.notice_minutes),
        horizon_days=str(rules.horizon_days),
        most_sessions_day=_number(rules.most_sessions_day),
        most_hours_day=_hours(rules.most_minutes_day),
        most_sessions_week=_number(rules.most_sessions_week),
        most_hours_week=_hours(rules.most_minutes_week),
        cancellation_policy=rules.cancellation_policy,
        reschedule_notice_hours=str(rules.reschedule_notice_hours),
        most_reschedules=str(rules.most_reschedules),
    )


def _number(limit: int | None) -> str:
    return "" if limit is None else str(limit)


def _hours(minutes: int | None) -> str:
    return "" if minutes is None else f"{minutes / 60:g}"
