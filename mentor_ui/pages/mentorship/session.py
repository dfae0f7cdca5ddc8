"""One booked session, for its two participants."""

import reflex as rx

from mentor_ui.components.address import shown_path
from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import link_button, outside_link_button
from mentor_ui.components.calendar_menu import calendar_menu
from mentor_ui.components.cards import card, details_list, section_card
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.links import back_link, text_link
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.components.values import shown
from mentor_ui.gate import SignedIn
from mentor_ui.pages.frame import framed
from mentor_ui.pages.mentorship.session_attendance import SessionAttendance, attendance_panel
from mentor_ui.pages.mentorship.session_changes import session_changes, session_news
from mentor_ui.pages.mentorship.session_changes_state import SessionChangesState
from mentor_ui.pages.mentorship.session_room import SessionRoom, room_panel
from mentor_ui.pages.mentorship.session_shown import Face
from mentor_ui.pages.mentorship.session_state import MentorshipSessionState
from mentor_ui.pages.mentorship.session_verdict import session_verdict
from mentor_ui.pages.registry import page


@page(
    "/mentorship/session/[id]",
    title="Session",
    description="One mentorship session: when, with whom, and the way into it.",
    on_load=[MentorshipSessionState.load, SessionChangesState.load, SessionRoom.load, SessionAttendance.load],
    who=SignedIn,
)
def session_page() -> rx.Component:
    """Show a session."""
    state = MentorshipSessionState
    return framed(
        rx.cond(
            state.shown_for == shown_path(), rx.cond(state.missing, _missing(), _session()), _on_its_way()
        ),
        current="/student/mentorship",
        width="reading",
    )


def _session() -> rx.Component:
    one = MentorshipSessionState.session
    return rx.el.div(
        back_link("Back to your sessions", to=one.home),
        rx.el.div(
            rx.el.div(
                rx.el.h1(one.title),
                badge(one.badge, tone=one.tone),
                class_name="flex flex-wrap items-center gap-x-4 gap-y-2",
            ),
            rx.el.p(one.when, ", ", one.zone, " time", class_name="mt-1.5 text-muted"),
        ),
        session_news(),
        _way_in(),
        session_changes(),
        session_verdict(),
        rx.el.div(
            section_card(
                "Details",
                details_list(
                    ("When", rx.el.time(one.when, date_time=one.starts_at)),
                    ("Times in", one.zone),
                    ("Where", one.where),
                    ("Price", rx.el.span(one.price, class_name="price")),
                ),
                shown(
                    one.receives,
                    details_list(("You receive", rx.el.span(one.receives, class_name="price text-primary"))),
                ),
                shown(one.course, details_list(("Course", _course()))),
                details_list(("Booked on", one.booked_on)),
                shown(one.receipt, text_link("See the receipt", to=one.receipt)),
                class_name="gap-3!",
            ),
            rx.el.div(
                room_panel(),
                section_card("Who", rx.foreach(one.people, _person)),
                shown(
                    one.description,
                    section_card(
                        "What you will cover",
                        rx.el.p(one.description, class_name="whitespace-pre-line"),
                    ),
                ),
                class_name="flex flex-col gap-5",
            ),
            class_name="grid items-start gap-5 md:grid-cols-2",
        ),
        attendance_panel(),
        class_name="flex flex-col gap-5",
    )


def _way_in() -> rx.Component:
    one = MentorshipSessionState.session
    on_elapsed = MentorshipSessionState.refresh
    return rx.cond(
        one.ahead,
        card(
            rx.el.div(
                rx.el.p(
                    rx.cond(
                        one.running,
                        rx.fragment(
                            "On now · ends ", countdown(until=one.ends_at, words=True, on_elapsed=on_elapsed)
                        ),
                        rx.fragment(
                            "Starts ", countdown(until=one.starts_at, words=True, on_elapsed=on_elapsed)
                        ),
                    ),
                    class_name="text-lg font-semibold",
                ),
                rx.el.p(one.room, class_name="text-sm text-muted"),
                class_name="min-w-0 flex-1 basis-64",
            ),
            rx.el.div(
                outside_link_button(
                    one.join_words, href=one.join, kind="primary", icon="video", new_tab=True
                ),
                calendar_menu(one.ways),
                class_name="flex flex-wrap gap-3",
            ),
            class_name="flex flex-wrap items-center gap-4 p-[18px]",
        ),
        rx.cond(
            one.to_pay,
            card(
                rx.el.p("This time is held for you until you pay.", class_name="font-semibold"),
                link_button("Go on to payment", to=one.again, kind="primary"),
                class_name="flex flex-wrap items-center justify-between gap-4 p-[18px]",
            ),
        ),
    )


def _course() -> rx.Component:
    one = MentorshipSessionState.session
    return rx.cond(one.course_path, text_link(one.course, to=one.course_path), one.course)


def _person(face: rx.Var[Face]) -> rx.Component:
    return rx.el.div(
        avatar(initials=face.initials, hue=face.hue),
        rx.el.div(
            rx.el.p(face.name, class_name="font-semibold"),
            rx.el.p(face.role, class_name="text-sm text-muted"),
            class_name="min-w-0",
        ),
        class_name="flex items-center gap-3",
        key=face.role,
    )


def _missing() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Session", class_name="sr-only"),
        empty_state(
            "No such session",
            MentorshipSessionState.missing,
            icon="calendar",
            action=link_button("My sessions", to="/student/mentorship", kind="primary"),
        ),
    )


def _on_its_way() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Session", class_name="sr-only"),
        loading(
            skeleton("h-9 w-3/5"),
            skeleton("h-[92px] rounded-card"),
            rx.el.div(
                skeleton("h-[280px] rounded-card"),
                skeleton("h-[180px] rounded-card"),
                class_name="grid gap-5 md:grid-cols-2",
            ),
            class_name="flex flex-col gap-5",
        ),
    )
