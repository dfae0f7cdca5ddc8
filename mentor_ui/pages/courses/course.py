"""One course: what it is, its lessons, and mentorship beside it."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.address import shown_path
from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import long_day
from mentor_ui.domain.roles import TEACHING, Actor, Role
from mentor_ui.gate import (
    Anyone,
    Refused,
    SignedIn,
    acting,
    allow,
    current_actor,
    current_zone,
    reading,
    say,
    writing,
)
from mentor_ui.pages.courses.course_view import CourseView, course_view
from mentor_ui.pages.courses.shown import (
    CourseDetails,
    LessonLine,
    details_of,
    lines_of,
    path_in,
    row_of,
    slug_in,
)
from mentor_ui.pages.frame import framed
from mentor_ui.pages.heads import MISSING, Head
from mentor_ui.pages.registry import page
from mentor_ui.services import courses, suggestions

DESCRIPTION = "What the course covers, its lessons, and one-to-one sessions with those who teach it."
MOST_OFFERINGS = 3

Events = AsyncGenerator[Any, None]
Found = tuple[courses.CoursePage, tuple[suggestions.Suggestion, ...]]


class CourseState(rx.State):
    """The course that the address names.

    Attributes:
        path: The address for which everything else was loaded.
        missing: There is no such course.
        busy: What is being done: a lesson's id, "start" or "delete"; empty for nothing.
        delete_error: Why the course could not be deleted.
    """

    path: str = ""
    missing: bool = False
    failed: bool = False
    course: CourseDetails = CourseDetails()
    lessons: list[LessonLine] = []
    offerings: list[OfferingCard] = []
    signed_in: bool = False
    busy: str = ""
    delete_error: str = ""
    _head: Head = Head()

    @rx.event
    @allow(Anyone)
    async def load(self) -> Events:
        """Fill the page."""
        self.failed, self.busy, self.delete_error = False, "", ""
        try:
            await self._reload()
        except Exception:
            self.path, self.failed = path_in(self), True
            yield
            raise

    @rx.event
    @allow(SignedIn)
    async def start(self) -> Events:
        """Put the person on the course."""
        self.busy = "start"
        yield
        actor, course_id = await acting(self), parse_id(self.course.id) or 0
        done = await writing(
            lambda session: courses.enrol(session, actor, course_id=course_id, now=datetime.now(UTC))
        )
        self.busy = ""
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        await self._reload()

    @rx.event
    @allow(SignedIn)
    async def complete(self, lesson_id: str) -> Events:
        """Mark a lesson as done; after the last one, lead to the page for those who finished."""
        self.busy = lesson_id
        yield
        actor, number = await acting(self), parse_id(lesson_id) or 0
        done = await writing(
            lambda session: courses.complete_lesson(session, actor, lesson_id=number, now=datetime.now(UTC))
        )
        self.busy = ""
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        elif done.completed:
            yield rx.redirect(f"/courses/{slug_in(self)}/complete")
            return
        await self._reload()

    @rx.event
    @allow(TEACHING | {Role.ADMIN})
    async def delete(self) -> Events:
        """Delete the course for good."""
        self.busy, self.delete_error = "delete", ""
        yield
        actor, course_id, title = await acting(self), parse_id(self.course.id) or 0, self.course.title
        done = await writing(lambda session: courses.delete_course(session, actor, course_id=course_id))
        self.busy = ""
        if isinstance(done, Refused):
            self.delete_error = done.message
            return
        await say(
            self,
            f"“{title}” is deleted. Offerings that were linked to it now stand alone.",
            on_next_page=True,
        )
        yield rx.redirect("/courses", replace=True)

    async def _reload(self) -> None:
        actor, slug = await current_actor(self), slug_in(self)
        found = await reading(lambda session: _found(session, actor, slug))
        self.signed_in = actor is not None
        self.path = path_in(self)
        self.missing = isinstance(found, Refused)
        if isinstance(found, Refused):
            self.course, self.lessons, self.offerings = CourseDetails(), [], []
            self._head = MISSING
            return
        course, suggested = found
        zone, now = await current_zone(self), datetime.now(UTC)
        finished_on = long_day(course.completed_at, zone) if course.completed_at else ""
        self.course = details_of(course, finished_on=finished_on)
        self.lessons = lines_of(course)
        self.offerings = [row_of(one, zone=zone, now=now) for one in suggested]
        self._head = _head(course)


def _head(course: courses.CoursePage) -> Head:
    card = course.card
    path = f"/courses/{card.slug}"
    return Head(
        canonical=path,
        kind="article",
        image=card.thumbnail,
        facts=(
            {
                "@type": "Course",
                "name": card.title,
                "description": card.summary,
                "url": path,
                "provider": {
                    "@type": "Person",
                    "name": card.tutor_name,
                    "url": f"/mentorship?mentor={card.tutor_id}",
                },
                "hasCourseInstance": {
                    "@type": "CourseInstance",
                    "courseMode": "Online",
                    "courseWorkload": f"PT{card.minutes}M",
                },
            },
        ),
    )


def _found(session: Session, actor: Actor | None, slug: str) -> Found:
    course = courses.course_page(session, actor, slug=slug)
    if course.teaches:
        return course, ()
    linked = suggestions.suggestions(session, actor, course_id=int(course.card.id), limit=MOST_OFFERINGS)
    return course, linked


@page(
    "/courses/[slug]",
    title=rx.cond(CourseState.course.title, CourseState.course.title, "Course"),
    description=rx.cond(CourseState.course.summary, CourseState.course.summary, DESCRIPTION),
    on_load=CourseState.load,
)
def course_page() -> rx.Component:
    """Show a course."""
    return framed(
        course_view(
            CourseView(
                course=CourseState.course,
                lessons=CourseState.lessons,
                offerings=CourseState.offerings,
                path=CourseState.path,
                signed_in=CourseState.signed_in,
                busy=CourseState.busy,
                delete_error=CourseState.delete_error,
                fresh=CourseState.path == shown_path(),
                failed=CourseState.failed,
                missing=CourseState.missing,
                on_retry=CourseState.load,
                on_start=CourseState.start,
                on_complete=CourseState.complete,
                on_delete=CourseState.delete,
            )
        ),
        current="/courses",
        width="reading",
    )
