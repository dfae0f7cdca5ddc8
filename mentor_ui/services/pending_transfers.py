"""Promised transfers: made once, then posted or voided, whichever comes first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, col, func, select

from mentor_ui.db.prepared import Prepared
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    PendingKind,
    PendingState,
    PendingTransfer,
)
from mentor_ui.services import ledger

# Made once: making a statement takes longer than running it.
_PROMISE = Prepared(insert(PendingTransfer))
_OPEN = select(PendingTransfer).where(
    col(PendingTransfer.session_id) == bindparam("session"),
    col(PendingTransfer.kind) == bindparam("of_kind"),
    PendingTransfer.state == PendingState.OPEN,
)


@dataclass(frozen=True, slots=True)
class Account:
    """An account by what it stands for and whose it is."""

    kind: AccountKind
    owner_id: int = ledger.PLATFORM


def promise(
    session: Session,
    kind: PendingKind,
    amount_kobo: int,
    *,
    source: Account,
    target: Account,
    key: str,
    now: datetime,
    session_id: int | None = None,
    payment_id: int | None = None,
    due_at: datetime | None = None,
) -> int:
    """Promise an amount of one account to another and return the promise's identifier.

    Args:
        session: Of a writing transaction that made sure that the source has so much to give.
        kind: Why.
        amount_kobo: Above zero.
        source: Whose balance is spoken for from now on.
        target: Who gets it when the promise is posted.
        key: Of the happening; the same promise is never made twice.
        now: The present moment.
        session_id: The booking that it is about.
        payment_id: The payment that it is about.
        due_at: From when the clock may post it.

    Raises:
        IntegrityError: The same promise was made before.
    """
    session.flush()
    promised_id = new_id()
    _PROMISE.change(
        session,
        {
            "id": promised_id,
            "key": key,
            "kind": kind,
            "source_id": ledger.account_id(session, source.kind, source.owner_id, session_id or 0),
            "target_id": ledger.account_id(session, target.kind, target.owner_id, session_id or 0),
            "amount_kobo": amount_kobo,
            "session_id": session_id,
            "payment_id": payment_id,
            "due_at": due_at,
            "state": PendingState.OPEN,
            "created_at": now,
        },
    )
    return promised_id


def post(session: Session, pending_id: int, *, kind: str, now: datetime) -> bool:
    """Move what was promised; return whether the promise was still open.

    Args:
        session: Of a writing transaction.
        pending_id: Which promise.
        kind: The ledger's word for the happening.
        now: The present moment.
    """
    promised = session.get_one(PendingTransfer, pending_id, populate_existing=True, with_for_update=True)
    if promised.state != PendingState.OPEN:
        return False
    source = session.get_one(LedgerAccount, promised.source_id)
    target = session.get_one(LedgerAccount, promised.target_id)
    transaction_id = ledger.post(
        session,
        (
            ledger.Line(
                AccountKind(source.kind), -promised.amount_kobo, source.owner_id, account_id=source.id
            ),
            ledger.Line(
                AccountKind(target.kind), promised.amount_kobo, target.owner_id, account_id=target.id
            ),
        ),
        idempotency_key=f"pending-{promised.id}",
        kind=kind,
        session_id=promised.session_id,
        payment_id=promised.payment_id,
        now=now,
    )
    return _end(session, pending_id, PendingState.POSTED, now, transaction_id)


def void(session: Session, pending_id: int, now: datetime) -> bool:
    """Take a promise back; return whether it was still open."""
    return _end(session, pending_id, PendingState.VOIDED, now, None)


def _end(
    session: Session, pending_id: int, state: PendingState, now: datetime, transaction_id: int | None
) -> bool:
    ended = session.connection().execute(
        update(PendingTransfer)
        .where(col(PendingTransfer.id) == pending_id, col(PendingTransfer.state) == PendingState.OPEN)
        .values(state=state, ended_at=now, transaction_id=transaction_id)
    )
    return ended.rowcount == 1


def open_of(session: Session, kind: PendingKind, session_id: int) -> PendingTransfer | None:
    """Return the open promise of one kind about a booking, if there is one."""
    return session.exec(_OPEN, params={"session": session_id, "of_kind": kind}).first()


def by_key(session: Session, key: str) -> PendingTransfer | None:
    """Return a promise by its key, if it was ever made."""
    return session.exec(select(PendingTransfer).where(PendingTransfer.key == key)).first()


def count_of(session: Session, kind: PendingKind, session_id: int) -> int:
    """Return how many promises of one kind there ever were about a booking."""
    return session.exec(
        select(func.count())
        .select_from(PendingTransfer)
        .where(PendingTransfer.session_id == session_id, PendingTransfer.kind == kind)
    ).one()
