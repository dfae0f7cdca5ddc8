"""The proof that each payout is booked once, as it stands, and that nothing else is on its way to a bank."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlmodel import Session, col, func, select

from mentor_ui.models import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction, Payout, PayoutState
from mentor_ui.services import ledger_lines
from mentor_ui.services.ledger import Line

_ON_ITS_WAY = (PayoutState.REQUESTED, PayoutState.PENDING, PayoutState.OTP, PayoutState.UNKNOWN)

_Booked = tuple[str, str, int, int]
"""Of one entry: kind of transaction, kind of account, its owner, kobo."""


def problems(session: Session) -> list[str]:
    """Return one sentence for each payout booked otherwise than it stands, and each sum that differs."""
    rows = session.exec(
        select(LedgerTransaction, LedgerAccount, LedgerEntry.amount_kobo)
        .join(LedgerEntry, col(LedgerEntry.transaction_id) == col(LedgerTransaction.id))
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .where(col(LedgerTransaction.payout_id).is_not(None))
    ).all()
    booked: dict[int, Counter[_Booked]] = {}
    for written, account, amount_kobo in rows:
        entry = (written.kind, account.kind, account.owner_id, amount_kobo)
        booked.setdefault(written.payout_id or 0, Counter())[entry] += 1
    payouts = session.exec(select(Payout)).all()
    found = [
        f"Payout {payout.reference} is not booked as it stands ({payout.state})."
        for payout in payouts
        if booked.get(payout.id, Counter()) != Counter(_expected(payout))
    ]
    strangers = booked.keys() - {payout.id for payout in payouts}
    found += [f"Ledger lines belong to payout {number}, which there is not." for number in strangers]
    return found + _sums_apart(session, payouts)


def _expected(payout: Payout) -> Iterator[_Booked]:
    amount_kobo, fee_kobo, tutor_id = payout.amount_kobo, payout.fee_kobo, payout.tutor_id
    asked = ledger_lines.payout_lines(amount_kobo=amount_kobo, fee_kobo=fee_kobo, tutor_id=tutor_id)
    yield from _entries("payout", asked)
    if payout.state in _ON_ITS_WAY:
        return
    if payout.charged_kobo is None:
        returned = ledger_lines.not_paid_out_lines(
            amount_kobo=amount_kobo, fee_kobo=fee_kobo, kept_kobo=payout.kept_kobo, tutor_id=tutor_id
        )
        yield from _entries("payout_returned", returned)
        return
    paid = ledger_lines.paid_out_lines(
        amount_kobo=amount_kobo, fee_kobo=fee_kobo, charged_kobo=payout.charged_kobo, tutor_id=tutor_id
    )
    yield from _entries("payout_paid", paid)
    if payout.state == PayoutState.REVERSED:
        sent_back = ledger_lines.sent_back_lines(
            amount_kobo=amount_kobo,
            fee_kobo=fee_kobo,
            charged_kobo=payout.charged_kobo,
            kept_kobo=payout.kept_kobo,
            tutor_id=tutor_id,
        )
        yield from _entries("payout_reversed", sent_back)


def _entries(kind: str, lines: tuple[Line, ...]) -> Iterator[_Booked]:
    for line in lines:
        if line.amount_kobo:
            yield kind, line.kind.value, line.owner_id, line.amount_kobo


def _sums_apart(session: Session, payouts: Sequence[Payout]) -> list[str]:
    """Compare each tutor's account of money on its way with the payouts that are not finished."""
    sums = session.exec(
        select(LedgerAccount.owner_id, func.sum(LedgerEntry.amount_kobo))
        .join(LedgerEntry, col(LedgerEntry.account_id) == col(LedgerAccount.id))
        .where(LedgerAccount.kind == AccountKind.PAYOUTS_IN_FLIGHT)
        .group_by(col(LedgerAccount.owner_id))
    ).all()
    in_books = Counter({owner_id: int(kobo) for owner_id, kobo in sums})
    on_its_way: Counter[int] = Counter()
    for payout in payouts:
        if payout.state in _ON_ITS_WAY:
            on_its_way[payout.tutor_id] += payout.amount_kobo + payout.fee_kobo
    return [
        f"Tutor {owner} has {in_books[owner]} kobo on the way to a bank; the payouts say {on_its_way[owner]}."
        for owner in sorted(in_books.keys() | on_its_way.keys())
        if in_books[owner] != on_its_way[owner]
    ]
