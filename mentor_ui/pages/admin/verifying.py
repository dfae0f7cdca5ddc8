"""Asking Paystack at once, and a payout's code: what an operator can do about incidents and stuck money."""

from functools import partial
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from mentor_ui.components.buttons import button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, allow, attempting
from mentor_ui.gate.acting import cookie_of, resolve
from mentor_ui.jobs import verifying
from mentor_ui.pages.admin.figures import FiguresState
from mentor_ui.pages.admin.incidents_state import IncidentsState
from mentor_ui.pages.admin.stuck_state import StuckState
from mentor_ui.pages.admin.subjects_shown import SubjectLine, state_words
from mentor_ui.pages.forms import form_text
from mentor_ui.resources import get_resources

ADMINS = frozenset({Role.ADMIN})
CODE_DIALOG = "payout-code"
LONGEST_CODE = 20
LEDGER = "ledger"
"""Stands where a subject's identifier would, of incidents that are about the ledger itself."""


class VerifyingState(rx.State):
    """What is being asked, and what came of it.

    Attributes:
        asking: The subject that Paystack is being asked about, or `LEDGER`; empty while none is.
        answered: The one that the answer is about.
        answer: What came of it, in a sentence.
    """

    asking: str = ""
    answered: str = ""
    answer: str = ""

    @rx.event(background=True)
    @allow(ADMINS)
    async def verify(self, subject: str) -> list[EventSpec]:
        """Ask about a subject now, and do what follows; of the ledger, prove it."""
        async with self:
            actor = await resolve(cookie_of(self))
            if actor is None or self.asking:
                return []
            self.asking, self.answered, self.answer = subject or LEDGER, "", ""
        if subject:
            ask = partial(verifying.verify, get_resources(), actor, subject_id=parse_id(subject) or 0)
            asked = await attempting(ask)
            answer = asked.message if isinstance(asked, Refused) else f"Asked just now: {state_words(asked)}."
        else:
            proven = await attempting(partial(verifying.prove_now, get_resources(), actor))
            answer = proven.message if isinstance(proven, Refused) else "Proven anew; see the Money tab."
        async with self:
            self.asking, self.answered, self.answer = "", subject or LEDGER, answer
        return [IncidentsState.load, StuckState.load, FiguresState.load]


class PayoutCodeState(rx.State):
    """The dialog that takes the code of a payout.

    Attributes:
        done: Counts codes that were taken; the dialog closes when it changes.
        told: What came of it, for screen readers.
    """

    busy: bool = False
    problem: str = ""
    problem_field: str = ""
    done: int = 0
    told: str = ""

    @rx.event
    @allow(ADMINS)
    def start_over(self) -> None:
        """Forget what was wrong with the code before."""
        self.problem = self.problem_field = self.told = ""

    @rx.event(background=True)
    @allow(ADMINS)
    async def confirm(self, form: dict[str, Any]) -> list[EventSpec]:
        """Confirm the payout with the typed code."""
        code, payout_id = form_text(form, "otp")[:LONGEST_CODE], parse_id(form_text(form, "payout")) or 0
        async with self:
            actor = await resolve(cookie_of(self))
            if actor is None or self.busy:
                return []
            self.busy, self.problem, self.problem_field = True, "", ""
        done = await attempting(
            partial(verifying.confirm_payout, get_resources(), actor, payout_id=payout_id, code=code)
        )
        async with self:
            self.busy = False
            if isinstance(done, Refused):
                self.problem, self.problem_field = done.message, done.field
                return []
            self.told = f"The code was taken. The payout is now: {state_words(done)}."
            self.done += 1
        return [IncidentsState.load, StuckState.load, FiguresState.load]


async def ask_anew(state: rx.State) -> None:
    """Forget what was being asked when the page was loaded: whoever asked may have ended in the middle.

    Args:
        state: Any state of the tab.
    """
    (await state.get_state(VerifyingState)).asking = ""
    (await state.get_state(PayoutCodeState)).busy = False


def subject_actions(row: rx.Var[SubjectLine]) -> rx.Component:
    """Offer what can be done about a subject at once, and say what came of it."""
    state = VerifyingState
    key = rx.cond(row.id, row.id, LEDGER)
    return rx.fragment(
        shown(
            row.code,
            dialog_button(
                "Enter the code",
                rx.el.span(" of ", row.reference, class_name="sr-only"),
                dialog=CODE_DIALOG,
                kind="primary",
                size="sm",
                fill=row.code,
                on_click=PayoutCodeState.start_over,
            ),
        ),
        button(
            rx.cond(row.id, "Verify now", "Prove it now"),
            rx.el.span(" ", row.reference, class_name="sr-only"),
            size="sm",
            icon="refresh-cw",
            busy=state.asking == key,
            on_click=state.verify(row.id),
        ),
    )


def subject_answer(row: rx.Var[SubjectLine]) -> rx.Component:
    """Say what came of asking about a subject."""
    state = VerifyingState
    key = rx.cond(row.id, row.id, LEDGER)
    return rx.el.p(
        rx.cond(state.answered == key, state.answer, ""), role="status", class_name="text-sm empty:hidden"
    )


def code_dialog() -> rx.Component:
    """Make the dialog that takes the code of a payout; once on the page."""
    state = PayoutCodeState
    return rx.fragment(
        dialog(
            rx.el.form(
                # Without values here, so that React leaves alone what the browser fills in.
                rx.el.input(type="hidden", name="payout"),
                rx.el.p(rx.el.output(name="named"), class_name="text-muted wrap-anywhere"),
                text_field(
                    "Code",
                    name="otp",
                    id="payout-otp",
                    input_mode="numeric",
                    auto_complete="one-time-code",
                    max_length=LONGEST_CODE,
                    hint="Paystack sends it to the owner of its account and waits half an hour for it.",
                    error=rx.cond(state.problem_field == "otp", state.problem, ""),
                ),
                message_notice(rx.cond(state.problem_field == "", state.problem, ""), tone="warning"),
                dialog_actions(
                    cancel_button(CODE_DIALOG, "Not now"),
                    button("Confirm the payout", type="submit", kind="primary", busy=state.busy),
                ),
                on_submit=state.confirm,
                class_name="flex flex-col gap-4",
            ),
            id=CODE_DIALOG,
            title="Confirm a payout",
            close_on=state.done,
        ),
        rx.el.p(state.told, role="status", class_name="sr-only"),
    )
