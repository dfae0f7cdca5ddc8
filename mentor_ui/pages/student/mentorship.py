"""A student's sessions: what is next, what is asked for, what is to be paid, what was."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import link_button, outside_link_button
from mentor_ui.components.calendar_menu import calendar_menu
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.leaving import page_leave
from mentor_ui.components.next_session import next_session_card
from mentor_ui.components.notices import message_notice
from mentor_ui.components.session_row import session_row
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.components.tabs import Tab, tabs
from mentor_ui.components.values import Child
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.session_words import SessionLine
from mentor_ui.pages.student.credit_view import credit_panel
from mentor_ui.pages.student.packages_state import StudentPackages
from mentor_ui.pages.student.packages_view import bought_packages
from mentor_ui.pages.student.requests_view import (
    awaiting_approval,
    declined,
    find_a_mentor,
    ready_to_pay,
    session_line_row,
)
from mentor_ui.pages.student.sessions_shown import FinishedCourse
from mentor_ui.pages.student.sessions_state import STUDENTS, StudentMentorship
from mentor_ui.services.sessions import StudentTab


@page(
    "/student/mentorship",
    title="My sessions",
    description="Your mentorship sessions: the next one, those to pay, and those that were.",
    on_load=StudentMentorship.load,
    who=STUDENTS,
)
def student_mentorship_page() -> rx.Component:
    """Show a student's sessions."""
    board = StudentMentorship.board
    return framed(
        page_heading("My sessions"),
        next_session_card(
            board.next,
            on_change=StudentMentorship.refresh,
            more=calendar_menu(board.ways),
        ),
        message_notice(StudentMentorship.problem, tone="warning"),
        credit_panel(),
        tabs(
            Tab("upcoming", "Upcoming", _upcoming(), count=board.counts[StudentTab.UPCOMING.value]),
            Tab("pay", "Ready to pay", ready_to_pay(), count=board.counts[StudentTab.READY_TO_PAY.value]),
            Tab(
                "awaiting",
                "Awaiting approval",
                awaiting_approval(),
                count=board.counts[StudentTab.AWAITING_APPROVAL.value],
            ),
            Tab("history", "History", _history()),
            Tab(
                "declined",
                "Declined",
                declined(),
            ),
            Tab("book", "Book", _book(), count=StudentPackages.rows.length()),
            label="Sessions",
        ),
        page_leave(StudentMentorship.leave_to),
        current="/student/mentorship",
        width="reading",
    )


def _listed(
    lines: rx.Var[list[SessionLine]], nothing: rx.Component, *, join: bool = False, again: bool = False
) -> rx.Component:
    def row(line: rx.Var[SessionLine]) -> rx.Component:
        actions: Child | None = None
        if join:
            actions = rx.fragment(
                link_button("Details", to=f"/mentorship/session/{line.id}", size="sm"),
                outside_link_button("Join on Zoom", href=line.join, size="sm", new_tab=True),
            )
        elif again:
            actions = link_button("Book again", to=line.again, size="sm")
        return session_line_row(line, actions=actions)

    return rx.cond(
        StudentMentorship.ready,
        rx.cond(lines, rx.el.div(rx.foreach(lines, row), class_name="flex flex-col gap-3"), nothing),
        row_skeletons(2),
    )


def _upcoming() -> rx.Component:
    return _listed(
        StudentMentorship.board.upcoming,
        empty_state(
            "No session ahead",
            "Book an hour with a tutor, and it appears here with its Zoom link.",
            icon="calendar",
            action=find_a_mentor(),
        ),
        join=True,
    )


def _history() -> rx.Component:
    return _listed(
        StudentMentorship.board.history,
        empty_state("Nothing yet", "Sessions that are over are listed here.", icon="clock"),
        again=True,
    )


def _book() -> rx.Component:
    def course(finished: rx.Var[FinishedCourse]) -> rx.Component:
        return session_row(
            title=finished.title,
            about=rx.fragment("You finished this course by ", finished.tutor),
            badge=badge("Completed", tone="go"),
            actions=link_button("See its mentors", to=finished.mentors, size="sm"),
            level=2,
            key=finished.mentors,
        )

    return rx.el.div(
        bought_packages(),
        rx.el.div(
            rx.el.p("Every tutor's free times are in the marketplace.", class_name="text-muted"),
            find_a_mentor(),
            class_name="card flex flex-wrap items-center justify-between gap-3 p-[18px]",
        ),
        rx.foreach(StudentMentorship.board.finished, course),
        class_name="flex flex-col gap-3",
    )
