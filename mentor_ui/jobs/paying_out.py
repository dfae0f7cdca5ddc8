"""Sending money to tutors' banks: under one reference each, until its end is certain.

Job, sweep and webhook all call `pursue`. It looks the reference up before it sends, and what it sends again
has the same reference, so that whatever was lost on the way, Paystack pays once.
"""

from datetime import UTC, datetime

import structlog
from dbos import DBOS
from sqlmodel import Session

from mentor_ui.domain.errors import Conflict, InvalidInput, NotAllowed
from mentor_ui.domain.roles import Actor
from mentor_ui.jobs.retries import FEW_TRIES, may_pass
from mentor_ui.models import BankAccount, IncidentKind, Payout, PayoutState
from mentor_ui.providers.errors import (
    BalanceTooLow,
    DuplicateReference,
    ProviderRejected,
    ProviderUnavailable,
)
from mentor_ui.providers.paystack import CURRENCY
from mentor_ui.providers.paystack_replies import Transfer, TransferStatus
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import audit, payout_progress, payouts
from mentor_ui.services.incidents import raise_incident
from mentor_ui.services.payout_progress import Word
from mentor_ui.services.payouts import SEND_PAYOUT

log = structlog.get_logger()

_STATES = {
    TransferStatus.PENDING: PayoutState.PENDING,
    TransferStatus.RECEIVED: PayoutState.PENDING,
    TransferStatus.OTP: PayoutState.OTP,
    TransferStatus.UNKNOWN: PayoutState.UNKNOWN,
    TransferStatus.SUCCESS: PayoutState.PAID,
    TransferStatus.FAILED: PayoutState.FAILED,
    TransferStatus.ABANDONED: PayoutState.FAILED,
    TransferStatus.BLOCKED: PayoutState.FAILED,
    TransferStatus.REJECTED: PayoutState.FAILED,
    TransferStatus.REVERSED: PayoutState.REVERSED,
}

_REASONS = {
    TransferStatus.ABANDONED: "The transfer was not confirmed in time",
    TransferStatus.BLOCKED: "The transfer was not approved in time",
    TransferStatus.REJECTED: "The transfer was not approved",
}


@DBOS.workflow(name=SEND_PAYOUT)
def send_payout(payout_id: str) -> None:
    """Send one payout.

    Args:
        payout_id: Decimal string.
    """
    send_once(payout_id)


@DBOS.step(
    name="pursue_payout",
    retries_allowed=True,
    max_attempts=FEW_TRIES,
    interval_seconds=1,
    backoff_rate=2,
    should_retry=may_pass,
)
def send_once(payout_id: str) -> None:
    """Send a payout unless Paystack has it; when the tries are used up, the sweep goes on."""
    pursue(get_resources(), int(payout_id))


def pursue(resources: Resources, payout_id: int) -> None:
    """Bring a payout one step further: send it if Paystack does not know it, and take over how it stands.

    Raises:
        ProviderError: Nothing was learnt now.
    """
    with resources.database.reading() as session:
        payout = session.get_one(Payout, payout_id)
        account = session.get_one(BankAccount, payout.bank_account_id)
    known = resources.payments.verify_transfer(payout.reference)
    if known is None and payout.state in payouts.UNFINISHED:
        known = _send(resources, payout, account)
    if known is not None:
        _record(resources, payout, known)
        return
    with resources.database.transaction() as session:
        payout_progress.not_known(session, payout.id, datetime.now(UTC))


def _send(resources: Resources, payout: Payout, account: BankAccount) -> Transfer | None:
    """Send a payout that Paystack does not know; None when it was refused.

    Raises:
        ProviderError: Whether it was sent is not known, or it could not be.
    """
    now = datetime.now(UTC)
    if payout.refused_at is not None:
        if now >= payout.refused_at + payout_progress.REFUSAL_LASTS:
            said = Word(PayoutState.FAILED, "refused", reason=payout.reason)
            with resources.database.transaction() as session:
                payout_progress.record(
                    session, payout.id, said, public_url=resources.settings.public_url, now=now
                )
        return None
    try:
        return resources.payments.transfer(
            reference=payout.reference,
            amount_kobo=payout.amount_kobo,
            recipient_code=account.recipient_code,
            reason="Your mentor earnings",
        )
    except DuplicateReference:
        known = resources.payments.verify_transfer(payout.reference)
        if known is None:
            raise ProviderUnavailable(
                "Paystack", "knows the reference and shows no transfer", effect_unknown=True
            ) from None
        return known
    except BalanceTooLow as error:
        with resources.database.transaction() as session:
            payout_progress.hold_up(session, payout.id, error.message, now)
        raise
    except ProviderRejected as error:
        log.warning("Paystack refuses a payout", reference=payout.reference, reason=error.message)
        with resources.database.transaction() as session:
            payout_progress.refuse(session, payout.id, error.message, now)
        return None


def _record(resources: Resources, payout: Payout, known: Transfer) -> None:
    now = datetime.now(UTC)
    if (known.amount_kobo, known.currency) != (payout.amount_kobo, CURRENCY):
        with resources.database.transaction() as session:
            _raise_difference(session, payout, now)
            payout_progress.postpone(session, payout.id, now)
        return
    said = Word(
        state=_STATES[known.status],
        word=known.status_word,
        transfer_code=known.code,
        reason=_REASONS.get(known.status, known.gateway_response),
        charged_kobo=known.fee_kobo,
    )
    with resources.database.transaction() as session:
        payout_progress.record(session, payout.id, said, public_url=resources.settings.public_url, now=now)


def _raise_difference(session: Session, payout: Payout, now: datetime) -> None:
    raise_incident(
        session,
        IncidentKind.UNMATCHED,
        key=f"payout-amount-{payout.id}",
        summary=f"Paystack shows another amount or currency for payout {payout.reference}.",
        subject_id=payout.id,
        now=now,
    )


def finalize(resources: Resources, actor: Actor, *, payout_id: int, otp: str) -> None:
    """Confirm a payout with the code that Paystack sent to the account's owner, and take over how it stands.

    Raises:
        NotAllowed: The actor does not operate the platform.
        Conflict: `payout_not_waiting`: it does not wait for a code.
        InvalidInput: `otp_missing`, or `otp_wrong`: Paystack refuses the code.
        ProviderError: Paystack could not be asked.
    """
    if not actor.is_admin:
        raise NotAllowed
    code = otp.strip()
    if not code:
        raise InvalidInput("Type the code that Paystack has sent.", field="otp", code="otp_missing")
    with resources.database.reading() as session:
        payout = session.get(Payout, payout_id)
    if payout is None or payout.state != PayoutState.OTP:
        raise Conflict("This payout does not wait for a code.", code="payout_not_waiting")
    try:
        resources.payments.finalize_transfer(transfer_code=payout.transfer_code, otp=code)
    except ProviderRejected as error:
        raise InvalidInput(f"Paystack says: {error.message}", field="otp", code="otp_wrong") from error
    except ProviderUnavailable:
        # The code may have been taken all the same; only asking tells.
        log.warning("confirming a payout got no answer", reference=payout.reference)
    with resources.database.transaction() as session:
        subject = f"payout {payout.reference}"
        audit.note(session, actor, "finalize_payout", subject=subject, now=datetime.now(UTC))
    pursue(resources, payout.id)


def pursue_reference(resources: Resources, reference: str) -> str:
    """Look into what a webhook spoke of, and return what was done, in words.

    Raises:
        ProviderError: Paystack could not be asked.
    """
    with resources.database.reading() as session:
        payout_id = payouts.by_reference(session, reference)
    if payout_id is None:
        return "unknown reference"
    pursue(resources, payout_id)
    return "payout looked up"
