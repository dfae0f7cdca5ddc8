"""Buying a package: paid through the same attempts as a session, and settled by the same function.

No time is held for a package, so money that comes late still buys it.
"""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from mentor_ui.domain.errors import Conflict, NotAllowed, NotFound
from mentor_ui.domain.fees import USUAL_TERMS, FeeTerms, asked_kobo
from mentor_ui.domain.local_time import dated
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.models import (
    AccountKind,
    MentorshipSession,
    Package,
    PackagePurchase,
    Payment,
    PaymentState,
    Person,
    PurchaseState,
)
from mentor_ui.services import (
    credit,
    ledger,
    letters,
    notifications,
    package_lines,
    package_reminders,
    payments,
    refunds,
    unspent_money,
    unspent_news,
)
from mentor_ui.services.turns import take_turns

UNPAID_FOR = timedelta(hours=24)
"""After so long an unpaid package is no longer waited for; money that comes later still buys it."""

_RETURN_REASONS = {
    PaymentState.MISMATCH: "its amount or currency is not what we asked for.",
    PaymentState.DUPLICATE: "the package was paid for already.",
}


def buy(session: Session, actor: Actor, *, package_id: int, price_seen_kobo: int, now: datetime) -> int:
    """Begin to buy a package; one that the student began before and has not paid is gone on with.

    Args:
        session: Of a writing transaction.
        actor: The student.
        package_id: What is on sale.
        price_seen_kobo: The price on the student's screen.
        now: The present moment.

    Returns:
        The purchase, to be paid for.

    Raises:
        NotFound: `package_gone`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `offering_hidden`, `price_changed`.
    """
    tutors = session.exec(select(Package.tutor_id).where(Package.id == package_id)).all()
    take_turns(session, {actor.person_id, *tutors})
    package = session.get(Package, package_id, populate_existing=True)
    offering = package and session.get(MentorshipSession, package.offering_id, populate_existing=True)
    if package is None or offering is None or package.retired_at is not None:
        raise NotFound(
            "This package is not on sale any more. Nothing was charged. Look at the offering once more.",
            code="package_gone",
        )
    if package.tutor_id == actor.person_id:
        raise NotAllowed("This is your own package. Students buy it; you cannot.", code="own_offering")
    if Role.STUDENT not in actor.roles:
        raise NotAllowed(
            "Buying needs a student account. Sign in as a student to go on.", code="not_a_student"
        )
    if not offering.published:
        raise Conflict(
            "The tutor has paused this session. Nothing was charged. The marketplace has others like it.",
            code="offering_hidden",
        )
    if package.price_kobo != price_seen_kobo:
        raise Conflict(
            f"The price is {show_naira(package.price_kobo)} now. Nothing was charged. Look once more, "
            "then go on if it suits you.",
            code="price_changed",
        )
    begun = session.exec(
        select(PackagePurchase)
        .where(
            PackagePurchase.student_id == actor.person_id,
            PackagePurchase.package_id == package.id,
            PackagePurchase.state == PurchaseState.AWAITING,
            # Title and length are those of the offering as it is now, or it is another purchase.
            PackagePurchase.title == offering.title,
            PackagePurchase.duration == offering.duration,
        )
        .order_by(col(PackagePurchase.id).desc())
    ).first()
    return begun.id if begun is not None else _new(session, actor, package, offering, now)


def _new(session: Session, actor: Actor, package: Package, offering: MentorshipSession, now: datetime) -> int:
    purchase = PackagePurchase(
        package_id=package.id,
        offering_id=offering.id,
        tutor_id=package.tutor_id,
        student_id=actor.person_id,
        title=offering.title,
        duration=offering.duration,
        sessions=package.sessions,
        price_kobo=package.price_kobo,
        valid_days=package.valid_days,
        created_at=now,
        updated_at=now,
    )
    session.add(purchase)
    session.flush()
    return purchase.id


def reference_for(purchase_id: int, attempt: int) -> str:
    """Return our reference: it fits `[a-z0-9-]{16,50}`, the alphabet every Paystack endpoint takes."""
    return f"pk-{purchase_id:019d}-{attempt}"


def open_attempt(
    session: Session,
    actor: Actor,
    *,
    purchase_id: int,
    now: datetime,
    way: Way = Way.CARD,
    with_credit: bool = False,
    terms: FeeTerms = USUAL_TERMS,
) -> payments.Attempt:
    """Return the purchase's open attempt to pay in this way, or a new one.

    No credit is kept for a package while a rest is paid, since nobody waits for its time: credit pays for all
    of it at once, or for nothing.

    Args:
        session: Of a writing transaction.
        actor: The student.
        purchase_id: From `buy`.
        now: The present moment.
        way: How the student pays.
        with_credit: The student's credit pays for all of it.
        terms: Whose cost Paystack's fee is; a new attempt pins them.

    Raises:
        NotFound: `package_not_found`.
        Conflict: `already_paid`.
    """
    # Of two tabs that pay at the same moment, the second finds the first one's attempt.
    purchase = session.get(PackagePurchase, purchase_id, with_for_update={"key_share": True})
    if purchase is None or purchase.student_id != actor.person_id:
        raise NotFound("We cannot find this package among yours.", code="package_not_found")
    if purchase.state not in (PurchaseState.AWAITING, PurchaseState.LAPSED):
        raise Conflict("This package is paid already. You find it among your sessions.", code="already_paid")
    attempts = session.exec(
        select(Payment).where(Payment.purchase_id == purchase.id).order_by(col(Payment.attempt).desc())
    ).all()
    credit_kobo = purchase.price_kobo if with_credit else 0
    payment = next(
        (
            one
            for one in attempts
            if (one.way, one.credit_kobo) == (way, credit_kobo)
            and payments.is_open(one)
            and payments.has_terms(one, terms)
        ),
        None,
    )
    if payment is None:
        number = attempts[0].attempt + 1 if attempts else 1
        payment = Payment(
            reference=reference_for(purchase.id, number),
            attempt=number,
            purchase_id=purchase.id,
            student_id=purchase.student_id,
            tutor_id=purchase.tutor_id,
            amount_kobo=asked_kobo(purchase.price_kobo - credit_kobo, terms.sale),
            credit_kobo=credit_kobo,
            fee_bearer=terms.sale,
            refund_fee_bearer=terms.refund,
            way=way,
            next_check_at=payments.next_check(0, now),
            created_at=now,
        )
        session.add(payment)
        session.flush()
    email = session.exec(select(Person.email).where(Person.id == actor.person_id)).one()
    return payments.Attempt(
        payment_id=payment.id,
        reference=payment.reference,
        amount_kobo=payment.amount_kobo,
        credit_kobo=credit_kobo,
        email=email,
        way=way,
        booking_id=None,
        purchase_id=purchase.id,
        authorization_url=payment.authorization_url,
    )


def settle_purchase(
    session: Session,
    payment: Payment,
    *,
    as_asked: bool,
    platform_share_percent: int,
    public_url: str,
    now: datetime,
) -> PaymentState:
    """Do what follows from a payment that was won for a package.

    Args:
        session: Of the transaction that won the payment and has its people's turns.
        payment: Won.
        as_asked: Whether what came is what was asked for.
        platform_share_percent: Pinned for all sessions of the package.
        public_url: Base of the links in mails.
        now: The present moment.
    """
    purchase = session.get_one(PackagePurchase, payment.purchase_id, populate_existing=True)
    state = PaymentState.PAID
    if not as_asked:
        state = PaymentState.MISMATCH
    elif not _activate(session, purchase, platform_share_percent, now):
        state = PaymentState.DUPLICATE
    payment.state = state
    session.add(payment)
    if state == PaymentState.PAID:
        session.refresh(purchase)
        _sell(session, payment, purchase, public_url, now)
    else:
        _return_money(session, payment, purchase, public_url, now)
    return state


def _activate(session: Session, purchase: PackagePurchase, share_percent: int, now: datetime) -> bool:
    won = session.connection().execute(
        update(PackagePurchase)
        .where(
            col(PackagePurchase.id) == purchase.id,
            col(PackagePurchase.state).in_((PurchaseState.AWAITING, PurchaseState.LAPSED)),
        )
        .values(
            state=PurchaseState.ACTIVE,
            left_kobo=purchase.price_kobo,
            platform_share_percent=share_percent,
            expires_at=now + timedelta(days=purchase.valid_days),
            updated_at=now,
        )
    )
    return won.rowcount == 1


def _sell(
    session: Session, payment: Payment, purchase: PackagePurchase, public_url: str, now: datetime
) -> None:
    surplus = payments.credit_surplus(session, payment, source=AccountKind.CUSTOMER_CLEARING, now=now)
    if payment.credit_kobo:
        credit.spend(session, payment, now)
    ledger.post(
        session,
        package_lines.sale_lines(
            paid_kobo=(payment.paid_kobo or 0) - surplus,
            price_kobo=purchase.price_kobo,
            fee_kobo=payment.fees_kobo or 0,
            tutor_id=purchase.tutor_id,
            credit_kobo=payment.credit_kobo,
        ),
        idempotency_key=f"sale-{payment.reference}",
        kind="sale",
        now=now,
        payment_id=payment.id,
        purchase_id=purchase.id,
    )
    package_reminders.schedule(session, purchase, now)
    tutor, student = session.get_one(Person, purchase.tutor_id), session.get_one(Person, purchase.student_id)
    until = purchase.expires_at or now
    what = f"{purchase.sessions} sessions of “{purchase.title}”"
    page = f"/mentorship/checkout/{purchase.offering_id}"
    too_much = (
        [f"You paid {show_naira(surplus)} more than that, which is your credit now."] if surplus else []
    )
    news = (
        (
            student,
            f"Your package: {purchase.sessions} sessions of {purchase.title}",
            [
                f"You have {what} with {tutor.name}, for {show_naira(purchase.price_kobo)}.",
                *too_much,
                f"Choose a time for each before {dated(until, student.timezone)}.",
                "What you do not use by then is refunded by itself.",
            ],
            ("Choose the first time", page),
        ),
        (
            tutor,
            f"{student.name} bought {purchase.sessions} sessions of {purchase.title}",
            [
                f"{student.name} paid {show_naira(purchase.price_kobo)} for {what}.",
                "You receive your share of each session after it was held.",
                f"The student chooses the times until {dated(until, tutor.timezone)}.",
            ],
            ("See your packages", "/tutor/mentorship/schedule"),
        ),
    )
    for reader, subject, lines, (label, path) in news:
        notifications.tell_and_mail(
            session,
            reader,
            letters.plain_letter(subject, reader.name, lines, (label, f"{public_url}{path}")),
            key=f"package-bought-{purchase.id}-{reader.id}",
            kind="package_bought",
            body=" ".join(lines),
            link=path,
        )


def _return_money(
    session: Session, payment: Payment, purchase: PackagePurchase, public_url: str, now: datetime
) -> None:
    unspent_money.write_down(session, payment, now)
    reason = _RETURN_REASONS[PaymentState(payment.state)]
    refunds.owe(session, payment, amount_kobo=payment.paid_kobo or 0, reason=reason, now=now)
    unspent_news.tell_on_its_way(session, public_url, payment, title=purchase.title, reason=reason)
