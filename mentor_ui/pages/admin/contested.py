"""Contested sessions on the operations page: what was seen of each, and the ruling."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import confirm_dialog, dialog_button
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.notices import message_notice
from mentor_ui.components.skeletons import until_loaded
from mentor_ui.components.values import shown
from mentor_ui.domain.attendance import Verdict
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import clock, day, place_of, span
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.gate import Refused, acting, allow, reading, writing
from mentor_ui.models import AttendanceKind
from mentor_ui.services import verdicts
from mentor_ui.services.verdicts import Contested, Ruling
from mentor_ui.settings import get_settings

ADMINS = frozenset({Role.ADMIN})
RULING_DIALOG = "ruling"
SEEN_WORDS = {
    AttendanceKind.MEETING_STARTED: "The meeting began",
    AttendanceKind.MEETING_ENDED: "The meeting ended",
    AttendanceKind.JOINED: "came in",
    AttendanceKind.LEFT: "left",
    AttendanceKind.JOIN_CLICK: "opened the link",
    AttendanceKind.ROOM_CHANGED: "The room changed",
    AttendanceKind.MARKED: "marked it",
    AttendanceKind.CONTESTED: "disagreed",
    AttendanceKind.RULED: "Decided",
}
PROPOSED_WORDS = {
    Verdict.HELD: "What was seen says that it was held.",
    Verdict.STUDENT_ABSENT: "What was seen says that the student did not come.",
    Verdict.TUTOR_ABSENT: "What was seen says that the tutor did not come.",
    Verdict.NETWORK_FAILURE: "What was seen looks like a failing connection.",
    Verdict.UNKNOWN: "What was seen does not tell what became of it.",
}


@dataclass(frozen=True)
class Case:
    """One contested session in words; `mark` is how it stands and `seen` what was seen of it, in order."""

    id: str
    title: str
    people: str
    when: str
    mark: str
    reason: str
    proposed: str
    seen: tuple[str, ...]
    to_refund: str
    missed: bool


class ContestedState(rx.State):
    """The sessions that wait for a ruling.

    Attributes:
        chosen: The case that the dialog is about.
        ruling: What would be decided, of `Ruling`.
        question: What that means, in a sentence.
        done: Counts rulings; the dialog closes when it changes.
        told: What was decided, for screen readers.
    """

    cases: list[Case] = []
    loaded: bool = False
    chosen: str = ""
    ruling: str = ""
    question: str = ""
    busy: bool = False
    problem: str = ""
    done: int = 0
    told: str = ""

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Fill the list."""
        self.problem = self.told = ""
        await self._read()

    @rx.event
    @allow(ADMINS)
    def choose(self, case: str, ruling: str) -> None:
        """Say what a ruling would mean before it is made."""
        found = next((one for one in self.cases if one.id == case), None)
        if found is None or ruling not in set(Ruling):
            return
        self.chosen, self.ruling, self.problem = case, ruling, ""
        self.question = {
            Ruling.HELD: "It counts as completed and nothing is refunded.",
            Ruling.MISSED: "It counts as a no-show of the student and nothing is refunded.",
            Ruling.REFUNDED: f"The student gets {found.to_refund} back in full; the tutor receives nothing.",
        }[Ruling(ruling)] + " Both are told."

    @rx.event
    @allow(ADMINS)
    async def decide(self) -> AsyncGenerator[None]:
        """Rule on the chosen session."""
        actor, booking_id = await acting(self), parse_id(self.chosen)
        if booking_id is None or self.busy or self.ruling not in set(Ruling):
            return
        self.busy, self.problem = True, ""
        ruling = Ruling(self.ruling)
        yield
        decided = await writing(
            lambda session: verdicts.rule(
                session,
                actor,
                booking_id=booking_id,
                ruling=ruling,
                public_url=get_settings().public_url,
                now=datetime.now(UTC),
            )
        )
        self.busy = False
        if isinstance(decided, Refused):
            self.problem = decided.message
        else:
            self.done += 1
            self.told = "Decided. Both are told."
        await self._read()

    async def _read(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: verdicts.contested(session, actor, now=datetime.now(UTC)))
        if not isinstance(found, Refused):
            self.cases, self.loaded = [_case(one, actor.timezone) for one in found], True


def _case(one: Contested, zone: str) -> Case:
    held = "Marked as a no-show" if one.status == SessionStatus.NO_SHOW else "Counts as completed"
    return Case(
        id=str(one.id),
        title=one.title,
        people=f"{one.tutor_name} with {one.student_name}",
        when=f"{span(one.starts_at, one.ends_at, zone)} ({place_of(zone)} time)",
        mark=held if one.marked or one.status == SessionStatus.NO_SHOW else f"{held} by the clock",
        reason=one.reason,
        proposed=PROPOSED_WORDS[one.proposed] if one.proposed else "Nothing was seen of it.",
        seen=tuple(
            f"{day(at, zone)} {clock(at, zone)} · {_seen_words(kind, who, detail)}"
            for at, kind, who, detail in one.seen
        ),
        to_refund=show_naira(one.paid_kobo),
        missed=one.status == SessionStatus.NO_SHOW,
    )


def _seen_words(kind: AttendanceKind, who: str, detail: str) -> str:
    words = " ".join(filter(None, (who, SEEN_WORDS.get(kind, kind.value.lower()))))
    # The objection stands above the list, and whoever came in under the own name needs no second one.
    is_news = detail and detail != who and kind != AttendanceKind.CONTESTED
    return f"{words}: {detail}" if is_news else words


def contested_cases() -> rx.Component:
    """List the sessions that wait for a ruling, with the dialog that asks before each."""
    state = ContestedState
    return rx.el.div(
        until_loaded(
            state.loaded,
            rx.cond(
                state.cases.length() > 0,
                rx.el.div(rx.foreach(state.cases, _drawn), class_name="flex flex-col gap-3"),
                empty_state(
                    "Nothing is contested",
                    "Sessions that a student disagrees about appear here.",
                    icon="check",
                ),
            ),
        ),
        rx.el.p(state.told, role="status", class_name="sr-only"),
        confirm_dialog(
            id=RULING_DIALOG,
            title=rx.match(
                state.ruling,
                (Ruling.HELD.value, "It was held?"),
                (Ruling.MISSED.value, "The student missed it?"),
                "Refund the student?",
            ),
            body=rx.el.div(rx.el.p(state.question), message_notice(state.problem, tone="warning")),
            confirm="Decide so",
            on_confirm=state.decide,
            keep="Not yet",
            danger=False,
            busy=state.busy,
            close_on=state.done,
        ),
    )


def _drawn(case: rx.Var[Case]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h2(case.title, class_name="title min-w-0"),
            badge(case.mark, tone="now"),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p(case.people, " · ", case.when, class_name="text-sm text-muted"),
        rx.el.blockquote(case.reason, class_name="border-l-2 pl-3 whitespace-pre-line wrap-anywhere"),
        rx.el.p(case.proposed),
        rx.el.details(
            rx.el.summary("What was seen", class_name="cursor-pointer font-semibold py-1"),
            rx.el.ol(
                rx.foreach(case.seen, lambda line: rx.el.li(line, class_name="wrap-anywhere")),
                class_name="mt-2 flex flex-col gap-1 text-sm tabular-nums",
            ),
            open=True,
        ),
        rx.el.div(
            _ruling("It was held", case, Ruling.HELD),
            shown(case.missed, _ruling("The student missed it", case, Ruling.MISSED)),
            _ruling("Refund the student", case, Ruling.REFUNDED),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="flex flex-col gap-3 p-[18px]",
        key=case.id,
    )


def _ruling(label: str, case: rx.Var[Case], ruling: Ruling) -> rx.Component:
    return dialog_button(
        label, dialog=RULING_DIALOG, size="sm", on_click=ContestedState.choose(case.id, ruling.value)
    )
