"""Paying for a held time: at Paystack, in two transactions with its call between, or with credit, in one."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.fees import USUAL_TERMS, FeeTerms
from mentor_ui.domain.receipt_links import RECEIPTS, receipt_path
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.ways_to_pay import CHANNELS, Way
from mentor_ui.models import MentorshipSession
from mentor_ui.providers.errors import DuplicateReference, ProviderError
from mentor_ui.providers.paystack import Payments
from mentor_ui.services import credit, package_purchases, payments, settlement
from mentor_ui.services.sales import SettlementRules
from mentor_ui.services.turns import take_turns


class PaymentUnavailable(DomainError):
    """Paystack does not answer; the held time is not lost."""

    code = "payment_unavailable"
    status = 503


@dataclass(frozen=True, slots=True)
class OpenedCheckout:
    """Where the payer goes next, and under which reference the payment will be known."""

    reference: str
    authorization_url: str


def start_payment(
    database: Database,
    gateway: Payments,
    actor: Actor,
    *,
    booking_id: int,
    public_url: str,
    now: datetime,
    way: Way | None = None,
    credit_kobo: int | None = None,
    terms: FeeTerms = USUAL_TERMS,
) -> OpenedCheckout:
    """Return Paystack's page for a held booking, starting a transaction there if none is open.

    A second click finds the page of the first; another way of paying has a page of its own. The reference is
    ours and stored before Paystack hears of it, so a crash in between leaves an attempt that the sweeper asks
    about.

    Args:
        database: Where the hold is.
        gateway: Paystack; called outside of any transaction.
        actor: The student.
        booking_id: The hold.
        public_url: Base of the address to come back to.
        now: The present moment.
        way: How the student pays; None for the way that was chosen last, a card at first.
        credit_kobo: What the student's credit pays, less than all; None for as much as last.
        terms: Whose cost Paystack's fee is, from the settings.

    Raises:
        NotFound: `booking_not_found`.
        Conflict: `already_paid`, `kept_for_package`, `hold_expired`, `credit_changed`.
        PaymentUnavailable: Paystack could not be reached or refused.
    """
    with database.transaction() as session:
        attempt = payments.open_attempt(
            session, actor, booking_id=booking_id, now=now, way=way, credit_kobo=credit_kobo, terms=terms
        )
        if attempt.amount_kobo == 0:
            raise credit.changed()
    return _open_page(database, gateway, attempt, public_url=public_url, now=now)


def start_package_payment(
    database: Database,
    gateway: Payments,
    actor: Actor,
    *,
    package_id: int,
    price_seen_kobo: int,
    public_url: str,
    now: datetime,
    way: Way = Way.CARD,
    terms: FeeTerms = USUAL_TERMS,
) -> OpenedCheckout:
    """Return Paystack's page for a package, as `start_payment` does for a booking.

    Args:
        database: Where the package is.
        gateway: Paystack; called outside of any transaction.
        actor: The student.
        package_id: What is bought.
        price_seen_kobo: The price on the student's screen.
        public_url: Base of the address to come back to.
        now: The present moment.
        way: How the student pays.
        terms: Whose cost Paystack's fee is, from the settings.

    Raises:
        NotFound: `package_gone`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `offering_hidden`, `price_changed`, `already_paid`.
        PaymentUnavailable: Paystack could not be reached or refused.
    """
    with database.transaction() as session:
        purchase_id = package_purchases.buy(
            session, actor, package_id=package_id, price_seen_kobo=price_seen_kobo, now=now
        )
        attempt = package_purchases.open_attempt(
            session, actor, purchase_id=purchase_id, now=now, way=way, terms=terms
        )
    return _open_page(database, gateway, attempt, public_url=public_url, now=now)


def buy_package_with_credit(
    session: Session,
    rules: SettlementRules,
    actor: Actor,
    *,
    package_id: int,
    price_seen_kobo: int,
    now: datetime,
) -> str:
    """Buy a package with the student's credit alone; Paystack has nothing to do with it.

    Args:
        session: Of a writing transaction: credit, package and all that follows are one.
        rules: Of settling.
        actor: The student.
        package_id: What is bought.
        price_seen_kobo: The price on the student's screen.
        now: The present moment.

    Returns:
        The reference of the payment.

    Raises:
        NotFound: `package_gone`.
        NotAllowed: `own_offering`, `not_a_student`.
        Conflict: `offering_hidden`, `price_changed`, `already_paid`, `credit_changed`.
    """
    purchase_id = package_purchases.buy(
        session, actor, package_id=package_id, price_seen_kobo=price_seen_kobo, now=now
    )
    attempt = package_purchases.open_attempt(
        session, actor, purchase_id=purchase_id, now=now, with_credit=True
    )
    settlement.apply_credit(session, rules, attempt.reference, now)
    return attempt.reference


def _open_page(
    database: Database, gateway: Payments, attempt: payments.Attempt, *, public_url: str, now: datetime
) -> OpenedCheckout:
    if attempt.authorization_url is not None:
        return OpenedCheckout(attempt.reference, attempt.authorization_url)
    try:
        opened = gateway.initialize(
            reference=attempt.reference,
            email=attempt.email,
            amount_kobo=attempt.amount_kobo,
            callback_url=f"{public_url}{RECEIPTS}",
            metadata={
                **_what(attempt),
                "cancel_action": f"{public_url}{receipt_path(attempt.reference)}",
            },
            channels=CHANNELS[attempt.way],
        )
    except DuplicateReference as error:
        raise PaymentUnavailable("Please press the button once more to open the payment page.") from error
    except ProviderError as error:
        raise PaymentUnavailable(
            "Paystack is not answering just now. Nothing was charged"
            f"{'' if attempt.booking_id is None else ' and your time is still held'}. "
            "Please try again in a moment."
        ) from error
    with database.transaction() as session:
        payments.store_checkout(
            session,
            payment_id=attempt.payment_id,
            authorization_url=opened.authorization_url,
            account_expires_at=opened.account_expires_at,
            now=now,
        )
    return OpenedCheckout(attempt.reference, opened.authorization_url)


def _what(attempt: payments.Attempt) -> dict[str, str]:
    if attempt.purchase_id is not None:
        return {"purchase_id": str(attempt.purchase_id)}
    return {"booking_id": str(attempt.booking_id)}


def pay_with_credit(
    session: Session,
    rules: SettlementRules,
    actor: Actor,
    *,
    booking_id: int,
    price_seen_kobo: int,
    now: datetime,
) -> str:
    """Pay for a held booking with the student's credit alone; Paystack has nothing to do with it.

    Args:
        session: Of a writing transaction: credit, booking and all that follows are one.
        rules: Of settling.
        actor: The student.
        booking_id: The hold.
        price_seen_kobo: What the student was shown that it costs.
        now: The present moment.

    Returns:
        The reference of the payment.

    Raises:
        NotFound: `booking_not_found`.
        Conflict: `already_paid`, `kept_for_package`, `hold_expired`, `credit_changed`.
    """
    tutor = select(MentorshipSession.tutor_id).where(
        MentorshipSession.id == booking_id, MentorshipSession.student_id == actor.person_id
    )
    take_turns(session, {actor.person_id, *session.exec(tutor)})
    attempt = payments.open_attempt(
        session, actor, booking_id=booking_id, now=now, credit_kobo=price_seen_kobo
    )
    if attempt.amount_kobo:
        raise credit.changed()
    settlement.apply_credit(session, rules, attempt.reference, now)
    return attempt.reference
