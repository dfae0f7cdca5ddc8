"""How one course looks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.completion_card import all_mentors_link, offering_list
from mentor_ui.components.dialogs import confirm_dialog, dialog_button
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.icons import icon
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import back_link
from mentor_ui.components.offering_card import OfferingCard
from mentor_ui.components.progress import progress_bar
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import Handler
from mentor_ui.pages.courses.shown import CourseDetails, LessonLine

DELETE_DIALOG = "delete-course"


@dataclass(frozen=True)
class CourseView:
    """What the page shows and what its buttons do; `fresh` tells that it is of the address now shown."""

    course: rx.Var[CourseDetails]
    lessons: rx.Var[list[LessonLine]]
    offerings: rx.Var[list[OfferingCard]]
    path: rx.Var[str]
    signed_in: rx.Var[bool]
    busy: rx.Var[str]
    delete_error: rx.Var[str]
    fresh: rx.Var[bool]
    failed: rx.Var[bool]
    missing: rx.Var[bool]
    on_retry: Handler
    on_start: Handler
    on_complete: Callable[..., Any]
    on_delete: Handler


def course_view(view: CourseView) -> rx.Component:
    """Show a course, or why there is none to show.

    Args:
        view: The page's Vars and handlers.

    Returns:
        What stands in the frame.
    """
    return rx.el.div(
        back_link("All courses", to="/courses"),
        rx.cond(
            view.fresh,
            rx.cond(
                view.failed,
                _trouble(
                    failed_state(
                        "The course did not load",
                        "Nothing is lost. Please try once more.",
                        action=button("Try again", icon="refresh-cw", on_click=view.on_retry),
                    )
                ),
                rx.cond(view.missing, _trouble(missing_course()), _course(view)),
            ),
            _shapes(),
        ),
        class_name="flex flex-col gap-3",
    )


def _trouble(said: rx.Component) -> rx.Component:
    return rx.fragment(rx.el.h1("Course", class_name="sr-only"), said)


def missing_course() -> rx.Component:
    """Say that there is no such course.

    Returns:
        What stands in its place.
    """
    return empty_state(
        "We cannot find this course",
        "It may have been deleted, or the link is not quite right.",
        icon="book-open",
        action=link_button("See all courses", to="/courses", kind="primary"),
    )


def _course(view: CourseView) -> rx.Component:
    course = view.course
    return rx.el.article(
        page_heading(course.title, course.summary),
        rx.el.div(
            rx.el.aside(
                _standing(view), aria_label="You and this course", class_name="md:order-2 md:sticky md:top-24"
            ),
            rx.el.div(
                rx.cond(
                    course.description, rx.el.p(course.description, class_name="whitespace-pre-line mb-8")
                ),
                _lessons(view),
                class_name="min-w-0",
            ),
            class_name="grid gap-7 items-start md:grid-cols-[minmax(0,1fr)_300px]",
        ),
        _mentorship(view),
        rx.cond(course.teaches, _delete(view)),
    )


def _standing(view: CourseView) -> rx.Component:
    course = view.course
    return rx.el.div(
        rx.el.div(
            avatar(initials=course.initials, hue=course.hue, picture=course.picture),
            rx.el.div(
                rx.el.p(course.tutor, class_name="font-semibold"),
                rx.el.p(course.headline, class_name="text-sm text-muted empty:hidden"),
                class_name="min-w-0",
            ),
            class_name="flex items-center gap-3",
        ),
        rx.el.p(icon("clock", size=15), course.size, class_name="flex items-center gap-2 text-sm text-muted"),
        rx.cond(
            course.teaches,
            rx.fragment(
                rx.el.p("This is your course. Sessions that you link to it are suggested to its graduates."),
                link_button("Your offerings", to="/tutor/mentorship/schedule", wide=True),
            ),
            rx.cond(
                course.finished,
                rx.fragment(
                    rx.el.p(badge("Finished", tone="go", icon="check"), class_name="flex"),
                    rx.el.p(f"You finished it on {course.finished_on}.", class_name="text-sm text-muted"),
                    link_button("See your result", to=f"{view.path}/complete", wide=True),
                ),
                rx.cond(course.taking, _progress(course), _start(view)),
            ),
        ),
        tab_index=-1,
        class_name="card flex flex-col gap-4 p-[18px] outline-none",
    )


def _progress(course: rx.Var[CourseDetails]) -> rx.Component:
    return rx.el.div(
        progress_bar(course.progress, label="Your progress"),
        rx.el.p(course.done, aria_live="polite", class_name="mt-2 text-sm text-muted"),
    )


def _start(view: CourseView) -> rx.Component:
    return rx.cond(
        view.signed_in,
        button(
            "Start course",
            kind="primary",
            wide=True,
            busy=view.busy == "start",
            on_click=view.on_start,
            custom_attrs={"data-leaves": ""},
        ),
        rx.fragment(
            link_button("Start course", to=f"/login?next={view.path}", kind="primary", wide=True),
            rx.el.p("You sign in first, then come back here.", class_name="text-sm text-muted"),
        ),
    )


def _lessons(view: CourseView) -> rx.Component:
    return rx.el.section(
        rx.el.h2("Lessons", class_name="mb-3"),
        rx.cond(
            view.lessons.length() > 0,
            rx.el.ol(
                rx.foreach(view.lessons, lambda lesson: _lesson(view, lesson)),
                class_name="card divide-y divide-line",
            ),
            empty_state("No lessons yet", "The tutor is still writing them.", icon="book-open"),
        ),
    )


def _lesson(view: CourseView, lesson: rx.Var[LessonLine]) -> rx.Component:
    title = f"lesson-{lesson.id}"
    mark = "grid place-items-center size-7 rounded-full flex-none text-sm font-semibold tabular-nums"
    can_complete = view.course.taking | view.course.finished
    return rx.el.li(
        rx.cond(
            lesson.done,
            rx.el.span(
                icon("check", size=16, label="Done"), class_name=f"{mark} bg-primary-soft text-primary"
            ),
            rx.el.span(lesson.number, class_name=f"{mark} bg-raised text-muted", aria_hidden="true"),
        ),
        rx.el.div(
            rx.el.p(lesson.title, id=title, class_name="font-semibold"),
            rx.el.p(lesson.takes, class_name="text-sm text-muted"),
            class_name="flex-1 min-w-0",
        ),
        rx.cond(
            can_complete & ~lesson.done,
            button(
                "Complete",
                size="sm",
                busy=view.busy == lesson.id,
                on_click=view.on_complete(lesson.id),
                aria_describedby=title,
                custom_attrs={"data-leaves": ""},
            ),
        ),
        key=lesson.id,
        tab_index=-1,
        class_name="flex items-center gap-3 px-[18px] py-3 min-h-[62px] outline-none",
    )


def _mentorship(view: CourseView) -> rx.Component:
    return rx.cond(
        view.offerings.length() > 0,
        rx.el.section(
            rx.el.div(
                rx.el.h2("One-to-one with this course's mentors"),
                all_mentors_link("View all mentors", view.course.id),
                class_name="flex flex-wrap items-center justify-between gap-3 mb-4",
            ),
            offering_list(view.offerings),
            class_name="card mt-9 px-[18px] md:px-6 pt-5 pb-1.5",
        ),
    )


def _delete(view: CourseView) -> rx.Component:
    return rx.el.div(
        dialog_button("Delete course", dialog=DELETE_DIALOG, kind="danger", icon="trash"),
        confirm_dialog(
            id=DELETE_DIALOG,
            title="Delete this course?",
            body="Its lessons and the progress of everybody who takes it are gone for good. "
            "Offerings linked to it stay and will stand alone, and booked sessions are not touched.",
            confirm="Delete this course",
            on_confirm=view.on_delete,
            busy=view.busy == "delete",
            error=view.delete_error,
            close_on=0,
        ),
        class_name="mt-9 border-t pt-5",
    )


def _shapes() -> rx.Component:
    return loading(
        skeleton("h-9 w-2/3"),
        skeleton("h-5 w-1/2 mt-3 mb-6"),
        rx.el.div(
            skeleton("h-48 rounded-card md:order-2"),
            rx.el.div(
                skeleton("h-4"),
                skeleton("h-4 w-5/6 mt-3 mb-8"),
                skeleton("h-7 w-28 mb-3"),
                skeleton("h-80 rounded-card"),
            ),
            class_name="grid gap-7 items-start md:grid-cols-[minmax(0,1fr)_300px]",
        ),
        label="Loading the course",
    )
