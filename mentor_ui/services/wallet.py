"""A tutor's wallet as its owner sees it: what is there, what comes when, and every line with its reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, or_
from sqlmodel import Session, col, func, select

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    AccountKind,
    BankAccount,
    Dispute,
    DisputeState,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    MentorshipSession,
    Payout,
    PendingKind,
    PendingState,
    PendingTransfer,
    Person,
)
from mentor_ui.services import bank_accounts, ledger

WORDS = {
    "earned": "Session held",
    "taken_back": "Returned to the student",
    "charged_back": "Taken back by the student's bank",
    "package_use_returned": "Given back to the package",
    "fee_borne": "Paystack's fee",
    "fee_returned": "Paystack's fee, returned",
    "payout": "Withdrawn",
    "payout_returned": "Withdrawal did not go through",
    "payout_reversed": "Sent back by the bank",
}
"""What a line of the wallet is, by the ledger's word for the happening."""

OTHER = "Correction"

PAGE_LINES = 20
MOST_SHARES = 50


@dataclass(frozen=True, slots=True)
class Balances:
    """What a tutor has, in kobo.

    Attributes:
        balance_kobo: The wallet's balance; below zero when the tutor owes.
        available_kobo: What can be taken out of it; never below zero.
        kept_kobo: What is in the wallet but spoken for, such as a share that a bank questions.
        pending_kobo: What is in escrow.
        in_flight_kobo: What left the wallet, fee included, and has not arrived for certain.
    """

    balance_kobo: int
    available_kobo: int
    kept_kobo: int
    pending_kobo: int
    in_flight_kobo: int


@dataclass(frozen=True, slots=True)
class PendingShare:
    """A share in escrow.

    Attributes:
        session_id: What it was earned with.
        title: The session's.
        student: Its student's name.
        starts_at: When the session begins; None when it has no time.
        amount_kobo: How much it is.
        available_at: From when it can be taken out.
        is_questioned: The student or a bank disagrees, so it waits for the decision.
    """

    session_id: int
    title: str
    student: str
    starts_at: datetime | None
    amount_kobo: int
    available_at: datetime | None
    is_questioned: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a wallet.

    Attributes:
        entry_id: Of the ledger's entry.
        at: When it was booked.
        what: Its kind in plain words.
        about: The session's title, or the bank account that money went to; empty for neither.
        who: The session's student; empty when there is none.
        session_id: The session that it comes from; None for payouts.
        reference: The payout's reference, as on the bank's statement; empty for others.
        amount_kobo: Above zero came in.
        balance_kobo: The wallet's balance after it.
    """

    entry_id: int
    at: datetime
    what: str
    about: str
    who: str
    session_id: int | None
    reference: str
    amount_kobo: int
    balance_kobo: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, the newest first, and where the older ones begin; `after` is empty when there are none."""

    lines: list[Line]
    after: str


def balances(session: Session, actor: Actor) -> Balances:
    """Return what the actor has.

    Raises:
        NotAllowed: The actor does not teach.
    """
    bank_accounts.require_teaching(actor)
    tutor_id = actor.person_id
    balance_kobo = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, tutor_id)
    kept_kobo = ledger.promised_kobo(session, AccountKind.TUTOR_WALLET, tutor_id)
    return Balances(
        balance_kobo=balance_kobo,
        available_kobo=max(balance_kobo - kept_kobo, 0),
        kept_kobo=kept_kobo,
        pending_kobo=ledger.balance_kobo(session, AccountKind.TUTOR_ESCROW, tutor_id),
        in_flight_kobo=ledger.balance_kobo(session, AccountKind.PAYOUTS_IN_FLIGHT, tutor_id),
    )


def pending_shares(session: Session, actor: Actor, *, wait: timedelta) -> list[PendingShare]:
    """Return the actor's shares in escrow, the first to be due first.

    Args:
        session: Any.
        actor: The tutor.
        wait: How long after a session's end its share stays in escrow.

    Raises:
        NotAllowed: The actor does not teach.
    """
    bank_accounts.require_teaching(actor)
    disputed = exists().where(
        col(Dispute.payment_id) == col(PendingTransfer.payment_id),
        col(Dispute.state).in_((DisputeState.OPEN, DisputeState.ANSWERED)),
    )
    contested = and_(
        col(MentorshipSession.contested_at).is_not(None), col(MentorshipSession.contest_outcome) == ""
    )
    rows = session.exec(
        select(PendingTransfer, MentorshipSession, Person.name, or_(disputed, contested))
        .join(LedgerAccount, col(LedgerAccount.id) == col(PendingTransfer.source_id))
        .join(MentorshipSession, col(MentorshipSession.id) == col(PendingTransfer.session_id))
        .join(Person, col(Person.id) == col(MentorshipSession.student_id))
        .where(
            PendingTransfer.kind == PendingKind.EARNING,
            PendingTransfer.state == PendingState.OPEN,
            LedgerAccount.kind == AccountKind.TUTOR_ESCROW,
            LedgerAccount.owner_id == actor.person_id,
        )
        .order_by(col(PendingTransfer.due_at), col(PendingTransfer.id))
        .limit(MOST_SHARES)
    )
    return [
        PendingShare(
            session_id=booking.id,
            title=booking.title,
            student=student,
            starts_at=booking.starts_at,
            amount_kobo=share.amount_kobo,
            available_at=None if share.due_at is None else share.due_at + wait,
            is_questioned=bool(is_questioned),
        )
        for share, booking, student, is_questioned in rows
    ]


def page(session: Session, actor: Actor, *, after: str = "", limit: int = PAGE_LINES) -> Page:
    """Return lines of the actor's wallet, the newest first.

    Args:
        session: Any.
        actor: The tutor.
        after: `Page.after` of the page before; what cannot be read begins at the newest.
        limit: How many at most.

    Raises:
        NotAllowed: The actor does not teach.
    """
    bank_accounts.require_teaching(actor)
    last_id = parse_id(after)
    older = None if last_id is None else _position(session, actor, last_id)
    found = _rows(session, actor, before=older, limit=limit + 1)
    shown = found[:limit]
    balance_kobo = 0
    if shown:
        entry, written, *_ = shown[0]
        balance_kobo = _balance_through(session, actor, written.created_at, entry.id)
    payouts = _payouts_of(session, shown)
    lines: list[Line] = []
    for row in shown:
        lines.append(_line(row, payouts, balance_kobo))
        balance_kobo -= lines[-1].amount_kobo
    return Page(lines, str(lines[-1].entry_id) if len(found) > limit else "")


def lines_between(session: Session, actor: Actor, begins: datetime, ends: datetime) -> list[Line]:
    """Return the lines booked from one moment until before another, the oldest first.

    Raises:
        NotAllowed: The actor does not teach.
    """
    bank_accounts.require_teaching(actor)
    balance_kobo = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, actor.person_id, until=begins)
    rows = _rows(session, actor, since=begins, until=ends)
    payouts = _payouts_of(session, rows)
    lines: list[Line] = []
    for row in reversed(rows):
        balance_kobo += row[0].amount_kobo
        lines.append(_line(row, payouts, balance_kobo))
    return lines


_Row = tuple[LedgerEntry, LedgerTransaction, MentorshipSession | None, str | None]


def _rows(
    session: Session,
    actor: Actor,
    *,
    before: tuple[datetime, int] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int | None = None,
) -> Sequence[_Row]:
    statement = (
        select(LedgerEntry, LedgerTransaction, MentorshipSession, Person.name)
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(MentorshipSession, col(MentorshipSession.id) == col(LedgerTransaction.session_id), isouter=True)
        .join(Person, col(Person.id) == col(MentorshipSession.student_id), isouter=True)
        .where(LedgerAccount.kind == AccountKind.TUTOR_WALLET, LedgerAccount.owner_id == actor.person_id)
        .order_by(col(LedgerTransaction.created_at).desc(), col(LedgerEntry.id).desc())
    )
    if before is not None:
        at, entry_id = before
        statement = statement.where(
            or_(
                col(LedgerTransaction.created_at) < at,
                and_(col(LedgerTransaction.created_at) == at, col(LedgerEntry.id) < entry_id),
            )
        )
    if since is not None:
        statement = statement.where(col(LedgerTransaction.created_at) >= since)
    if until is not None:
        statement = statement.where(col(LedgerTransaction.created_at) < until)
    return session.exec(statement if limit is None else statement.limit(limit)).all()


def _position(session: Session, actor: Actor, entry_id: int) -> tuple[datetime, int] | None:
    """Return where in the wallet a line stands, or None when it is not the actor's."""
    at = session.exec(
        select(LedgerTransaction.created_at)
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(
            LedgerEntry.id == entry_id,
            LedgerAccount.kind == AccountKind.TUTOR_WALLET,
            LedgerAccount.owner_id == actor.person_id,
        )
    ).first()
    return None if at is None else (at, entry_id)


def _balance_through(session: Session, actor: Actor, at: datetime, entry_id: int) -> int:
    """Return the wallet's balance after one of its lines."""
    same_moment = session.exec(
        select(func.coalesce(func.sum(LedgerEntry.amount_kobo), 0))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(
            LedgerAccount.kind == AccountKind.TUTOR_WALLET,
            LedgerAccount.owner_id == actor.person_id,
            LedgerTransaction.created_at == at,
            col(LedgerEntry.id) <= entry_id,
        )
    ).one()
    earlier = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, actor.person_id, until=at)
    return earlier + int(same_moment)


def _payouts_of(session: Session, rows: Sequence[_Row]) -> dict[int, tuple[Payout, BankAccount]]:
    wanted = {written.payout_id for _, written, _, _ in rows if written.payout_id is not None}
    found = session.exec(
        select(Payout, BankAccount)
        .join(BankAccount, col(BankAccount.id) == col(Payout.bank_account_id))
        .where(col(Payout.id).in_(wanted))
    )
    return {payout.id: (payout, account) for payout, account in found}


def _line(row: _Row, payouts: dict[int, tuple[Payout, BankAccount]], balance_kobo: int) -> Line:
    entry, written, booking, student = row
    about, reference = booking.title if booking else "", ""
    if written.payout_id in payouts:
        payout, account = payouts[written.payout_id]
        about, reference = bank_accounts.name_of(account), payout.reference
    return Line(
        entry_id=entry.id,
        at=written.created_at,
        what=WORDS.get(written.kind, OTHER),
        about=about,
        who=student or "",
        session_id=booking.id if booking else None,
        reference=reference,
        amount_kobo=entry.amount_kobo,
        balance_kobo=balance_kobo,
    )


def recent_payouts(session: Session, actor: Actor, limit: int = 10) -> list[tuple[Payout, BankAccount]]:
    """Return the actor's latest payouts with where they went, the newest first.

    Raises:
        NotAllowed: The actor does not teach.
    """
    bank_accounts.require_teaching(actor)
    rows = session.exec(
        select(Payout, BankAccount)
        .join(BankAccount, col(BankAccount.id) == col(Payout.bank_account_id))
        .where(Payout.tutor_id == actor.person_id)
        .order_by(col(Payout.created_at).desc(), col(Payout.id).desc())
        .limit(limit)
    )
    return list(rows)
