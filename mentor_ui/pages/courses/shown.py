"""Courses as their pages show them: formatted on the server, in the viewer's zone."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.domain.money import show_naira
from mentor_ui.models import EnrolmentStatus
from mentor_ui.pages.offering_cards import next_words
from mentor_ui.services.courses import CourseCard, CoursePage
from mentor_ui.services.suggestions import Suggestion


@dataclass(frozen=True)
class CourseTile:
    """A course in a list; `size` is "8 lessons · 5 hours", `progress` whole percent."""

    slug: str
    title: str
    summary: str
    tutor: str
    initials: str
    hue: int
    picture: str
    size: str
    progress: int
    taking: bool
    finished: bool


@dataclass(frozen=True)
class LessonLine:
    """A lesson of a course; `takes` is "12 min"."""

    id: str
    number: int
    title: str
    takes: str
    done: bool


@dataclass(frozen=True)
class CourseDetails:
    """What a course's page says beside its lessons; `finished_on` is "22 November 2026" or empty."""

    id: str = ""
    title: str = ""
    summary: str = ""
    description: str = ""
    tutor: str = ""
    headline: str = ""
    initials: str = ""
    hue: int = 0
    picture: str = ""
    size: str = ""
    progress: int = 0
    done: str = ""
    taking: bool = False
    finished: bool = False
    finished_on: str = ""
    teaches: bool = False


def slug_in(state: rx.State) -> str:
    """Return the course that the address names: `react` of `/courses/react/complete`; empty without one."""
    parts = str(state.router.url.path).strip("/").split("/")
    return parts[1] if len(parts) > 1 else ""


def path_in(state: rx.State) -> str:
    """Return the address's path without a closing slash, as `components.address.shown_path` gives it."""
    return "/" + str(state.router.url.path).strip("/")


def tile_of(card: CourseCard) -> CourseTile:
    """Return a course for a list."""
    return CourseTile(
        slug=card.slug,
        title=card.title,
        summary=card.summary,
        tutor=card.tutor_name,
        initials=initials_of(card.tutor_name),
        hue=hue_of(card.tutor_id),
        picture=card.tutor_avatar,
        size=f"{lessons_text(card.lessons)} · {hours_text(card.minutes)}",
        progress=card.progress,
        taking=card.status == EnrolmentStatus.ACTIVE,
        finished=card.status == EnrolmentStatus.COMPLETED,
    )


def details_of(page: CoursePage, *, finished_on: str) -> CourseDetails:
    """Return a course for its own page."""
    card = page.card
    done = sum(lesson.done for lesson in page.lessons)
    return CourseDetails(
        id=card.id,
        title=card.title,
        summary=card.summary,
        description=page.description,
        tutor=card.tutor_name,
        headline=page.tutor_headline,
        initials=initials_of(card.tutor_name),
        hue=hue_of(card.tutor_id),
        picture=card.tutor_avatar,
        size=f"{lessons_text(card.lessons)} · {hours_text(card.minutes)}",
        progress=card.progress,
        done=f"{done} of {lessons_text(card.lessons)} done",
        taking=card.status == EnrolmentStatus.ACTIVE,
        finished=card.status == EnrolmentStatus.COMPLETED,
        finished_on=finished_on,
        teaches=page.teaches,
    )


def lines_of(page: CoursePage) -> list[LessonLine]:
    """Return a course's lessons."""
    return [
        LessonLine(lesson.id, number, lesson.title, f"{lesson.minutes} min", lesson.done)
        for number, lesson in enumerate(page.lessons, start=1)
    ]


def row_of(suggestion: Suggestion, *, zone: str, now: datetime) -> OfferingCard:
    """Return a suggested offering for a list of lines."""
    free, no_time = next_words(suggestion.next_free_at, zone, now, unknown=suggestion.next_free_unknown)
    for word in ("Today", "Tomorrow"):
        # It stands in the middle of a line.
        free = free.replace(word, word.lower())
    return OfferingCard(
        id=suggestion.id,
        title=suggestion.title,
        description=suggestion.description,
        course="",
        tutor=suggestion.tutor_name,
        initials=initials_of(suggestion.tutor_name),
        hue=hue_of(suggestion.tutor_id),
        picture=suggestion.tutor_avatar,
        standing="",
        rating="",
        duration=f"{suggestion.duration_minutes} min",
        next_time=free.replace(" ", "\u00a0"),
        no_time=no_time.lower(),
        price=show_naira(suggestion.price_kobo),
    )


def lessons_text(count: int) -> str:
    """Return `8 lessons`."""
    return f"{count} lesson" if count == 1 else f"{count} lessons"


def hours_text(minutes: int) -> str:
    """Return `45 min`, `1 hour`, `2½ hours` or `38 hours`: to the nearest half hour."""
    if minutes < 60:
        return f"{minutes} min"
    halves = round(minutes / 30)
    whole, half = divmod(halves, 2)
    return f"{whole}{'½' if half else ''} hour{'' if halves == 2 else 's'}"
