"""The tutor's zone and planned stays in another one."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.free_weeks import local_date
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import place_and_offset
from mentor_ui.domain.roles import TEACHING, Actor
from mentor_ui.gate import Refused, acting, allow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.tutor.availability_dates_state import shown_days
from mentor_ui.pages.tutor.availability_overview import refresh_overview
from mentor_ui.pages.viewer import refresh_viewer
from mentor_ui.services import zone_stays
from mentor_ui.services.zone_stays import StayDraft, StoredStay


@dataclass(frozen=True)
class StayRow:
    """One planned stay in words; `fill` is what the dialog begins with when it is edited (JSON)."""

    id: str
    days: str
    place: str
    fill: str


@dataclass(frozen=True)
class StayErrors:
    """What is wrong with the dialog, by field; `whole` concerns no single one."""

    timezone: str = ""
    first_day: str = ""
    last_day: str = ""
    whole: str = ""


class ZoneState(rx.State):
    """The zone, the stays and the dialog that adds or changes one.

    Attributes:
        ready: Whether they were loaded.
        zone: IANA name of the tutor's zone.
        shown_zone: The same for people.
        zone_error: What is wrong with the choice of another.
        today: The earliest day to choose, in ISO 8601.
        blank: What the dialog of a new stay begins with (JSON).
        saving: A stay is being saved.
        saved: Grows when one was, which closes the dialog.
    """

    ready: bool = False
    zone: str = ""
    shown_zone: str = ""
    zone_error: str = ""
    rows: list[StayRow] = []
    today: str = ""
    blank: str = ""
    errors: StayErrors = StayErrors()
    saving: bool = False
    saved: int = 0

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill it."""
        self.zone_error = ""
        await self._reload()

    async def _reload(self) -> None:
        actor, now = await acting(self), datetime.now(UTC)

        def read(session: Session) -> tuple[str, tuple[StoredStay, ...]]:
            return zone_stays.zone_of(session, actor), zone_stays.stays(session, actor, now)

        found = await reading(read)
        if isinstance(found, Refused):
            await say(self, found.message, trouble=True)
            return
        self.zone, planned = found
        self.shown_zone = place_and_offset(self.zone, now)
        self.rows = [_row(stay, actor) for stay in planned]
        self.today = local_date(now, self.zone).isoformat()
        self.blank, self.ready = _fill(actor), True

    @rx.event
    @allow(TEACHING)
    async def save_zone(self, form: dict[str, Any]) -> None:
        """Keep the weekly hours in another zone from now on."""
        actor, now, zone = await acting(self), datetime.now(UTC), form_text(form, "timezone")
        done = await writing(lambda session: zone_stays.save_zone(session, actor, timezone=zone, now=now))
        if isinstance(done, Refused):
            self.zone_error = done.message
            return
        self.zone_error = ""
        await self._reload()
        await say(self, f"Your hours are now in {self.shown_zone}. What is booked keeps its moment.")
        await refresh_viewer(self)
        await refresh_overview(self)

    @rx.event
    @allow(TEACHING)
    def start_over(self) -> None:
        """Forget what was wrong with the dialog before."""
        self.errors = StayErrors()

    @rx.event
    @allow(TEACHING)
    async def save(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Plan a stay or change one, or say beside the fields what is wrong."""
        actor, now, changed = await acting(self), datetime.now(UTC), form_text(form, "stay")
        draft = StayDraft(*(form_text(form, name) for name in ("stay_zone", "first_day", "last_day")))
        wrong = zone_stays.stay_errors(draft, today=local_date(now, actor.timezone))
        self.errors = replace(StayErrors(), **wrong)
        if wrong:
            return
        self.saving = True
        yield
        try:
            done = await writing(
                lambda session: (
                    zone_stays.change_stay(session, actor, stay_id=_known(changed), draft=draft, now=now)
                    if changed
                    else zone_stays.add_stay(session, actor, draft=draft, now=now)
                )
            )
        finally:
            self.saving = False
        if isinstance(done, Refused):
            self.errors = replace(StayErrors(), **{done.field or "whole": done.message})
            return
        self.saved += 1
        await say(self, "Planned. On these days your hours are meant in that zone.")
        await self._reload()
        await refresh_overview(self)

    @rx.event
    @allow(TEACHING)
    async def remove(self, stay_id: str) -> None:
        """Give up a planned stay."""
        actor, now = await acting(self), datetime.now(UTC)
        done = await writing(
            lambda session: zone_stays.remove_stay(session, actor, stay_id=_known(stay_id), now=now)
        )
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        else:
            await say(self, "Removed. Your hours are in your own zone on these days.")
        await self._reload()
        await refresh_overview(self)


def _fill(actor: Actor, stay: StoredStay | None = None) -> str:
    one_day = stay is not None and stay.first_day == stay.last_day
    return json.dumps(
        {
            "owner": str(actor.person_id),
            "stay": str(stay.stay_id) if stay else "",
            "stay_zone": stay.timezone if stay else "Europe/London",
            "first_day": stay.first_day.isoformat() if stay else "",
            "last_day": stay.last_day.isoformat() if stay and not one_day else "",
        }
    )


def _known(stay_id: str) -> int:
    found = parse_id(stay_id)
    if found is None:
        raise NotFound("This stay is removed already.", code="stay_not_found")
    return found


def _row(stay: StoredStay, actor: Actor) -> StayRow:
    return StayRow(
        id=str(stay.stay_id),
        days=shown_days(stay.first_day, stay.last_day),
        place=place_and_offset(stay.timezone, datetime.combine(stay.first_day, time(12), UTC)),
        fill=_fill(actor, stay),
    )
