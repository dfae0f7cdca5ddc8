"""A tutor's share of what was sold: in escrow until the session was held and can no longer be contested.

Sold, it is credited to the tutor's escrow and promised to the wallet. Once the session's end and the waiting
time after it have passed, and neither the student nor a bank disagrees, the promise is posted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, exists, update
from sqlmodel import Session, col, select

from mentor_ui.db.prepared import Prepared, fixed
from mentor_ui.models import (
    AccountKind,
    Dispute,
    DisputeState,
    LedgerAccount,
    MentorshipSession,
    PendingKind,
    PendingState,
    PendingTransfer,
)
from mentor_ui.services import pending_transfers
from mentor_ui.services.pending_transfers import Account
from mentor_ui.services.turns import take_turns

_FOLLOW_TIME = Prepared(
    update(PendingTransfer).where(
        col(PendingTransfer.session_id) == bindparam("booking"),
        col(PendingTransfer.kind) == fixed(PendingKind.EARNING),
        col(PendingTransfer.state) == fixed(PendingState.OPEN),
        col(PendingTransfer.due_at) != bindparam("ends_at"),
    )
)


def keep(
    session: Session, booking: MentorshipSession, *, share_kobo: int, payment_id: int | None, now: datetime
) -> None:
    """Promise the tutor's share of a sold session, which escrow has just been credited with.

    Args:
        session: Of a writing transaction.
        booking: What was sold.
        share_kobo: In escrow for it; nothing is promised of nothing.
        payment_id: What it was bought with.
        now: The present moment.
    """
    if share_kobo <= 0:
        return
    promise(
        session,
        booking_id=booking.id,
        tutor_id=booking.tutor_id,
        due_at=booking.ends_at,
        share_kobo=share_kobo,
        payment_id=payment_id,
        promised_before=pending_transfers.count_of(session, PendingKind.EARNING, booking.id),
        now=now,
    )


def promise(
    session: Session,
    *,
    booking_id: int,
    tutor_id: int,
    due_at: datetime | None,
    share_kobo: int,
    payment_id: int | None,
    promised_before: int,
    now: datetime,
) -> None:
    """Do what `keep` does, for one who knows all that is to be known of the booking.

    Args:
        session: Of a writing transaction.
        booking_id: What was sold.
        tutor_id: Who sold it.
        due_at: Its end.
        share_kobo: Above zero.
        payment_id: What it was bought with.
        promised_before: How often its share was promised before.
        now: The present moment.
    """
    pending_transfers.promise(
        session,
        PendingKind.EARNING,
        share_kobo,
        source=Account(AccountKind.TUTOR_ESCROW, tutor_id),
        target=Account(AccountKind.TUTOR_WALLET, tutor_id),
        key=f"earning-{booking_id}-{promised_before + 1}",
        session_id=booking_id,
        payment_id=payment_id,
        due_at=due_at,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a tutor's share is taken from.

    Attributes:
        account: Escrow while the share is still there, else the wallet.
        short_kobo: How much more it is than escrow holds for the session, which the wallet owes.
    """

    account: AccountKind
    short_kobo: int = 0


def take_back(session: Session, booking: MentorshipSession, *, share_kobo: int, now: datetime) -> Place:
    """Say where a part of the tutor's share has to be taken from, and promise only what is left.

    Args:
        session: Of a writing transaction, which debits what is returned.
        booking: What was sold.
        share_kobo: What the tutor loses of it.
        now: The present moment.
    """
    promised = pending_transfers.open_of(session, PendingKind.EARNING, booking.id)
    if promised is None or not pending_transfers.void(session, promised.id, now):
        return Place(AccountKind.TUTOR_WALLET)
    left_kobo = promised.amount_kobo - share_kobo
    keep(session, booking, share_kobo=left_kobo, payment_id=promised.payment_id, now=now)
    return Place(AccountKind.TUTOR_ESCROW, max(0, -left_kobo))


def kept_kobo(session: Session, booking_id: int) -> int:
    """Return how much of the tutor's share of a session is still in escrow."""
    promised = pending_transfers.open_of(session, PendingKind.EARNING, booking_id)
    return promised.amount_kobo if promised else 0


def is_kept(session: Session, booking_id: int) -> bool:
    """Return whether the tutor's share of a session is still in escrow."""
    return pending_transfers.open_of(session, PendingKind.EARNING, booking_id) is not None


def follow_time(session: Session, booking: MentorshipSession) -> None:
    """Let the share of a session that was moved fall due after its new end."""
    session.flush()
    _FOLLOW_TIME.change(
        session, {"booking": booking.id, "ends_at": booking.ends_at, "due_at": booking.ends_at}
    )


def due(
    session: Session, now: datetime, *, wait: timedelta, limit: int = 200, only: int | None = None
) -> list[int]:
    """Return the promises that can be kept now, the longest waiting first.

    Args:
        session: Any.
        now: The present moment.
        wait: How long after a session's end its share stays in escrow.
        limit: At most so many.
        only: No other than this one.
    """
    contested = exists().where(
        col(MentorshipSession.id) == col(PendingTransfer.session_id),
        col(MentorshipSession.contested_at).is_not(None),
        col(MentorshipSession.contest_outcome) == "",
    )
    disputed = exists().where(
        col(Dispute.payment_id) == col(PendingTransfer.payment_id),
        col(Dispute.state).in_((DisputeState.OPEN, DisputeState.ANSWERED)),
    )
    found = (
        select(PendingTransfer.id)
        .where(
            PendingTransfer.kind == PendingKind.EARNING,
            PendingTransfer.state == PendingState.OPEN,
            col(PendingTransfer.due_at) <= now - wait,
            ~contested,
            ~disputed,
        )
        .order_by(col(PendingTransfer.due_at))
        .limit(limit)
    )
    return list(session.exec(found if only is None else found.where(PendingTransfer.id == only)))


def release(session: Session, pending_id: int, now: datetime, *, wait: timedelta) -> bool:
    """Move one share of `due` to its tutor's wallet; return whether it still could be.

    A bank that begins to question its payment, and a student who contests the session, at this moment come
    before or after, and never between looking and moving: the tutor's turn is taken first.

    Args:
        session: Of a writing transaction.
        pending_id: The promise.
        now: The present moment.
        wait: How long after a session's end its share stays in escrow.
    """
    tutors = session.exec(
        select(LedgerAccount.owner_id)
        .join(PendingTransfer, col(PendingTransfer.source_id) == col(LedgerAccount.id))
        .where(PendingTransfer.id == pending_id)
    ).all()
    take_turns(session, tutors)
    still_due = due(session, now, wait=wait, only=pending_id)
    return bool(still_due) and pending_transfers.post(session, pending_id, kind="earned", now=now)


def release_due(session: Session, now: datetime, *, wait: timedelta, limit: int = 200) -> int:
    """Move to the wallets all that is due, and return how many shares that were; see `due`."""
    return sum(release(session, one, now, wait=wait) for one in due(session, now, wait=wait, limit=limit))
