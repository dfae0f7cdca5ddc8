"""The State of open incidents: what needs a person, and closing it with a word on what was done."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import Refused, acting, allow, reading, writing
from mentor_ui.models import IncidentKind
from mentor_ui.pages.admin.subjects_shown import SubjectLine, subject_line
from mentor_ui.pages.forms import form_text
from mentor_ui.services import incidents
from mentor_ui.services.incidents import OpenIncident
from mentor_ui.services.money_subjects import Subject, subjects

ADMINS = frozenset({Role.ADMIN})
KIND_WORDS = {
    IncidentKind.WRONG_AMOUNT: "Wrong amount",
    IncidentKind.WRONG_CURRENCY: "Wrong currency",
    IncidentKind.DUPLICATE_CHARGE: "Paid twice",
    IncidentKind.REFUND_FAILED: "Refund did not arrive",
    IncidentKind.PAYOUT_STUCK: "Payout is stuck",
    IncidentKind.PAYOUT_REVERSED: "Payout came back",
    IncidentKind.DISPUTE: "Disputed by a bank",
    IncidentKind.UNMATCHED: "Not in both books",
    IncidentKind.LEDGER: "Ledger out of place",
}


@dataclass(frozen=True)
class IncidentLine:
    """One open incident in words; `verifiable` says whether there is something to ask about."""

    id: str
    kind: str
    summary: str
    raised: str
    due: str
    overdue: bool
    subject: SubjectLine
    verifiable: bool


class IncidentsState(rx.State):
    """What waits for an operator.

    Attributes:
        chosen: The incident that is being closed.
        problem: Why it was not.
        problem_field: The field that it belongs to; empty for the whole.
        done: Counts closed ones; the dialog closes when it changes.
        told: What was done, for screen readers.
    """

    rows: list[IncidentLine] = []
    loaded: bool = False
    chosen: str = ""
    problem: str = ""
    problem_field: str = ""
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
    def choose(self, incident: str) -> None:
        """Say which incident the dialog is about."""
        self.chosen, self.problem, self.problem_field = incident, "", ""

    @rx.event
    @allow(ADMINS)
    async def resolve(self, form: dict[str, Any]) -> None:
        """Close the chosen incident with a note."""
        actor, incident_id, note = await acting(self), parse_id(self.chosen), form_text(form, "note")
        if incident_id is None:
            return
        done = await writing(
            lambda session: incidents.resolve(
                session, actor, incident_id=incident_id, note=note, now=datetime.now(UTC)
            )
        )
        if isinstance(done, Refused):
            self.problem, self.problem_field = done.message, done.field
        else:
            self.problem, self.problem_field, self.told = "", "", "Closed."
            self.done += 1
        await self._read()

    async def _read(self) -> None:
        actor, now = await acting(self), datetime.now(UTC)
        found = await reading(lambda session: _found(session, actor))
        if not isinstance(found, Refused):
            rows, about = found
            self.rows = [_line(one, about.get(one.subject_id or 0), actor.timezone, now) for one in rows]
            self.loaded = True


def _found(session: Session, actor: Actor) -> tuple[tuple[OpenIncident, ...], dict[int, Subject]]:
    rows = incidents.open_incidents(session, actor)
    return rows, subjects(session, {one.subject_id for one in rows if one.subject_id is not None})


def _line(one: OpenIncident, subject: Subject | None, zone: str, now: datetime) -> IncidentLine:
    return IncidentLine(
        id=str(one.id),
        kind=KIND_WORDS[one.kind],
        summary=one.summary,
        raised=moment_in_words(one.created_at, zone),
        due=moment_in_words(one.due_at, zone) if one.due_at else "",
        overdue=one.due_at is not None and one.due_at < now,
        subject=subject_line(subject, zone) if subject else SubjectLine(),
        verifiable=subject is not None or one.kind == IncidentKind.LEDGER,
    )
