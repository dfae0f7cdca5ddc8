"""Three lists of a student's dashboard: what waits for a tutor, what is to be paid, what came to nothing."""

from collections.abc import Callable

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.countdowns import countdown
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.leaving import leaves
from mentor_ui.components.links import link
from mentor_ui.components.session_row import session_row
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.components.values import Child, Handler, shown
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.pages.session_words import SessionLine
from mentor_ui.pages.student.sessions_shown import AskedLine, OtherTime
from mentor_ui.pages.student.sessions_state import StudentMentorship as State


def awaiting_approval() -> rx.Component:
    """Show the requests that wait for a tutor's answer."""
    return _listed(
        State.board.awaiting,
        _waiting,
        empty_state(
            "Nothing awaits approval",
            "A session that you ask a tutor for first waits here for the answer.",
            icon="hourglass",
        ),
    )


def ready_to_pay() -> rx.Component:
    """Show the times that are kept until they are paid for."""
    return _listed(
        State.board.to_pay,
        _to_pay,
        empty_state(
            "Nothing to pay",
            "A time that you choose, or that a tutor approves, is kept for you here until you pay.",
            icon="credit-card",
            action=find_a_mentor(),
        ),
        rx.el.p("Nothing is charged before you confirm on Paystack's page.", class_name="text-sm text-muted"),
    )


def declined() -> rx.Component:
    """Show the requests that came to nothing, and why."""
    return _listed(
        State.board.declined,
        _declined,
        empty_state(
            "Nothing was declined", "A request that a tutor cannot take is listed here.", icon="inbox"
        ),
    )


def find_a_mentor() -> rx.Component:
    """Lead to the marketplace."""
    return link_button("Find a mentor", to="/mentorship", kind="primary")


def session_line_row(
    line: rx.Var[SessionLine],
    *,
    actions: Child | None = None,
    below: Child | None = None,
) -> rx.Component:
    """Show a session in a list.

    Args:
        line: The session.
        actions: Buttons at its end.
        below: What else to know of it.
    """
    return session_row(
        title=link(line.title, to=f"/mentorship/session/{line.id}", class_name="hover:text-primary"),
        about=line.about,
        initials=line.initials,
        hue=line.hue,
        picture=line.picture,
        badge=badge(line.badge, tone=line.tone),
        actions=actions,
        below=below,
        level=2,
        key=line.id,
    )


def _listed(
    lines: rx.Var[list[AskedLine]],
    row: Callable[[rx.Var[AskedLine]], rx.Component],
    nothing: rx.Component,
    *after: Child,
) -> rx.Component:
    return rx.cond(
        State.ready,
        rx.cond(lines, rx.el.div(rx.foreach(lines, row), *after, class_name="flex flex-col gap-3"), nothing),
        row_skeletons(2),
    )


def _waiting(asked: rx.Var[AskedLine]) -> rx.Component:
    line = asked.line
    return session_line_row(
        line,
        below=rx.el.div(
            shown(
                asked.message, rx.el.p("You wrote: “", asked.message, "”", class_name="whitespace-pre-line")
            ),
            rx.cond(
                asked.times,
                _other_times(asked),
                rx.el.p(
                    line.other,
                    " can answer until ",
                    asked.until_words,
                    ", ",
                    rx.el.strong(countdown(until=asked.until, words=True, on_elapsed=State.refresh)),
                    ".",
                ),
            ),
            class_name="flex flex-col gap-1.5 wrap-anywhere empty:hidden",
        ),
        actions=button(
            "Withdraw",
            size="sm",
            disabled=State.busy != "",
            busy=State.busy == line.id,
            on_click=State.withdraw(line.id),
        ),
    )


def _other_times(asked: rx.Var[AskedLine]) -> rx.Component:
    def time(other: rx.Var[OtherTime]) -> rx.Component:
        return button(
            rx.el.span("Take ", other.when),
            kind="primary",
            size="sm",
            disabled=State.busy != "",
            busy=State.busy == other.id,
            on_click=State.take_time(other.id),
            key=other.id,
        )

    return rx.el.div(
        rx.el.p(
            rx.el.strong(asked.line.other, " proposes other times."),
            " Take one before ",
            asked.times_until,
            "; it is then kept for you while you pay.",
        ),
        shown(asked.times_note, rx.el.p("“", asked.times_note, "”", class_name="whitespace-pre-line")),
        rx.el.div(
            rx.foreach(asked.times, time),
            button(
                "None of these",
                kind="quiet",
                size="sm",
                disabled=State.busy != "",
                on_click=State.decline_times(asked.line.id),
            ),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="flex flex-col gap-2 rounded-[12px] bg-info-soft px-4 py-3",
    )


def _to_pay(asked: rx.Var[AskedLine]) -> rx.Component:
    line = asked.line
    left = rx.el.strong(countdown(until=asked.until, on_elapsed=State.refresh))
    return session_line_row(
        line,
        below=rx.el.div(
            rx.cond(
                asked.asked,
                rx.el.p(
                    rx.el.strong(line.other, " said yes."),
                    " Kept for you until ",
                    asked.until_words,
                    ", for ",
                    left,
                    ".",
                ),
                rx.el.p("Held for you for ", left, "."),
            ),
            class_name="flex flex-col gap-1.5 wrap-anywhere empty:hidden",
        ),
        actions=rx.fragment(
            rx.cond(
                asked.asked,
                _let_go(line, State.withdraw(line.id)),
                _let_go(line, State.let_go(line.id)),
            ),
            button(
                "Pay by bank transfer",
                size="sm",
                disabled=State.busy != "",
                on_click=State.pay(line.id, Way.TRANSFER.value),
                aria_label=f"Pay by bank transfer for {line.title}",
                custom_attrs=leaves(),
            ),
            button(
                rx.el.span("Pay ", line.price, " with Paystack"),
                kind="primary",
                size="sm",
                busy=State.busy == line.id,
                on_click=State.pay(line.id, Way.CARD.value),
                custom_attrs=leaves(),
            ),
        ),
    )


def _let_go(line: rx.Var[SessionLine], event: Handler) -> rx.Component:
    return button(
        "Let it go",
        kind="quiet",
        size="sm",
        disabled=State.busy != "",
        on_click=event,
        aria_label=f"Let go of {line.title}",
    )


def _declined(asked: rx.Var[AskedLine]) -> rx.Component:
    line = asked.line
    return session_line_row(
        line,
        below=rx.el.div(
            shown(
                asked.reason,
                rx.el.p(line.other, " wrote: “", asked.reason, "”", class_name="whitespace-pre-line"),
            ),
            class_name="flex flex-col gap-1.5 wrap-anywhere empty:hidden",
        ),
        actions=link_button("Choose another time", to=line.again, size="sm"),
    )
