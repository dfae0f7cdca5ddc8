"""A student's credit and its lines, put into words."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.local_time import day, moment_in_words
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Actor
from mentor_ui.services import credit, unspent_money
from mentor_ui.services.credit import CreditLine

_WORDS = {
    "credited": "Kept as credit",
    "uncredited": "Sent back to your bank",
    "credit_used": "Paid with credit",
    "taken_back": "Given back as credit",
    "surplus": "Paid too much",
}


@dataclass(frozen=True)
class CreditRow:
    """One change of the credit; `link` leads to the receipt, or is empty."""

    what: str
    when: str
    amount: str
    link: str


@dataclass(frozen=True)
class WaitingRow:
    """Money that waits for a choice, and where to choose."""

    amount: str
    until: str
    link: str


@dataclass(frozen=True)
class CreditBoard:
    """A student's credit; `free` is empty when there never was any."""

    free: str = ""
    kept: str = ""
    lines: list[CreditRow] = field(default_factory=list)
    waiting: list[WaitingRow] = field(default_factory=list)


def read_credit_board(session: Session, actor: Actor, now: datetime) -> CreditBoard:
    """Return a student's credit in words.

    Args:
        session: For reading.
        actor: The student.
        now: The present moment.
    """
    found = credit.of(session, actor)
    waiting = unspent_money.waiting(session, actor, now)
    return CreditBoard(
        free=show_naira(found.free_kobo) if found.lines else "",
        kept=show_naira(found.kept_kobo) if found.kept_kobo else "",
        lines=[_row(line, actor.timezone) for line in found.lines],
        waiting=[
            WaitingRow(
                show_naira(one.amount_kobo),
                moment_in_words(one.choose_by, actor.timezone),
                receipt_path(one.reference),
            )
            for one in waiting
        ],
    )


def _row(line: CreditLine, zone: str) -> CreditRow:
    words = _WORDS.get(line.kind, "Credit")
    sign = "+" if line.amount_kobo > 0 else "−"  # noqa: RUF001 - a minus sign
    return CreditRow(
        what=f"{words}: {line.title}" if line.title else words,
        when=day(line.at, zone),
        amount=f"{sign} {show_naira(abs(line.amount_kobo))}",
        link=receipt_path(line.reference) if line.reference else "",
    )
