"""For somebody who has finished a course: well done, and what could come next."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.address import shown_path
from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.completion_card import completion_card
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.icons import icon
from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import long_day
from mentor_ui.domain.roles import Actor
from mentor_ui.gate import Refused, SignedIn, acting, allow, reading, say, writing
from mentor_ui.models import EnrolmentStatus
from mentor_ui.pages.courses.course_view import missing_course
from mentor_ui.pages.courses.shown import hours_text, lessons_text, path_in, row_of, slug_in
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.services import courses, suggestions

DESCRIPTION = "You finished a course. These mentors go further with you."


@dataclass(frozen=True)
class Finish:
    """What was finished; `facts` is "42 lessons, 38 hours. Completed 22 November 2026."."""

    title: str = ""
    facts: str = ""
    next_slug: str = ""
    next_title: str = ""


@dataclass(frozen=True)
class _Found:
    course: courses.CoursePage
    completion: courses.CompletionPage | None
    suggested: tuple[suggestions.Suggestion, ...]
    put_away: bool


class CompletionState(rx.State):
    """The course that the address names, as its graduate sees it.

    Attributes:
        path: The address for which everything else was loaded.
        missing: There is no such course.
        unfinished: What to say to somebody who has not finished it; empty for a graduate.
        go_on: Words on the button that leads those to the course.
        offerings: What the card suggests.
        put_away: The card was put away before, on whatever device.
    """

    path: str = ""
    slug: str = ""
    course_id: str = ""
    title: str = ""
    missing: bool = False
    unfinished: str = ""
    go_on: str = ""
    failed: bool = False
    finish: Finish = Finish()
    offerings: list[OfferingCard] = []
    put_away: bool = False

    @rx.event
    @allow(SignedIn)
    async def load(self) -> AsyncGenerator[Any, None]:
        """Fill the page."""
        self.failed = False
        actor, slug = await acting(self), slug_in(self)
        try:
            found = await reading(lambda session: _found(session, actor, slug))
        except Exception:
            self.path, self.failed = path_in(self), True
            yield
            raise
        self.path, self.slug = path_in(self), slug
        self.missing = isinstance(found, Refused)
        if not isinstance(found, Refused):
            self._show(found, actor)

    @rx.event
    @allow(SignedIn)
    async def hide_card(self) -> None:
        """Keep the card away on every device of this person; the browser has hidden it already."""
        actor, course_id = await acting(self), parse_id(self.course_id) or 0
        done = await writing(
            lambda session: suggestions.dismiss(session, actor, course_id=course_id, now=datetime.now(UTC))
        )
        await self._keep(done, put_away=True)

    @rx.event
    @allow(SignedIn)
    async def show_card(self) -> None:
        """Let the card appear again on every device of this person; the browser shows it already."""
        actor, course_id = await acting(self), parse_id(self.course_id) or 0
        done = await writing(lambda session: suggestions.restore(session, actor, course_id=course_id))
        await self._keep(done, put_away=False)

    async def _keep(self, done: Refused | None, *, put_away: bool) -> None:
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
        else:
            self.put_away = put_away

    def _show(self, found: _Found, actor: Actor) -> None:
        card, done, now = found.course.card, found.completion, datetime.now(UTC)
        self.course_id, self.title = card.id, card.title
        self.put_away = found.put_away
        self.offerings = [row_of(one, zone=actor.timezone, now=now) for one in found.suggested]
        if done is None:
            taking = bool(card.status)
            left = lessons_text(sum(not lesson.done for lesson in found.course.lessons))
            self.go_on = "Go on with the course" if taking else "See the course"
            self.unfinished = (
                f"{left} to go. This page opens when the last one is done."
                if taking
                else "You have not started this course yet. This page opens when you finish it."
            )
            self.finish = Finish()
            return
        self.unfinished = ""
        day = long_day(done.completed_at, actor.timezone)
        self.finish = Finish(
            title=done.title,
            facts=f"{lessons_text(done.lessons)}, {hours_text(done.minutes)}. Completed {day}.",
            next_slug=done.next_slug,
            next_title=done.next_title,
        )


def _found(session: Session, actor: Actor, slug: str) -> _Found:
    course = courses.course_page(session, actor, slug=slug)
    if course.card.status != EnrolmentStatus.COMPLETED:
        return _Found(course, None, (), put_away=False)
    course_id = int(course.card.id)
    return _Found(
        course,
        courses.completion_page(session, actor, slug=slug),
        suggestions.suggestions(session, actor, course_id=course_id),
        put_away=suggestions.is_dismissed(session, actor, course_id=course_id),
    )


@page(
    "/courses/[slug]/complete",
    title="Course finished",
    description=DESCRIPTION,
    on_load=CompletionState.load,
    who=SignedIn,
)
def completion_page() -> rx.Component:
    """Show what was finished."""
    state = CompletionState
    return framed(
        rx.cond(
            state.path == shown_path(),
            rx.cond(
                state.failed,
                _aside(
                    failed_state(
                        "The page did not load",
                        "What you finished stays finished. Please try once more.",
                        action=button("Try again", icon="refresh-cw", on_click=state.load),
                    )
                ),
                rx.cond(
                    state.missing,
                    _aside(missing_course()),
                    rx.cond(state.unfinished, _unfinished(), _finished()),
                ),
            ),
            _shapes(),
        ),
        current="/courses",
        width="reading",
    )


def _aside(said: rx.Component) -> rx.Component:
    return rx.fragment(rx.el.h1("Course finished", class_name="sr-only"), said)


def _unfinished() -> rx.Component:
    return rx.fragment(
        rx.el.h1(CompletionState.title, class_name="sr-only"),
        empty_state(
            f"{CompletionState.title} is not finished yet",
            CompletionState.unfinished,
            icon="hourglass",
            action=link_button(CompletionState.go_on, to=f"/courses/{CompletionState.slug}", kind="primary"),
        ),
    )


def _finished() -> rx.Component:
    finish = CompletionState.finish
    return rx.el.div(
        rx.el.div(
            rx.el.span(
                icon("star", size=30, solid=True),
                class_name="grid place-items-center size-[74px] rounded-[22px]"
                " bg-accent-soft text-accent-ink",
            ),
            rx.el.h1(f"You finished {finish.title}"),
            rx.el.p(finish.facts, class_name="text-muted"),
            rx.el.div(
                link_button("Back to the course", to=f"/courses/{CompletionState.slug}"),
                rx.cond(
                    finish.next_slug,
                    link_button("Next course", to=f"/courses/{finish.next_slug}", title=finish.next_title),
                ),
                class_name="flex flex-wrap justify-center gap-3",
            ),
            class_name="flex flex-col items-center gap-4 text-center pt-4 md:pt-6 pb-7",
        ),
        # After a reload the tab still has what it knew before: no card until the page was loaded anew.
        rx.cond(
            CompletionState.is_hydrated,
            completion_card(
                course_id=CompletionState.course_id,
                offerings=CompletionState.offerings,
                put_away=CompletionState.put_away,
                on_put_away=CompletionState.hide_card,
                on_bring_back=CompletionState.show_card,
            ),
        ),
        class_name="mx-auto max-w-[816px]",
    )


def _shapes() -> rx.Component:
    return loading(
        skeleton("size-[74px] rounded-[22px]"),
        skeleton("h-9 w-4/5 max-w-[560px]"),
        skeleton("h-5 w-3/5 max-w-[360px]"),
        skeleton("h-10 w-72 max-w-full"),
        label="Loading",
        class_name="flex flex-col items-center gap-4 pt-4 md:pt-6",
    )
