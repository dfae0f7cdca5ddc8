"""Disputes on the operations page: what a bank wants, what speaks for us, and our answer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import text_area
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import message_notice
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading, writing
from mentor_ui.models import DisputeState
from mentor_ui.pages.forms import form_text
from mentor_ui.services import dispute_answers
from mentor_ui.services.dispute_answers import ACCEPTED, DECLINED, LONGEST_MESSAGE, DisputeCase

ADMINS = frozenset({Role.ADMIN})
ANSWER_DIALOG = "answer-dispute"
STATE_WORDS = {
    DisputeState.OPEN: ("Answer it", "now"),
    DisputeState.ANSWERED: ("The bank decides", "info"),
    DisputeState.WON: ("Won", "go"),
    DisputeState.LOST: ("Lost", "stop"),
}
SENDING = ("Answer is being sent", "info")


@dataclass(frozen=True)
class DisputeLine:
    """One dispute in words."""

    id: str
    title: str
    about: str
    amount: str
    state: str
    tone: str
    due: str
    overdue: bool
    problem: str
    evidence: str
    answerable: bool
    receipt: str


class DisputesState(rx.State):
    """Disputes and the answer that is being written.

    Attributes:
        chosen: The dispute that the dialog is about.
        answer: Which answer, in Paystack's word.
        question: What that answer means, in a sentence.
        done: Counts answers; the dialog closes when it changes.
        told: What was done, for screen readers.
    """

    rows: list[DisputeLine] = []
    chosen: str = ""
    answer: str = ""
    question: str = ""
    problem: str = ""
    done: int = 0
    told: str = ""

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Fill the list."""
        self.told = ""
        await self._read()

    @rx.event
    @allow(ADMINS)
    def choose(self, dispute: str, answer: str) -> None:
        """Say what an answer would mean before it is given."""
        found = next((one for one in self.rows if one.id == dispute), None)
        if found is None or answer not in {ACCEPTED, DECLINED}:
            return
        self.chosen, self.answer, self.problem = dispute, answer, ""
        self.question = (
            f"The payer gets {found.amount}. Tutor and platform lose their shares of it."
            if answer == ACCEPTED
            else "The bank gets your words and the evidence as it stands, and decides. "
            "Until then the tutor's share stays frozen."
        )

    @rx.event
    @allow(ADMINS)
    async def send(self, form: dict[str, Any]) -> None:
        """Decide what the bank is told."""
        actor, dispute_id = await acting(self), parse_id(self.chosen)
        if dispute_id is None:
            return
        answer, message = self.answer, form_text(form, "message")
        sent = await writing(
            lambda session: dispute_answers.decide(
                session, actor, dispute_id=dispute_id, answer=answer, message=message, now=datetime.now(UTC)
            )
        )
        if isinstance(sent, Refused):
            self.problem = sent.message
        else:
            self.problem, self.told = "", "The answer is being sent."
            self.done += 1
        await self._read()

    async def _read(self) -> None:
        actor, now = await acting(self), datetime.now(UTC)
        found = await reading(lambda session: dispute_answers.cases(session, actor))
        if not isinstance(found, Refused):
            self.rows = [_line(one, actor.timezone, now) for one in found]


def _line(one: DisputeCase, zone: str, now: datetime) -> DisputeLine:
    waits = one.state == DisputeState.OPEN
    state, tone = SENDING if waits and one.answer else STATE_WORDS[one.state]
    return DisputeLine(
        id=str(one.id),
        title=one.title,
        about=f"{one.student_name}, taught by {one.tutor_name} · {one.category} · {one.reference}",
        amount=show_naira(one.amount_kobo),
        state=state,
        tone=tone,
        due=moment_in_words(one.due_at, zone) if waits and one.due_at else "",
        overdue=waits and one.due_at is not None and one.due_at < now,
        problem=f"Paystack did not take the answer: {one.problem}" if one.problem else "",
        evidence=one.evidence,
        answerable=waits and not one.answer,
        receipt=receipt_path(one.reference),
    )


def disputes() -> rx.Component:
    """List disputes, with the dialog that answers one; nothing at all while there never was one."""
    state = DisputesState
    return rx.el.div(
        shown(
            state.rows.length() > 0,
            rx.el.section(
                rx.el.h2("Disputes", class_name="mb-4"),
                rx.el.div(rx.foreach(state.rows, _drawn), class_name="flex flex-col gap-3"),
            ),
        ),
        rx.el.p(state.told, role="status", class_name="sr-only"),
        dialog(
            rx.el.p(state.question, class_name="text-muted"),
            rx.el.form(
                text_area(
                    "Your words for the bank",
                    name="message",
                    id="dispute-message",
                    rows=3,
                    max_length=LONGEST_MESSAGE,
                    error=state.problem,
                ),
                dialog_actions(
                    cancel_button(ANSWER_DIALOG, "Not yet"),
                    button("Send the answer", type="submit", kind="primary"),
                ),
                on_submit=state.send,
                class_name="flex flex-col gap-4",
            ),
            id=ANSWER_DIALOG,
            title=rx.cond(state.answer == ACCEPTED, "Let the payer have it?", "Contest it?"),
            close_on=state.done,
        ),
    )


def _drawn(row: rx.Var[DisputeLine]) -> rx.Component:
    return card(
        rx.el.div(
            rx.el.h3(row.title, class_name="title min-w-0"),
            badge(row.state, tone=row.tone),
            shown(row.overdue, badge("Overdue", tone="stop")),
            class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
        ),
        rx.el.p("The payer's bank wants ", rx.el.strong(row.amount), " back."),
        rx.el.p(row.about, class_name="text-sm text-muted wrap-anywhere"),
        rx.el.p(text_link("Receipt", to=row.receipt), class_name="text-sm"),
        shown(row.due, rx.el.p("Without an answer until ", row.due, " the bank gets it.")),
        message_notice(row.problem, tone="warning"),
        rx.el.details(
            rx.el.summary("What speaks for us", class_name="cursor-pointer font-semibold py-1"),
            rx.el.p(row.evidence, class_name="mt-2 text-sm whitespace-pre-line wrap-anywhere"),
        ),
        shown(
            row.answerable,
            rx.el.div(
                _answer("Contest it", row, DECLINED),
                _answer("Accept it", row, ACCEPTED),
                class_name="flex flex-wrap gap-3",
            ),
        ),
        class_name="flex flex-col gap-2.5 p-[18px]",
        key=row.id,
    )


def _answer(label: str, row: rx.Var[DisputeLine], answer: str) -> rx.Component:
    return dialog_button(
        label, dialog=ANSWER_DIALOG, size="sm", on_click=DisputesState.choose(row.id, answer)
    )
