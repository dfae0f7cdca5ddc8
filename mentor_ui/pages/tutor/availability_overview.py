"""What comes of a tutor's settings: what a student sees, and which sessions lie outside."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.free_weeks import free_days, week_count, week_title
from mentor_ui.domain.local_time import clock, is_zone, near_start_within, place_and_offset
from mentor_ui.domain.roles import TEACHING, Actor
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading
from mentor_ui.pages.tutor.offering_rows import counted
from mentor_ui.pages.tutor.outside_rows import OutsideRow, outside_rows, outside_sentence
from mentor_ui.services import free_time_preview, zone_stays
from mentor_ui.services.free_time_preview import CalendarsState, FreePreview, PreviewedOffering
from mentor_ui.services.outside_sessions import outside_sessions

OTHER_ZONES = (
    "Africa/Lagos",
    "Africa/Accra",
    "Africa/Nairobi",
    "Africa/Johannesburg",
    "Africa/Cairo",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Sydney",
    "Pacific/Chatham",
)
"""Zones of students to look through, beside the tutor's own and those of planned stays."""


@dataclass(frozen=True)
class PreviewDay:
    """One day with its free starts."""

    key: str
    name: str
    times: list[str]


@dataclass(frozen=True)
class PreviewWeek:
    """One week as a student sees it.

    Attributes:
        state: `none` without an offering, `unknown`, `full` when nothing is free at all, or `times`.
        hidden: The offering is hidden, so that students do not see it yet.
        empty: What to say when nothing is free in this week.
    """

    state: str = "none"
    hidden: bool = False
    number: int = 0
    title: str = ""
    zone: str = ""
    days: list[PreviewDay] = field(default_factory=list[PreviewDay])
    has_later: bool = False
    empty: str = ""


@dataclass(frozen=True)
class _Overview:
    zone: str
    zones: list[SelectOption]
    offerings: list[SelectOption]
    offering: str
    week: PreviewWeek
    outside: list[OutsideRow]
    sentence: str
    calendars: str
    calendars_trouble: bool


class OverviewState(rx.State):
    """The preview, the sessions outside, and a line about linked calendars.

    Attributes:
        ready: Whether it was loaded.
        problem: Why it could not be.
        offering: Identifier of the offering that is looked at; empty for the first.
        zone: In which its times are shown; empty for the tutor's.
        calendars: How the linked calendars are.
        calendars_trouble: One of them cannot be read.
    """

    ready: bool = False
    problem: str = ""
    offerings: list[SelectOption] = []
    offering: str = ""
    zones: list[SelectOption] = []
    zone: str = ""
    week: PreviewWeek = PreviewWeek()
    outside: list[OutsideRow] = []
    sentence: str = ""
    calendars: str = ""
    calendars_trouble: bool = False
    _number: int | None = None

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Fill it, and keep it up to date when somebody books."""
        await follow(self, MINE)
        await self._reload()

    async def _reload(self) -> None:
        actor, now = await acting(self), datetime.now(UTC)
        offering, zone, number = self.offering, self.zone, self._number
        found = await reading(
            lambda session: _read(session, actor, now, offering=offering, zone=zone, number=number)
        )
        if isinstance(found, Refused):
            self.problem = found.message
            return
        self.offerings, self.offering, self.week = found.offerings, found.offering, found.week
        self.zones, self.zone = found.zones, found.zone
        self.outside, self.sentence = found.outside, found.sentence
        self.calendars, self.calendars_trouble = found.calendars, found.calendars_trouble
        self.problem, self.ready = "", True

    @rx.event
    @allow(TEACHING)
    async def look_at(self, offering: str) -> None:
        """Look at another offering."""
        self.offering, self._number = str(offering), None
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def look_from(self, zone: str) -> None:
        """Look from another zone."""
        self.zone, self._number = str(zone), None
        await self._reload()

    @rx.event
    @allow(TEACHING)
    async def turn(self, weeks: int) -> None:
        """Show the week after or before."""
        if weeks in {-1, 1}:
            self._number = max(0, self.week.number + int(weeks))
            await self._reload()


async def refresh_overview(state: rx.State) -> None:
    """Fill the overview anew after another State has saved something."""
    await (await state.get_state(OverviewState))._reload()  # noqa: SLF001


def _read(
    session: Session, actor: Actor, now: datetime, *, offering: str, zone: str, number: int | None
) -> _Overview:
    home = zone_stays.zone_of(session, actor)
    stays = zone_stays.stays(session, actor, now)
    zones = list(dict.fromkeys([home, *(stay.timezone for stay in stays), *OTHER_ZONES]))
    shown_zone = zone if zone in zones and is_zone(zone) else home
    mine = free_time_preview.previewed_offerings(session, actor)
    chosen = next((one for one in mine if str(one.offering_id) == offering), mine[0] if mine else None)
    outside = outside_sessions(session, actor, now)
    calendars = free_time_preview.calendars_state(session, actor, now)
    return _Overview(
        zone=shown_zone,
        zones=[SelectOption(name, place_and_offset(name, now)) for name in zones],
        offerings=[
            SelectOption(str(one.offering_id), one.title if one.published else f"{one.title} (hidden)")
            for one in mine
        ],
        offering=str(chosen.offering_id) if chosen else "",
        week=_week(session, actor, chosen, shown_zone, now, number=number) if chosen else PreviewWeek(),
        outside=outside_rows(outside, home),
        sentence=outside_sentence(outside, "your hours"),
        calendars=_calendars(calendars),
        calendars_trouble=calendars.unknown or bool(calendars.troubled),
    )


def _week(
    session: Session,
    actor: Actor,
    chosen: PreviewedOffering,
    zone: str,
    now: datetime,
    *,
    number: int | None,
) -> PreviewWeek:
    found = free_time_preview.free_preview(session, actor, offering_id=chosen.offering_id, now=now)
    return shown_preview(found, zone, now, number, hidden=not chosen.published)


def shown_preview(
    found: FreePreview, zone: str, now: datetime, number: int | None, *, hidden: bool
) -> PreviewWeek:
    """Return one week of free times in a zone.

    Args:
        found: The free times.
        zone: IANA name.
        now: The present moment.
        number: Which week; None for the present one.
        hidden: Whether the offering is hidden.
    """
    if found.unknown:
        return PreviewWeek(state="unknown", hidden=hidden)
    if not found.starts:
        return PreviewWeek(state="full", hidden=hidden)
    last = week_count(found.starts, zone, now) - 1
    shown = min(number or 0, last)
    days = free_days(found.starts, zone, now, shown)
    first = next((day.starts[0] for day in days if day.starts), found.starts[0])
    return PreviewWeek(
        state="times",
        hidden=hidden,
        number=shown,
        title=week_title(days),
        zone=place_and_offset(zone, first),
        days=[
            PreviewDay(
                key=f"seen-{day.day:%Y%m%d}",
                name=f"{day.day:%a} {day.day.day}",
                times=[clock(start, zone) for start in day.starts],
            )
            for day in days
        ],
        has_later=shown < last,
        empty=""
        if any(day.starts for day in days)
        else f"Nothing is free in these days. First free: {near_start_within(found.starts[0], zone, now)}.",
    )


def _calendars(state: CalendarsState) -> str:
    if not state.linked:
        return "None linked. Link one, and its busy times are kept free."
    linked = counted(state.linked, "calendar")
    if state.unknown:
        return f"{linked} linked, but not all can be read now. Until they can, students are offered no time."
    if state.troubled:
        return f"{linked} linked, {state.troubled} could not be read lately. What was read last is kept free."
    return f"{linked} linked. Busy times are kept free."
