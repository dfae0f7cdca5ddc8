"""From a held time to Paystack's page: two short transactions with the provider's call between them."""

from dataclasses import dataclass
from datetime import datetime

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.roles import Actor
from mentor_ui.providers.errors import DuplicateReference, ProviderError
from mentor_ui.providers.paystack import Payments
from mentor_ui.services import payments


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
    database: Database, gateway: Payments, actor: Actor, *, booking_id: int, public_url: str, now: datetime
) -> OpenedCheckout:
    """Return Paystack's page for a held booking, starting a transaction there if none is open.

    A second click finds the page of the first. The reference is ours and stored before Paystack hears of
    it, so a crash in between leaves an attempt that the sweeper asks about.

    Raises:
        NotFound: `booking_not_found`.
        Conflict: `already_paid`, `hold_expired`.
        PaymentUnavailable: Paystack could not be reached or refused.
    """
    with database.transaction() as session:
        attempt = payments.open_attempt(session, actor, booking_id=booking_id, now=now)
    if attempt.authorization_url is not None:
        return OpenedCheckout(attempt.reference, attempt.authorization_url)
    try:
        opened = gateway.initialize(
            reference=attempt.reference,
            email=attempt.email,
            amount_kobo=attempt.amount_kobo,
            callback_url=f"{public_url}/mentorship/verify-payment",
            metadata={
                "booking_id": str(attempt.booking_id),
                "cancel_action": f"{public_url}/mentorship/verify-payment?reference={attempt.reference}",
            },
        )
    except DuplicateReference as error:
        raise PaymentUnavailable("Please press the button once more to open the payment page.") from error
    except ProviderError as error:
        raise PaymentUnavailable(
            "Paystack is not answering just now. Nothing was charged and your time is still held. "
            "Please try again in a moment."
        ) from error
    with database.transaction() as session:
        payments.store_checkout(
            session, payment_id=attempt.payment_id, authorization_url=opened.authorization_url
        )
    return OpenedCheckout(attempt.reference, opened.authorization_url)
