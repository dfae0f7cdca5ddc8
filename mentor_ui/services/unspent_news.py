"""What payer and operators hear of money that bought nothing."""

from datetime import datetime

from sqlmodel import Session

from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_money
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import Choice, IncidentKind, MentorshipSession, Payment, PaymentState, Person
from mentor_ui.services import letters, notifications
from mentor_ui.services.incidents import raise_incident

_REASONS = {
    PaymentState.PAID_LATE: "it came too late and the time is no longer free.",
    PaymentState.MISMATCH: "it is not in naira.",
    PaymentState.DUPLICATE: "the session was paid for already.",
}
_WITHDRAWN = "it came after the request was withdrawn."
_CREDIT_GONE = "the credit that was to pay the rest was spent elsewhere."

_CHOSEN = {
    Choice.ANOTHER_TIME: "You have booked a session with this money already.",
    Choice.TOP_UP: "You have chosen already to pay what is missing.",
    Choice.CREDIT: "You have taken this money as credit already.",
    Choice.REFUND: "This money is going back to you already.",
}


def chosen_already(payment: Payment) -> str:
    """Return what was chosen for a payment's money, in a sentence that refuses another choice."""
    return f"{_CHOSEN[Choice(payment.choice)]} Nothing else was changed."


def reason_of(payment: Payment, booking: MentorshipSession) -> str:
    """Return why a payment bought nothing; it ends the sentence "goes back, because ..."."""
    state = PaymentState(payment.state)
    if state == PaymentState.PAID_LATE and booking.status == SessionStatus.CANCELLED:
        return _WITHDRAWN
    if state == PaymentState.MISMATCH and _lacks_credit(payment):
        return _CREDIT_GONE
    if state == PaymentState.MISMATCH and payment.paid_currency == payment.currency:
        return f"{show_money(payment.amount_kobo, payment.currency)} was asked for."
    return _REASONS[state]


def _lacks_credit(payment: Payment) -> bool:
    as_asked = payment.paid_kobo == payment.amount_kobo and payment.paid_currency == payment.currency
    return as_asked and payment.credit_kobo > 0


def raise_incidents(session: Session, payment: Payment, now: datetime) -> None:
    """Put money of the wrong amount or currency, and a second payment, before the operators."""
    asked = show_money(payment.amount_kobo, payment.currency)
    paid = show_money(payment.paid_kobo or 0, payment.paid_currency or payment.currency)
    what = "session" if payment.purchase_id is None else "package"
    if payment.state == PaymentState.DUPLICATE:
        raise_incident(
            session,
            IncidentKind.DUPLICATE_CHARGE,
            key=f"duplicate-{payment.id}",
            summary=f"{payment.reference}: {paid} came for a {what} that was paid already; it goes back.",
            subject_id=payment.id,
            now=now,
        )
    if payment.state == PaymentState.MISMATCH and not _lacks_credit(payment):
        of_currency = payment.paid_currency != payment.currency
        raise_incident(
            session,
            IncidentKind.WRONG_CURRENCY if of_currency else IncidentKind.WRONG_AMOUNT,
            key=f"mismatch-{payment.id}",
            summary=f"{payment.reference}: {asked} were asked for and {paid} came. No {what} was sold.",
            subject_id=payment.id,
            now=now,
        )


def _amount(payment: Payment) -> str:
    return show_money(payment.paid_kobo or 0, payment.paid_currency or payment.currency)


def _page(payment: Payment) -> str:
    return receipt_path(payment.reference)


def tell_to_choose(session: Session, public_url: str, payment: Payment, booking: MentorshipSession) -> None:
    """Tell the payer that the money waits for a choice, and until when.

    Raises:
        ValueError: There is no time to choose.
    """
    if payment.choose_by is None:
        raise ValueError(f"nothing is to be chosen about {payment.reference}")
    payer, reason = session.get_one(Person, payment.student_id), reason_of(payment, booking)
    until = moment_in_words(payment.choose_by, payer.timezone)
    letter = letters.money_to_choose_about(
        payer.name,
        booking.title,
        amount=_amount(payment),
        reason=reason,
        until=until,
        receipt_url=f"{public_url}{_page(payment)}",
    )
    notifications.tell_and_mail(
        session,
        payer,
        letter,
        key=f"choose-{payment.id}",
        kind="choose",
        body=f"Your payment for “{booking.title}” bought nothing: {reason} Choose before {until}.",
        link=_page(payment),
    )


def tell_on_its_way(session: Session, public_url: str, payment: Payment, *, title: str, reason: str) -> None:
    """Tell the payer that the money goes back.

    Args:
        session: Of a writing transaction.
        public_url: Base of the links in mails.
        payment: Whose money.
        title: Of what it was meant for.
        reason: Ends the sentence "goes back, because ...".
    """
    payer = session.get_one(Person, payment.student_id)
    letter = letters.money_on_its_way_back(
        payer.name, title, _amount(payment), reason, f"{public_url}{_page(payment)}"
    )
    notifications.tell_and_mail(
        session,
        payer,
        letter,
        key=f"returning-{payment.id}",
        kind="returning",
        body=f"About your payment for “{title}”: {reason}",
        link=_page(payment),
    )
