"""A tutor's offerings as the schedule shows them, all texts formatted."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.local_time import near_start_within
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.packages import USUAL_DAYS, USUAL_SESSIONS
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.services.analytics import TutorMonth, tutor_month
from mentor_ui.services.courses import TeachingCourse, teaching_courses
from mentor_ui.services.own_offerings import CourseGroup, OwnOffering, OwnOfferings, list_own
from mentor_ui.services.weekly_hours import hours_sets

BOOKED_HOW = {BookingMode.REQUEST: "ask first", BookingMode.EITHER: "at once or ask first"}
STANDALONE = SelectOption(value="", label="No course (standalone)")


@dataclass(frozen=True)
class OfferingRow:
    """One offering.

    Attributes:
        next_free: Its soonest free start, or that there is none.
        stuck: It has no free time, or none that is known, so that nobody can book it.
        booked_how: How it is booked, when not at once.
        fill: What the form begins with when the offering is edited (JSON).
        name: What the question before deleting it begins with (JSON).
        packages: What the form of a new package of it begins with (JSON).
    """

    id: str
    title: str
    live: bool
    duration: str
    price: str
    next_free: str
    stuck: bool
    booked_how: str
    booked: str
    earned: str
    fill: str
    name: str
    packages: str


@dataclass(frozen=True)
class CourseRows:
    """The offerings linked to one course."""

    id: str
    title: str
    about: str
    offerings: list[OfferingRow]


@dataclass(frozen=True)
class Figures:
    """What stands on top: how many, how often, how much, each with a note."""

    live: str = ""
    live_note: str = ""
    sessions: str = ""
    sessions_note: str = ""
    earned: str = ""
    earned_note: str = ""


@dataclass(frozen=True)
class Schedule:
    """The whole page.

    Attributes:
        course_notes: Who will see an offering, by course (JSON).
        blank: What the form begins with for a new offering (JSON).
    """

    linked: list[CourseRows]
    standalone: list[OfferingRow]
    linked_count: str
    standalone_count: str
    figures: Figures
    courses: list[SelectOption]
    course_notes: str
    hours: list[SelectOption]
    blank: str


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 offering`, `3 offerings`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def read_schedule(session: Session, actor: Actor, *, now: datetime) -> Schedule:
    """Read everything the page shows.

    Raises:
        NotAllowed: The actor does not teach.
    """
    month = tutor_month(session, actor, now=now)
    own = list_own(session, actor)
    courses = teaching_courses(session, actor)
    linked = sum(len(group.offerings) for group in own.linked)
    return Schedule(
        linked=[_course_rows(group, actor, now) for group in own.linked],
        standalone=[_row(offering, actor, now) for offering in own.standalone],
        linked_count=counted(linked, "offering"),
        standalone_count=counted(len(own.standalone), "offering"),
        figures=_figures(own, month),
        courses=[STANDALONE, *(SelectOption(value=course.id, label=course.title) for course in courses)],
        course_notes=json.dumps({course.id: _readers(course) for course in courses}),
        hours=[
            SelectOption(value=str(one.schedule_id or ""), label=one.name)
            for one in hours_sets(session, actor)
        ],
        blank=blank_form(actor),
    )


def blank_form(actor: Actor) -> str:
    """Return what the form of a new offering begins with; its mark tells one filling-in from the next."""
    return json.dumps(
        {
            "owner": str(actor.person_id),
            "offering": "",
            "mark": str(new_id()),
            "title": "",
            "course": "",
            "description": "",
            "duration": "60",
            "price": "",
            "published": True,
            "booking_mode": BookingMode.INSTANT,
            "schedule": "",
            "notice": "",
            "buffer_before": "",
            "buffer_after": "",
        }
    )


def package_form(actor: Actor, offering_id: str, title: str, price_kobo: int) -> str:
    """Return what the form of an offering's new package begins with."""
    return json.dumps(
        {
            "owner": str(actor.person_id),
            "offering": offering_id,
            "package": "",
            "mark": "",
            "named": title,
            "single": show_naira(price_kobo),
            "sessions": str(USUAL_SESSIONS),
            "package_price": "",
            "valid_days": str(USUAL_DAYS),
        }
    )


def _readers(course: TeachingCourse) -> str:
    if not course.graduates:
        return "Nobody has finished it yet. Those who do will see this offering on their completion page."
    return f"{counted(course.graduates, 'graduate')} will see this offering on their completion page."


def _figures(own: OwnOfferings, month: TutorMonth) -> Figures:
    return Figures(
        live=str(own.live),
        live_note=f"{own.hidden} hidden" if own.hidden else "",
        sessions=str(month.sessions),
        sessions_note=f"{month.ahead} still to come" if month.ahead else "",
        earned=show_naira(month.earned_kobo),
        earned_note=f"{show_naira(month.balance_kobo)} not paid out yet" if month.balance_kobo else "",
    )


def _course_rows(group: CourseGroup, actor: Actor, now: datetime) -> CourseRows:
    return CourseRows(
        id=group.course_id,
        title=group.title,
        about=f"{counted(group.graduates, 'graduate')} · {group.booked:,} booked",
        offerings=[_row(offering, actor, now) for offering in group.offerings],
    )


def _row(offering: OwnOffering, actor: Actor, now: datetime) -> OfferingRow:
    fill = {
        "owner": str(actor.person_id),
        "offering": offering.id,
        "mark": "",
        "title": offering.title,
        "course": offering.course_id,
        "description": offering.description,
        "duration": str(offering.duration_minutes),
        "price": show_naira(offering.price_kobo).removeprefix("₦"),
        "published": offering.published,
        "booking_mode": offering.booking_mode,
        "schedule": offering.schedule_id,
        "notice": _number(offering.notice_minutes),
        "buffer_before": _number(offering.buffer_before_minutes),
        "buffer_after": _number(offering.buffer_after_minutes),
    }
    return OfferingRow(
        id=offering.id,
        title=offering.title,
        live=offering.published,
        duration=f"{offering.duration_minutes} min",
        price=show_naira(offering.price_kobo),
        next_free=_next_free(offering, actor, now),
        stuck=offering.next_free_at is None or offering.next_free_unknown,
        booked_how=BOOKED_HOW.get(offering.booking_mode, ""),
        booked=f"{offering.booked:,}",
        earned=show_naira(offering.earned_kobo),
        fill=json.dumps(fill),
        name=json.dumps({"offering": offering.id, "title": offering.title, "named": offering.title}),
        packages=package_form(actor, offering.id, offering.title, offering.price_kobo),
    )


def _next_free(offering: OwnOffering, actor: Actor, now: datetime) -> str:
    if offering.next_free_unknown:
        return "free times unknown"
    if offering.next_free_at is None:
        return "no free time"
    return f"next free {near_start_within(offering.next_free_at, actor.timezone, now)}"


def _number(minutes: int | None) -> str:
    return "" if minutes is None else str(minutes)
