"""Figures that people see about their own work."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from mentor_ui.domain.errors import NotAllowed
from mentor_ui.domain.local_time import month_around
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction, MentorshipSession
from mentor_ui.services import fee_shares
from mentor_ui.services.ledger import SALES, balance_kobo

TUTORS_MONEY = (AccountKind.TUTOR_ESCROW, AccountKind.TUTOR_WALLET)
EARNING = (*SALES, "taken_back", "package_use", "package_use_returned", *fee_shares.KINDS)
"""Kinds of ledger transactions that give a tutor money, or take it back."""

_TAKES_PLACE = (SessionStatus.SCHEDULED, SessionStatus.IN_PROGRESS, SessionStatus.COMPLETED)


@dataclass(frozen=True, slots=True)
class TutorMonth:
    """A tutor's calendar month, in the tutor's own zone.

    Attributes:
        sessions: Booked sessions that begin in it; offerings and cancelled ones are not among them.
        ahead: How many of them have not begun.
        earned_kobo: The tutor's share of what was sold in it, less that of what was given back in it.
        balance_kobo: What the ledger owes the tutor now, whenever it was earned, due or not.
    """

    sessions: int
    ahead: int
    earned_kobo: int
    balance_kobo: int


def tutor_month(session: Session, actor: Actor, *, now: datetime) -> TutorMonth:
    """Return the figures of the month in which `now` lies.

    Raises:
        NotAllowed: The actor does not teach.
    """
    if not actor.teaches:
        raise NotAllowed("These figures are for tutors and mentors.")
    begins, ends = month_around(now, actor.timezone)
    sessions, ahead = session.exec(
        select(func.count(), func.count().filter(col(MentorshipSession.starts_at) > now)).where(
            ~col(MentorshipSession.is_offering),
            MentorshipSession.tutor_id == actor.person_id,
            col(MentorshipSession.status).in_(_TAKES_PLACE),
            col(MentorshipSession.starts_at) >= begins,
            col(MentorshipSession.starts_at) < ends,
        )
    ).one()
    earned_kobo = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(
            col(LedgerAccount.kind).in_(TUTORS_MONEY),
            LedgerAccount.owner_id == actor.person_id,
            col(LedgerTransaction.kind).in_(EARNING),
            col(LedgerTransaction.created_at) >= begins,
            col(LedgerTransaction.created_at) < ends,
        )
    ).one()
    return TutorMonth(
        sessions=int(sessions),
        ahead=int(ahead),
        earned_kobo=int(earned_kobo),
        balance_kobo=sum(balance_kobo(session, kind, actor.person_id) for kind in TUTORS_MONEY),
    )
