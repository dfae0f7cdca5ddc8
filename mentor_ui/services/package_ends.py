"""How a package ends: never paid for, run out, or given back; what is left of it returns to its payer.

What is left is refunded to the card it was paid with, at what the unused sessions are worth. A session that
is called off after its package has ended comes back and is refunded in the same way.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, text, update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotFound
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME
from mentor_ui.domain.roles import Actor
from mentor_ui.models import (
    PackagePurchase,
    Payment,
    Person,
    PurchaseState,
    Refund,
    RefundOrigin,
)
from mentor_ui.models.packages import HAS_LEFT
from mentor_ui.services import (
    fee_shares,
    ledger,
    letters,
    notifications,
    package_lines,
    package_returns,
    refund_parts,
    refunds,
)
from mentor_ui.services.package_purchases import UNPAID_FOR
from mentor_ui.services.refund_parts import RefundParts
from mentor_ui.services.turns import take_turns

ENDED = (PurchaseState.EXPIRED, PurchaseState.RETURNED)
_REASONS = {
    PurchaseState.EXPIRED: "the time to use your package has run out.",
    PurchaseState.RETURNED: "you gave the rest of your package back.",
}
_NO_LONGER_OFFERED = "what your package was for is no longer offered."


@dataclass(frozen=True, slots=True)
class RestTerms:
    """What giving a package back at this moment means.

    Attributes:
        left: How many sessions are given back.
        refund_kobo: What its payer gets for them.
        refusal: Why it cannot be given back, in a sentence; empty when it can.
        credit_kobo: How much of that becomes credit, since it was paid with credit.
        fee_kobo: What of Paystack's fee is the student's cost, and left out of what goes back.
    """

    left: int
    refund_kobo: int
    refusal: str
    credit_kobo: int = 0
    fee_kobo: int = 0


def rest_preview(session: Session, actor: Actor, *, purchase_id: int) -> RestTerms:
    """Return what it would mean if the student gave the rest of a package back now.

    Raises:
        NotFound: `package_not_found`.
    """
    return terms(session, _own(session, actor, purchase_id), by_student=True)


def terms(session: Session, purchase: PackagePurchase, *, by_student: bool = False) -> RestTerms:
    """Return what it would mean if the rest of a package went back now.

    Args:
        session: Any.
        purchase: Which package.
        by_student: Its student gives it up, and may bear Paystack's fee of what goes back.
    """
    left = purchase.sessions - purchase.used
    if purchase.state != PurchaseState.ACTIVE:
        return RestTerms(0, 0, "This package has ended already.")
    if not left:
        return RestTerms(0, 0, "Every session of this package has a time. Cancel a session to have it back.")
    payment = package_returns.bought_with(session, purchase.id)
    withheld_kobo = _withheld_kobo(purchase, payment) if by_student else None
    back = _back(session, purchase, payment, withheld_kobo)
    stays = withheld_kobo is not None and purchase.left_kobo == purchase.price_kobo
    on_top_kobo = fee_shares.on_top_kobo(payment, purchase.price_kobo) if stays else 0
    return RestTerms(left, back.total_kobo, "", back.to_credit_kobo, (withheld_kobo or 0) + on_top_kobo)


def _withheld_kobo(purchase: PackagePurchase, payment: Payment) -> int | None:
    """Return what of Paystack's fee its student bears of what is left; None when that is not the student's.

    What was paid on top of the price is that fee already.
    """
    if fee_shares.terms_of(payment).refund != FeeBearer.STUDENT:
        return None
    if fee_shares.on_top_kobo(payment, purchase.price_kobo):
        return 0
    return fee_shares.fee_of_kobo(payment, gone_kobo=purchase.left_kobo, whole_kobo=purchase.price_kobo)


def _back(
    session: Session, purchase: PackagePurchase, payment: Payment, withheld_kobo: int | None
) -> RefundParts:
    """Return what the payer gets for what is left; for all of it what was paid, with a fee the payer bore.

    What the payer's bank has taken is not given a second time, nor what became credit when it was paid.
    """
    worth_kobo = refund_parts.worth_kobo(payment)
    is_whole = purchase.left_kobo == purchase.price_kobo and withheld_kobo is None
    of_left_kobo = worth_kobo if is_whole else purchase.left_kobo - (withheld_kobo or 0)
    gone_kobo = refunds.gone_kobo(session, payment.id)
    credited_kobo = refund_parts.credited_kobo(session, payment.id)
    total_kobo = max(0, min(of_left_kobo, worth_kobo - gone_kobo - credited_kobo))
    to_bank_kobo = max(0, min(total_kobo, worth_kobo - payment.credit_kobo - gone_kobo))
    return RefundParts(to_bank_kobo, total_kobo - to_bank_kobo)


def _own(session: Session, actor: Actor, purchase_id: int) -> PackagePurchase:
    purchase = session.get(PackagePurchase, purchase_id)
    if purchase is None or purchase.student_id != actor.person_id:
        raise NotFound("We cannot find this package among yours.", code="package_not_found")
    return purchase


def return_rest(
    session: Session,
    actor: Actor,
    *,
    purchase_id: int,
    refund_seen_kobo: int,
    public_url: str,
    now: datetime,
) -> int:
    """Give the unused sessions of a package back for their part of the price; those with a time stay.

    Args:
        session: Of a writing transaction.
        actor: The student.
        purchase_id: Which package.
        refund_seen_kobo: What the student was shown.
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What goes back, in kobo.

    Raises:
        NotFound: `package_not_found`.
        Conflict: `package_over`, `consequence_changed`.
    """
    purchase = _own(session, actor, purchase_id)
    take_turns(session, (purchase.tutor_id, purchase.student_id))
    session.refresh(purchase)
    rest = terms(session, purchase, by_student=True)
    if rest.refusal:
        raise Conflict(rest.refusal, code="package_over")
    if rest.refund_kobo != refund_seen_kobo:
        raise Conflict(
            f"Meanwhile it is {show_naira(rest.refund_kobo)} that would go back, and not "
            f"{show_naira(refund_seen_kobo)}. Nothing was done. Look once more, then decide.",
            code="consequence_changed",
        )
    if not _end(session, purchase, PurchaseState.RETURNED, now):
        raise Conflict("This package changed meanwhile. Look once more, then decide.", code="package_over")
    return _give_back(session, purchase, public_url=public_url, now=now, by_student=True)


def return_for(
    session: Session,
    purchase: PackagePurchase,
    *,
    operator_id: int,
    reason: str,
    public_url: str,
    now: datetime,
) -> int:
    """Give the rest of a package back because an operator says so; those sessions that have a time stay.

    Args:
        session: Of a writing transaction that has both people's turns.
        purchase: With something left.
        operator_id: Who decided it.
        reason: Ends the sentence "goes back, because ...".
        public_url: Base of the links in mails.
        now: The present moment.

    Returns:
        What goes back, in kobo.

    Raises:
        Conflict: `package_over`.
    """
    if not _end(session, purchase, PurchaseState.RETURNED, now):
        raise Conflict("This package changed meanwhile. Look once more, then decide.", code="package_over")
    decided = _Decided(reason, RefundOrigin.OPERATOR, operator_id)
    return _give_back(session, purchase, public_url=public_url, now=now, decided=decided)


def _end(session: Session, purchase: PackagePurchase, state: PurchaseState, now: datetime) -> bool:
    ended = session.connection().execute(
        update(PackagePurchase)
        .where(
            col(PackagePurchase.id) == purchase.id,
            col(PackagePurchase.state) == PurchaseState.ACTIVE,
            col(PackagePurchase.used) == purchase.used,
        )
        .values(state=state, updated_at=now)
    )
    session.refresh(purchase)
    return ended.rowcount == 1


@dataclass(frozen=True, slots=True)
class _Decided:
    """Why a rest goes back, and who says so; None when a rule or the clock does."""

    reason: str
    origin: RefundOrigin
    by: int | None


def _usual(purchase: PackagePurchase) -> _Decided:
    gone = purchase.offering_id is None
    return _Decided(
        _NO_LONGER_OFFERED if gone else _REASONS[PurchaseState(purchase.state)],
        RefundOrigin.PACKAGE,
        purchase.student_id if purchase.state == PurchaseState.RETURNED else None,
    )


def _give_back(
    session: Session,
    purchase: PackagePurchase,
    *,
    public_url: str,
    now: datetime,
    decided: _Decided | None = None,
    by_student: bool = False,
) -> int:
    """Owe the payer what is left of an ended package."""
    left_kobo = purchase.left_kobo
    if not left_kobo:
        return 0
    payment = package_returns.bought_with(session, purchase.id)
    withheld_kobo = _withheld_kobo(purchase, payment) if by_student else None
    back = _back(session, purchase, payment, withheld_kobo)
    given = session.connection().execute(
        update(PackagePurchase)
        .where(col(PackagePurchase.id) == purchase.id, col(PackagePurchase.left_kobo) == left_kobo)
        .values(left_kobo=0, updated_at=now)
    )
    if given.rowcount != 1:
        raise Conflict("This package changed meanwhile. Look once more, then decide.", code="package_over")
    session.refresh(purchase)
    why = decided or _usual(purchase)
    credited_kobo = refund_parts.credited_kobo(session, payment.id)
    refund = _owe(session, payment, back.to_bank_kobo, why, now) if back.to_bank_kobo else None
    # Without a refund, what became credit before tells this time from the last one.
    time = refund.id if refund else f"{purchase.id}-{credited_kobo}-{int(now.timestamp())}"
    key = f"package-rest-{time}"
    ledger.post(
        session,
        package_lines.rest_lines(
            left_kobo=left_kobo,
            back_kobo=back.total_kobo,
            credit_kobo=back.to_credit_kobo,
            tutor_id=purchase.tutor_id,
            student_id=purchase.student_id,
            withheld_kobo=withheld_kobo or 0,
        ),
        idempotency_key=key,
        kind="taken_back",
        now=now,
        payment_id=payment.id,
        purchase_id=purchase.id,
    )
    if back.total_kobo:
        _tell(session, purchase, payment, back, why.reason, key=key, public_url=public_url)
    return back.total_kobo


def _owe(session: Session, payment: Payment, back_kobo: int, why: _Decided, now: datetime) -> Refund:
    return refunds.owe(
        session,
        payment,
        amount_kobo=back_kobo,
        reason=why.reason,
        now=now,
        origin=why.origin,
        asked_by=why.by,
    )


def _tell(
    session: Session,
    purchase: PackagePurchase,
    payment: Payment,
    back: RefundParts,
    reason: str,
    *,
    key: str,
    public_url: str,
) -> None:
    student, tutor = session.get_one(Person, purchase.student_id), session.get_one(Person, purchase.tutor_id)
    amount = show_naira(back.total_kobo)
    page = receipt_path(payment.reference)
    about = f"About your package of {purchase.sessions} sessions “{purchase.title}”: {reason}"
    goes = [
        f"{show_naira(back.to_bank_kobo)} goes back {THE_WAY_IT_CAME}. {BANKS_TAKE}"
        if back.to_bank_kobo
        else "",
        f"{show_naira(back.to_credit_kobo)} is your credit again." if back.to_credit_kobo else "",
    ]
    lines_of_student = [about, *filter(None, goes)]
    told = (
        (student, f"{amount} of your package goes back", lines_of_student, ("Follow the refund", page)),
        (
            tutor,
            f"The rest of a package goes back to {student.name}",
            [
                f"{amount} of the package “{purchase.title}” goes back to {student.name}.",
                "Sessions that have a time stay as they are, and so does your share of them.",
            ],
            ("See your packages", "/tutor/mentorship/schedule"),
        ),
    )
    for reader, subject, lines, (label, path) in told:
        notifications.tell_and_mail(
            session,
            reader,
            letters.plain_letter(subject, reader.name, lines, (label, f"{public_url}{path}")),
            key=f"{key}-{reader.id}",
            kind="package_rest",
            body=" ".join(lines),
            link=path,
        )


def lapse_unpaid(session: Session, now: datetime) -> int:
    """Stop waiting for packages that were not paid for; return how many. Late money still buys them."""
    lapsed = session.connection().execute(
        update(PackagePurchase)
        .where(
            col(PackagePurchase.state) == PurchaseState.AWAITING,
            col(PackagePurchase.created_at) <= now - UNPAID_FOR,
        )
        .values(state=PurchaseState.LAPSED, updated_at=now)
    )
    return lapsed.rowcount


def due(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return packages whose rest goes back now: run out, of no offering any more, or ended before."""
    active = col(PackagePurchase.state) == PurchaseState.ACTIVE
    found: dict[int, datetime] = {}
    # Three questions, each of which an index answers without those that are not due.
    for wanted in (
        col(PackagePurchase.state).in_(ENDED),
        and_(active, col(PackagePurchase.expires_at) <= now),
        and_(active, col(PackagePurchase.offering_id).is_(None)),
    ):
        rows = session.exec(
            select(PackagePurchase.id, PackagePurchase.expires_at)
            .where(wanted, text(HAS_LEFT))
            .order_by(col(PackagePurchase.expires_at), col(PackagePurchase.id))
            .limit(limit)
        )
        found |= {purchase_id: expires_at or now for purchase_id, expires_at in rows}
    return sorted(found, key=lambda one: (found[one], one))[:limit]


def end(session: Session, purchase_id: int, *, public_url: str, now: datetime) -> int:
    """End one of the packages of `due` and return what goes back of it, in kobo; again, it does nothing."""
    purchase = session.get_one(PackagePurchase, purchase_id)
    take_turns(session, (purchase.tutor_id, purchase.student_id))
    session.refresh(purchase)
    if purchase.state == PurchaseState.ACTIVE:
        is_over = purchase.expires_at is not None and purchase.expires_at <= now
        if not purchase.left_kobo or not (is_over or purchase.offering_id is None):
            return 0
        if not _end(session, purchase, PurchaseState.EXPIRED, now):
            return 0
    if purchase.state not in ENDED:
        return 0
    return _give_back(session, purchase, public_url=public_url, now=now)
