"""Refunds that wait for the payer's bank account: whose it is, and sending the money there."""

import re
from datetime import datetime

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import Conflict, InvalidInput
from mentor_ui.domain.roles import Actor
from mentor_ui.models import IncidentKind, Refund, RefundState
from mentor_ui.providers.errors import ProviderError, ProviderRejected, ProviderThrottled
from mentor_ui.providers.paystack import Payments
from mentor_ui.providers.paystack_replies import RefundStatus
from mentor_ui.services import audit, refund_progress
from mentor_ui.services.incidents import end_of_itself
from mentor_ui.services.paystack_silence import PaystackSilent, in_words

ACCOUNT_NUMBER = re.compile(r"\d{10}")


def banks(gateway: Payments, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Return the banks that money can be sent to, as pairs of code and name.

    Raises:
        NotAllowed: The actor does not run the platform.
        PaystackSilent: Paystack could not be asked.
    """
    audit.check_operator(actor)
    with in_words():
        return tuple((bank.code, bank.name) for bank in gateway.banks())


def account_name(gateway: Payments, actor: Actor, *, bank_code: str, account_number: str) -> str:
    """Ask a bank whose account it is, so that the operator can compare it with the payer's name.

    Raises:
        NotAllowed: The actor does not run the platform.
        InvalidInput: No bank knows the account.
        PaystackSilent: Paystack could not be asked.
    """
    audit.check_operator(actor)
    number = _account_number(account_number)
    try:
        return gateway.resolve_account(account_number=number, bank_code=bank_code).account_name
    except ProviderThrottled as error:
        raise PaystackSilent(
            "Too many accounts were looked up today. Please try again later, at the latest tomorrow."
        ) from error
    except ProviderRejected as error:
        raise InvalidInput(
            "The bank knows no such account. Please check number and bank.", field="account"
        ) from error
    except ProviderError as error:
        raise PaystackSilent("Paystack does not answer just now. Please try again in a moment.") from error


def complete(
    database: Database,
    gateway: Payments,
    actor: Actor,
    *,
    refund_id: int,
    bank_code: str,
    account_number: str,
    now: datetime,
) -> None:
    """Send a refund that needs attention to the payer's bank account.

    The deed is logged, and the refund followed, before Paystack is asked: a lost answer changes nothing. Done
    twice, Paystack refuses the second.

    Args:
        database: Where the refund is.
        gateway: Paystack; called outside of any transaction.
        actor: An operator.
        refund_id: Which one.
        bank_code: Of the payer's bank.
        account_number: Ten digits.
        now: The present moment.

    Raises:
        NotAllowed: The actor does not run the platform.
        InvalidInput: The account, or Paystack refuses it.
        Conflict: `needs_nothing`: it does not wait for an account any more.
        PaystackSilent: Paystack could not be asked; what came of it is followed.
    """
    audit.check_operator(actor)
    number = _account_number(account_number)
    try:
        bank_id = next((bank.id for bank in gateway.banks() if bank.code == bank_code), None)
        if bank_id is None:
            raise InvalidInput("Please choose the payer's bank.", field="bank")
        provider_refund_id = _begin_completing(database, actor, refund_id, number, now)
        found = gateway.retry_refund(provider_refund_id, bank_id=bank_id, account_number=number)
    except ProviderRejected as error:
        raise InvalidInput(f"Paystack refused it: {error.message}", field="account") from error
    except ProviderError as error:
        raise PaystackSilent(
            "Paystack did not answer. We go on asking what came of it; look here again in a moment."
        ) from error
    state = RefundState.PROCESSED if found.status == RefundStatus.PROCESSED else RefundState.PROCESSING
    with database.transaction() as session:
        refund_progress.record(session, refund_id, state=state, provider_refund_id=found.id, now=now)
        end_of_itself(
            session,
            IncidentKind.REFUND_FAILED,
            subject_id=refund_id,
            resolution="It was sent to the payer's account.",
            now=now,
        )


def _begin_completing(database: Database, actor: Actor, refund_id: int, number: str, now: datetime) -> int:
    with database.transaction() as session:
        refund = session.get(Refund, refund_id, with_for_update=True)
        waits = refund is not None and refund.state == RefundState.NEEDS_ATTENTION
        if refund is None or not waits or refund.provider_refund_id is None:
            raise Conflict("This refund does not wait for an account any more.", code="needs_nothing")
        refund_progress.look_soon(session, refund_id, now)
        detail = f"to the account ending in {number[-4:]}"
        audit.note(session, actor, "complete_refund", subject=f"refund {refund_id}", detail=detail, now=now)
        return refund.provider_refund_id


def _account_number(text: str) -> str:
    number = text.replace(" ", "")
    if not ACCOUNT_NUMBER.fullmatch(number):
        raise InvalidInput("An account number has ten digits.", field="account")
    return number
