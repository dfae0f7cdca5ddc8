"""A tutor's offerings as the schedule shows them, all texts formatted."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.local_time import near_start
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor
from mentor_ui.services.analytics import TutorMonth, tutor_month
from mentor_ui.services.courses import TeachingCourse, teaching_courses
from mentor_ui.services.own_offerings import CourseGroup, OwnOffering, OwnOfferings, list_own

STANDALONE = SelectOption(value="", label="No course (standalone)")


@dataclass(frozen=True)
class OfferingRow:
    """One offering.

    Attributes:
        next_free: Its soonest free start, or that there is none.
        fill: What the form begins with when the offering is edited (JSON).
        name: What the question before deleting it begins with (JSON).
    """

    id: str
    title: str
    live: bool
    duration: str
    price: str
    next_free: str
    booked: str
    earned: str
    fill: str
    name: str


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
    blank: str


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 offering`, `3 offerings`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def read_schedule(session: Session, actor: Actor, *, platform_share_percent: int, now: datetime) -> Schedule:
    """Read everything the page shows.

    Raises:
        NotAllowed: The actor does not teach.
    """
    month = tutor_month(session, actor, now=now)
    own = list_own(session, actor, platform_share_percent=platform_share_percent)
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
        earned_note=f"{show_naira(month.balance_kobo)} in your wallet" if month.balance_kobo else "",
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
    }
    free_at = offering.next_free_at
    return OfferingRow(
        id=offering.id,
        title=offering.title,
        live=offering.published,
        duration=f"{offering.duration_minutes} min",
        price=show_naira(offering.price_kobo),
        next_free=f"next free {near_start(free_at, actor.timezone, now)}" if free_at else "no free time",
        booked=f"{offering.booked:,}",
        earned=show_naira(offering.earned_kobo),
        fill=json.dumps(fill),
        name=json.dumps({"offering": offering.id, "title": offering.title, "named": offering.title}),
    )
