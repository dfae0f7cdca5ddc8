"""Money that a tutor takes out: asked for once, and sent under one reference by `jobs/paying_out.py`.

What becomes of it afterwards is written down by `payout_progress`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.domain.errors import Conflict, InvalidInput
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.payout_fees import (
    PayoutCharges,
    largest_payout_kobo,
    payout_fee_kobo,
)
from mentor_ui.domain.roles import Actor
from mentor_ui.models import AccountKind, Payout, PayoutState
from mentor_ui.services import bank_accounts, ledger, ledger_lines
from mentor_ui.services.turns import take_turns

SEND_PAYOUT = "send_payout"
"""Name of the job that sends one payout."""

UNFINISHED = (PayoutState.REQUESTED, PayoutState.PENDING, PayoutState.OTP, PayoutState.UNKNOWN)
CAME_BACK = (PayoutState.FAILED, PayoutState.REVERSED)

FIRST_CHECK = timedelta(seconds=30)
"""What the job gets before the sweep looks, too."""


@dataclass(frozen=True, slots=True)
class PayoutRules:
    """What taking money out depends on.

    Attributes:
        minimum_kobo: The least that may arrive.
        charges: What is charged beside Paystack's tariff.
    """

    minimum_kobo: int
    charges: PayoutCharges


def request(
    session: Session,
    actor: Actor,
    *,
    amount_kobo: int,
    fee_seen_kobo: int,
    rules: PayoutRules,
    now: datetime,
    newest_seen: int | None = None,
) -> Payout:
    """Take an amount and its fee out of the wallet, and enqueue the sending.

    Args:
        session: Of a writing transaction.
        actor: The tutor.
        amount_kobo: What is to arrive.
        fee_seen_kobo: The fee that was shown.
        rules: What taking money out depends on.
        now: The present moment.
        newest_seen: The newest withdrawal on the page, 0 for none: one that was made meanwhile in another tab
            keeps this one from being made. None when there is no page.

    Raises:
        NotAllowed: The actor does not teach.
        InvalidInput: `payout_too_small` or `payout_too_large`; beside the field `amount`.
        Conflict: `payout_unfinished`, `payout_made_meanwhile`, `no_bank_account` or `payout_fee_changed`.
    """
    bank_accounts.require_teaching(actor)
    take_turns(session, [actor.person_id])
    if unfinished(session, actor.person_id) is not None:
        raise Conflict(
            "A withdrawal is on its way already. As soon as it has arrived, you can begin another.",
            code="payout_unfinished",
        )
    if newest_seen is not None and _newest(session, actor.person_id) != newest_seen:
        raise Conflict(
            "Meanwhile you have withdrawn already. Look at your payouts, then withdraw again if you want.",
            code="payout_made_meanwhile",
        )
    account = bank_accounts.current(session, actor.person_id)
    if account is None:
        raise Conflict("First add the bank account that your money should go to.", code="no_bank_account")
    fee_kobo = payout_fee_kobo(amount_kobo, rules.charges)
    available_kobo = ledger.available_kobo(session, AccountKind.TUTOR_WALLET, actor.person_id)
    _require_amount(amount_kobo, fee_kobo, available_kobo, rules)
    if fee_kobo != fee_seen_kobo:
        raise Conflict(
            f"The fee is now {show_naira(fee_kobo)}. Look at it once more, then withdraw.",
            code="payout_fee_changed",
        )
    payout_id = new_id()
    payout = Payout(
        id=payout_id,
        tutor_id=actor.person_id,
        bank_account_id=account.id,
        reference=f"po-{payout_id:020d}",
        amount_kobo=amount_kobo,
        fee_kobo=fee_kobo,
        next_check_at=now + FIRST_CHECK,
        created_at=now,
        updated_at=now,
    )
    session.add(payout)
    session.flush()
    ledger.post(
        session,
        ledger_lines.payout_lines(amount_kobo=amount_kobo, fee_kobo=fee_kobo, tutor_id=actor.person_id),
        idempotency_key=f"payout-{payout.id}",
        kind="payout",
        payout_id=payout.id,
        now=now,
    )
    enqueue(session, SEND_PAYOUT, f"payout-{payout.id}", str(payout.id))
    return payout


def _require_amount(amount_kobo: int, fee_kobo: int, available_kobo: int, rules: PayoutRules) -> None:
    if amount_kobo < rules.minimum_kobo:
        raise InvalidInput(
            f"The least you can withdraw is {show_naira(rules.minimum_kobo)}.",
            field="amount",
            code="payout_too_small",
        )
    if amount_kobo + fee_kobo > available_kobo:
        most_kobo = largest_payout_kobo(max(available_kobo, 0), rules.charges)
        raise InvalidInput(
            f"You can withdraw {show_naira(most_kobo)} at most; the fee comes from the wallet, too."
            if most_kobo >= rules.minimum_kobo
            else "There is not enough in your wallet to withdraw.",
            field="amount",
            code="payout_too_large",
        )


def unfinished(session: Session, tutor_id: int) -> Payout | None:
    """Return the tutor's payout that is on its way; there is one at most."""
    return session.exec(
        select(Payout).where(Payout.tutor_id == tutor_id, col(Payout.state).in_(UNFINISHED))
    ).first()


def _newest(session: Session, tutor_id: int) -> int:
    newest = select(Payout.id).where(Payout.tutor_id == tutor_id).order_by(col(Payout.id).desc()).limit(1)
    return session.exec(newest).first() or 0


def by_reference(session: Session, reference: str) -> int | None:
    """Return the payout that a reference of Paystack's means, or None when it is not one of ours."""
    return session.exec(select(Payout.id).where(Payout.reference == reference)).first()
