"""Payouts on their way: followed until nothing can change, each step written down once.

Who asks Paystack is `jobs/paying_out.py`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from mentor_ui.domain.money import show_naira
from mentor_ui.domain.payout_fees import transfer_fee_kobo
from mentor_ui.models import BankAccount, IncidentKind, Payout, PayoutState
from mentor_ui.services import ledger, ledger_lines
from mentor_ui.services.incidents import end_of_itself, raise_incident
from mentor_ui.services.payout_news import tell_tutor
from mentor_ui.services.payouts import CAME_BACK, UNFINISHED
from mentor_ui.services.turns import take_turns

SHORTEST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)
"""Between two of our questions about one payout."""

CERTAIN_AFTER = timedelta(days=7)
"""How long a payout that arrived is looked at once a day: banks send some back later."""

REFUSAL_LASTS = timedelta(minutes=1)
"""After a refusal, so long no other try of ours can still be under way."""

STUCK_AFTER = timedelta(hours=24)
OTP_LIFE = timedelta(minutes=30)
"""How long Paystack waits for the code that confirms a transfer."""


@dataclass(frozen=True, slots=True)
class Word:
    """What Paystack says of a payout.

    Attributes:
        state: What it means.
        word: Exactly as it came.
        transfer_code: Paystack's name of the transfer, empty when it said none.
        reason: Why it failed, as the bank says; empty for nothing.
        charged_kobo: Paystack's fee on it, None when it said none.
    """

    state: PayoutState
    word: str
    transfer_code: str = ""
    reason: str = ""
    charged_kobo: int | None = None


def record(session: Session, payout_id: int, said: Word, *, public_url: str, now: datetime) -> None:
    """Take over what Paystack says of a payout, and book what follows from it, once.

    Args:
        session: Of a writing transaction.
        payout_id: Which one.
        said: Paystack's answer to a question of ours, not what a webhook claims.
        public_url: Base of the links.
        now: The present moment.
    """
    payout = _taken(session, payout_id)
    before = PayoutState(payout.state)
    if before in CAME_BACK:
        if said.state == PayoutState.PAID:
            raise_incident(
                session,
                IncidentKind.UNMATCHED,
                key=f"payout-after-all-{payout.id}",
                summary=f"Payout {payout.reference} arrived although it had been put back into the wallet.",
                subject_id=payout.id,
                now=now,
            )
        return
    payout.provider_word = said.word[:60]
    payout.transfer_code = said.transfer_code or payout.transfer_code
    if before == PayoutState.PAID:
        if said.state in CAME_BACK:
            _come_back(session, payout, said, now)
        else:
            payout.next_check_at = _later_look(payout, now)
    elif said.state == PayoutState.PAID:
        _arrive(session, payout, said, now)
    elif said.state in CAME_BACK:
        _return(session, payout, said, now)
    else:
        payout.state = said.state
        payout.next_check_at = _next_check(payout, now)
    payout.checks += 1
    payout.updated_at = now
    session.add(payout)
    if payout.state != before:
        _after_change(session, payout, public_url, now)
    else:
        _raise_if_stuck(session, payout, now)


def _taken(session: Session, payout_id: int) -> Payout:
    """Return a payout that nobody else changes until this transaction has ended."""
    take_turns(session, [session.exec(select(Payout.tutor_id).where(Payout.id == payout_id)).one()])
    return session.get_one(Payout, payout_id, populate_existing=True, with_for_update=True)


def _arrive(session: Session, payout: Payout, said: Word, now: datetime) -> None:
    payout.state, payout.ended_at = PayoutState.PAID, now
    charged = said.charged_kobo
    payout.charged_kobo = transfer_fee_kobo(payout.amount_kobo) if charged is None else charged
    payout.next_check_at = _later_look(payout, now)
    _book(
        session,
        payout,
        "payout_paid",
        ledger_lines.paid_out_lines(
            amount_kobo=payout.amount_kobo,
            fee_kobo=payout.fee_kobo,
            charged_kobo=payout.charged_kobo,
            tutor_id=payout.tutor_id,
        ),
        now,
    )


def _return(session: Session, payout: Payout, said: Word, now: datetime) -> None:
    payout.state, payout.ended_at, payout.next_check_at = said.state, now, None
    payout.reason, payout.kept_kobo = said.reason[:300], said.charged_kobo or 0
    _book(
        session,
        payout,
        "payout_returned",
        ledger_lines.not_paid_out_lines(
            amount_kobo=payout.amount_kobo,
            fee_kobo=payout.fee_kobo,
            kept_kobo=payout.kept_kobo,
            tutor_id=payout.tutor_id,
        ),
        now,
    )


def _come_back(session: Session, payout: Payout, said: Word, now: datetime) -> None:
    payout.state, payout.ended_at, payout.next_check_at = PayoutState.REVERSED, now, None
    payout.reason, payout.kept_kobo = said.reason[:300], said.charged_kobo or 0
    _book(
        session,
        payout,
        "payout_reversed",
        ledger_lines.sent_back_lines(
            amount_kobo=payout.amount_kobo,
            fee_kobo=payout.fee_kobo,
            charged_kobo=payout.charged_kobo or 0,
            kept_kobo=payout.kept_kobo,
            tutor_id=payout.tutor_id,
        ),
        now,
    )


def _book(session: Session, payout: Payout, kind: str, lines: tuple[ledger.Line, ...], now: datetime) -> None:
    ledger.post(
        session,
        lines,
        idempotency_key=f"{kind.replace('_', '-')}-{payout.id}",
        kind=kind,
        payout_id=payout.id,
        now=now,
    )


def _after_change(session: Session, payout: Payout, public_url: str, now: datetime) -> None:
    match PayoutState(payout.state):
        case PayoutState.OTP:
            raise_incident(
                session,
                IncidentKind.PAYOUT_STUCK,
                key=f"payout-otp-{payout.id}",
                summary=f"Paystack asks for a code to confirm payout {payout.reference}.",
                subject_id=payout.id,
                due_at=now + OTP_LIFE,
                now=now,
            )
        case PayoutState.REVERSED:
            raise_incident(
                session,
                IncidentKind.PAYOUT_REVERSED,
                key=f"payout-reversed-{payout.id}",
                summary=f"Payout {payout.reference} came back; its money is in the wallet again.",
                subject_id=payout.id,
                now=now,
            )
        case _:
            pass
    if payout.state in UNFINISHED:
        return
    end_of_itself(
        session,
        IncidentKind.PAYOUT_STUCK,
        subject_id=payout.id,
        resolution=f"It ended by itself: {payout.state}.",
        now=now,
    )
    tell_tutor(session, payout, session.get_one(BankAccount, payout.bank_account_id), public_url=public_url)


def refuse(session: Session, payout_id: int, reason: str, now: datetime) -> None:
    """Note that Paystack refuses to send a payout: it is not sent again, and soon given back.

    Not given back at once, since another try of ours may be under way at this moment.
    """
    payout = _taken(session, payout_id)
    if payout.state != PayoutState.REQUESTED or payout.refused_at is not None:
        return
    payout.refused_at, payout.reason, payout.provider_word = now, reason[:300], "refused"
    payout.next_check_at, payout.updated_at = now + REFUSAL_LASTS, now
    session.add(payout)


def postpone(session: Session, payout_id: int, now: datetime) -> None:
    """Ask about a payout later, since nothing was learnt of it now."""
    payout = _taken(session, payout_id)
    if payout.state == PayoutState.PAID:
        payout.next_check_at = _later_look(payout, now)
    elif payout.state in UNFINISHED:
        payout.next_check_at = _next_check(payout, now)
        _raise_if_stuck(session, payout, now)
    payout.checks += 1
    session.add(payout)


def not_known(session: Session, payout_id: int, now: datetime) -> None:
    """Note that Paystack shows nothing of a payout that it knew before, and ask again later.

    One that was refused before Paystack knew it is given back in its own time.
    """
    payout = _taken(session, payout_id)
    if payout.state in {PayoutState.REQUESTED, *CAME_BACK}:
        return
    raise_incident(
        session,
        IncidentKind.UNMATCHED,
        key=f"payout-unknown-{payout.id}",
        summary=f"Paystack knew payout {payout.reference} ({payout.state}) and shows nothing of it now.",
        subject_id=payout.id,
        now=now,
    )
    postpone(session, payout.id, now)


def hold_up(session: Session, payout_id: int, why: str, now: datetime) -> None:
    """Put a payout that cannot be sent for want of money before the operators; it is tried again."""
    payout = _taken(session, payout_id)
    raise_incident(
        session,
        IncidentKind.PAYOUT_STUCK,
        key=f"payout-held-up-{payout.id}",
        summary=f"Payout {payout.reference} of {show_naira(payout.amount_kobo)} cannot be sent: {why}",
        subject_id=payout.id,
        now=now,
    )


def _raise_if_stuck(session: Session, payout: Payout, now: datetime) -> None:
    if payout.state not in UNFINISHED or now < payout.created_at + STUCK_AFTER:
        return
    raise_incident(
        session,
        IncidentKind.PAYOUT_STUCK,
        key=f"payout-stuck-{payout.id}",
        summary=f"Payout {payout.reference} is on its way since more than a day ({payout.state}).",
        subject_id=payout.id,
        now=now,
    )


def _next_check(payout: Payout, now: datetime) -> datetime:
    return now + min(max((now - payout.created_at) / 4, SHORTEST_PAUSE), LONGEST_PAUSE)


def _later_look(payout: Payout, now: datetime) -> datetime | None:
    if payout.ended_at is None or now > payout.ended_at + CERTAIN_AFTER:
        return None
    return now + timedelta(days=1)


def due_for_check(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return the payouts that Paystack should be asked about now, the longest waiting first."""
    return list(
        session.exec(
            select(Payout.id)
            .where(col(Payout.next_check_at) <= now)
            .order_by(col(Payout.next_check_at))
            .limit(limit)
        )
    )
