"""What an incident or something stuck is about: a payment, refund, payout or dispute, and where it is."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from mentor_ui.models import Dispute, MentorshipSession, PackagePurchase, Payment, Payout, Person, Refund


class SubjectKind(StrEnum):
    """Which table a subject stands in."""

    PAYMENT = "payment"
    REFUND = "refund"
    PAYOUT = "payout"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing about money.

    Attributes:
        title: Of the session or the package; empty of a payout.
        person: Whose money it is: the payer's, or of a payout the tutor's.
        email: That person's.
        amount: In the smallest unit of `currency`: kobo for NGN.
        state: How it stands, in the word of its table.
        reference: Of the payment behind it, or of the payout.
        booking_id: Of the session; None of a package and of a payout.
        since: Aware UTC; when it began.
    """

    kind: SubjectKind
    id: int
    title: str
    person: str
    email: str
    amount: int
    currency: str
    state: str
    reference: str
    booking_id: int | None
    since: datetime


def subjects(session: Session, ids: Collection[int]) -> dict[int, Subject]:
    """Return what these identifiers name, whichever tables they stand in; unknown ones are left out."""
    if not ids:
        return {}
    found = (
        *_payments(session, ids),
        *_refunds(session, ids),
        *_disputes(session, ids),
        *_payouts(session, ids),
    )
    return {one.id: one for one in found}


def _payments(session: Session, ids: Collection[int]) -> Iterable[Subject]:
    for payment, title, name, email in _of_payers(session, col(Payment.id).in_(ids)):
        yield _of_payment(
            SubjectKind.PAYMENT,
            payment,
            (title, name, email),
            subject_id=payment.id,
            amount=payment.amount_kobo if payment.paid_kobo is None else payment.paid_kobo,
            state=payment.state,
            since=payment.created_at,
        )


def _refunds(session: Session, ids: Collection[int]) -> Iterable[Subject]:
    rows = {one.id: one for one in session.exec(select(Refund).where(col(Refund.id).in_(ids)))}
    payers = _by_payment(session, {one.payment_id for one in rows.values()})
    for refund in rows.values():
        payment, about = payers[refund.payment_id]
        yield _of_payment(
            SubjectKind.REFUND,
            payment,
            about,
            subject_id=refund.id,
            amount=refund.amount_kobo,
            state=refund.state,
            since=refund.created_at,
        )


def _disputes(session: Session, ids: Collection[int]) -> Iterable[Subject]:
    rows = {one.id: one for one in session.exec(select(Dispute).where(col(Dispute.id).in_(ids)))}
    payers = _by_payment(session, {one.payment_id for one in rows.values()})
    for dispute in rows.values():
        payment, about = payers[dispute.payment_id]
        yield _of_payment(
            SubjectKind.DISPUTE,
            payment,
            about,
            subject_id=dispute.id,
            amount=dispute.amount_kobo,
            state=dispute.state,
            since=dispute.created_at,
        )


def _payouts(session: Session, ids: Collection[int]) -> Iterable[Subject]:
    rows = session.exec(
        select(Payout, Person.name, Person.email)
        .join(Person, col(Person.id) == col(Payout.tutor_id))
        .where(col(Payout.id).in_(ids))
    )
    for payout, name, email in rows:
        yield Subject(
            kind=SubjectKind.PAYOUT,
            id=payout.id,
            title="",
            person=name,
            email=email,
            amount=payout.amount_kobo,
            currency="NGN",
            state=payout.state,
            reference=payout.reference,
            booking_id=None,
            since=payout.created_at,
        )


_About = tuple[str, str, str]
"""Title, the payer's name and e-mail."""


def _by_payment(session: Session, ids: Collection[int]) -> dict[int, tuple[Payment, _About]]:
    if not ids:
        return {}
    rows = _of_payers(session, col(Payment.id).in_(ids))
    return {payment.id: (payment, (title, name, email)) for payment, title, name, email in rows}


def _of_payers(session: Session, condition: ColumnElement[bool]) -> Iterable[tuple[Payment, str, str, str]]:
    return session.exec(
        select(
            Payment,
            func.coalesce(MentorshipSession.title, PackagePurchase.title),
            Person.name,
            Person.email,
        )
        .join(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id), isouter=True)
        .join(PackagePurchase, col(PackagePurchase.id) == col(Payment.purchase_id), isouter=True)
        .join(Person, col(Person.id) == col(Payment.student_id))
        .where(condition)
    )


def _of_payment(
    kind: SubjectKind,
    payment: Payment,
    about: _About,
    *,
    subject_id: int,
    amount: int,
    state: str,
    since: datetime,
) -> Subject:
    title, name, email = about
    return Subject(
        kind=kind,
        id=subject_id,
        title=title,
        person=name,
        email=email,
        amount=amount,
        currency=payment.paid_currency or payment.currency,
        state=state,
        reference=payment.reference,
        booking_id=payment.session_id,
        since=since,
    )
