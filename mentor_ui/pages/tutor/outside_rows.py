"""Sessions that lie outside a tutor's hours, as the availability page lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from mentor_ui.components.links import link
from mentor_ui.components.notices import notice
from mentor_ui.components.values import Text
from mentor_ui.domain.local_time import span
from mentor_ui.domain.outside_hours import OutsideReason
from mentor_ui.pages.tutor.offering_rows import counted
from mentor_ui.services.outside_sessions import OutsideSession

MOST_SHOWN = 20

REASONS = {
    OutsideReason.HOURS: "",
    OutsideReason.AWAY: "while you are away",
    OutsideReason.DAY_LIMIT: "over your limit of the day",
    OutsideReason.WEEK_LIMIT: "over your limit of the week",
}


@dataclass(frozen=True)
class OutsideRow:
    """One session; `why` says more than that it lies outside the hours, if there is more."""

    id: str
    title: str
    student: str
    when: str
    why: str


def outside_rows(sessions: Sequence[OutsideSession], zone: str) -> list[OutsideRow]:
    """Return the first `MOST_SHOWN` sessions in words, their times in the tutor's zone."""
    return [
        OutsideRow(
            id=str(row.session_id),
            title=row.title,
            student=row.student_name,
            when=span(row.starts_at, row.ends_at, zone),
            why=", ".join(filter(None, ("" if row.booked else "asked for", REASONS[row.reason]))),
        )
        for row in sessions[:MOST_SHOWN]
    ]


def outside_sentence(sessions: Sequence[OutsideSession], where: str, *, would: bool = False) -> str:
    """Return `2 booked sessions lie outside your hours. They stay booked.`; empty when there are none.

    Args:
        sessions: What lies outside.
        where: Outside of what.
        would: It is not saved yet.
    """
    booked = sum(row.booked for row in sessions)
    asked = len(sessions) - booked
    named = [counted(booked, "booked session")] if booked else []
    named += [counted(asked, "request")] if asked else []
    if not named:
        return ""
    verb = "would lie" if would else "lies" if len(sessions) == 1 else "lie"
    stays = "It stays as it is" if len(sessions) == 1 else "They stay as they are"
    if booked == len(sessions):
        stays = "It stays booked" if booked == 1 else "They stay booked"
    return f"{' and '.join(named)} {verb} outside {where}. {stays}."


def outside_notice(sentence: Text, rows: rx.Var[list[OutsideRow]]) -> rx.Component:
    """Show the sessions with links to them, and say it to screen readers; nothing without a sentence."""
    return rx.el.div(
        rx.cond(
            sentence,
            notice(
                sentence,
                rx.el.ul(rx.foreach(rows, _row), class_name="mt-1 flex flex-col gap-0.5"),
                tone="warning",
            ),
        ),
        aria_live="polite",
        class_name="empty:absolute",
    )


def _row(row: rx.Var[OutsideRow]) -> rx.Component:
    return rx.el.li(
        link(
            rx.el.span(row.when, class_name="font-semibold tabular-nums"),
            rx.el.span(row.title, " with ", row.student, class_name="wrap-anywhere"),
            to=f"/mentorship/session/{row.id}",
            class_name="inline-flex flex-wrap gap-x-2 min-h-6 underline hover:text-primary",
        ),
        rx.cond(row.why, rx.el.span(" ", row.why, class_name="text-muted whitespace-pre-wrap")),
        key=row.id,
    )
