"""The proof that package credits are what the unused sessions of packages are worth, to the kobo."""

from collections import defaultdict

from sqlmodel import Session, col, func, select

from mentor_ui.domain.packages import parts_kobo
from mentor_ui.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    PackagePurchase,
    PackageUse,
    PurchaseState,
)

_UNPAID = (PurchaseState.AWAITING, PurchaseState.LAPSED)


def problems(session: Session) -> list[str]:
    """Return one sentence per package, and per tutor, whose credits are not what they should be.

    Of an active package the ledger holds exactly the parts of the sessions that do not count as used; of one
    that has ended, what came back since and waits for its refund; of one that was never paid for, nothing.
    """
    counting: dict[int, set[int]] = defaultdict(set)
    counted: dict[int, int] = defaultdict(int)
    for purchase_id, number in session.exec(
        select(PackageUse.purchase_id, PackageUse.number).where(col(PackageUse.returned_at).is_(None))
    ):
        counting[purchase_id].add(number)
        counted[purchase_id] += 1
    held = _held(session, LedgerTransaction.purchase_id)
    found: list[str] = []
    expected_of_tutor: dict[int | None, int] = defaultdict(int)
    for purchase in session.exec(select(PackagePurchase)):
        if purchase.used != counted[purchase.id]:
            found.append(
                f"The package {purchase.id} says that {purchase.used} of its sessions are used, "
                f"and {counted[purchase.id]} are."
            )
        expected = purchase.left_kobo
        if purchase.state in _UNPAID:
            expected = 0
        elif purchase.state == PurchaseState.ACTIVE:
            used_kobo = parts_kobo(purchase.price_kobo, purchase.sessions, counting[purchase.id])
            expected = purchase.price_kobo - used_kobo
        expected_of_tutor[purchase.tutor_id] += expected
        if not held.get(purchase.id, 0) == purchase.left_kobo == expected:
            found.append(
                f"The package {purchase.id} has {held.get(purchase.id, 0)} kobo in package credits, counts "
                f"{purchase.left_kobo} and should have {expected}."
            )
    of_tutor = _held(session, LedgerAccount.owner_id)
    found += [
        f"The package credits of {tutor_id} are {of_tutor.get(tutor_id, 0)} kobo and should be "
        f"{expected_of_tutor[tutor_id]}."
        for tutor_id in sorted({*of_tutor, *expected_of_tutor}, key=lambda one: one or 0)
        if of_tutor.get(tutor_id, 0) != expected_of_tutor[tutor_id]
    ]
    return found


def _held(session: Session, by: int | None) -> dict[int | None, int]:
    """Return what package credits hold, by a column."""
    rows = session.exec(
        select(by, func.sum(LedgerEntry.amount_kobo))
        .select_from(LedgerEntry)
        .join(LedgerAccount, col(LedgerAccount.id) == col(LedgerEntry.account_id))
        .join(LedgerTransaction, col(LedgerTransaction.id) == col(LedgerEntry.transaction_id))
        .where(LedgerAccount.kind == AccountKind.PACKAGE_CREDITS)
        .group_by(col(by))
    )
    return {key: int(kobo) for key, kobo in rows}
