"""Sessions, money and people as the operations page shows them: formatted on the server."""

from dataclasses import dataclass
from datetime import datetime

from mentor_ui.components.avatars import hue_of, initials_of
from mentor_ui.domain.local_time import clock, day, long_day, span
from mentor_ui.domain.money import show_money, show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.session_state import PaymentStatus, SessionStatus
from mentor_ui.models import AccountKind, PaymentState, RefundState
from mentor_ui.services.administration import Account, BookedSession, ReturnedPayment, WaitingPayment

STATUS_WORDS = {
    SessionStatus.HELD: ("Time held", "now"),
    SessionStatus.PENDING_MENTOR_REVIEW: ("Awaiting approval", "info"),
    SessionStatus.SCHEDULED: ("Booked", "go"),
    SessionStatus.IN_PROGRESS: ("In progress", "go"),
    SessionStatus.COMPLETED: ("Completed", "neutral"),
    SessionStatus.CANCELLED: ("Cancelled", "neutral"),
    SessionStatus.NO_SHOW: ("No-show", "stop"),
    SessionStatus.REJECTED: ("Declined", "neutral"),
    SessionStatus.EXPIRED: ("Hold ended", "neutral"),
}
MONEY_WORDS = {
    PaymentStatus.NONE: "not asked for",
    PaymentStatus.AWAITING: "awaited",
    PaymentStatus.PAID: "paid",
    PaymentStatus.REFUNDING: "on its way back",
    PaymentStatus.REFUNDED: "given back",
    PaymentStatus.PARTLY_REFUNDED: "partly given back",
    PaymentStatus.CREDIT_BACK: "back in its package",
}
ACCOUNT_WORDS = {
    AccountKind.CUSTOMER_CLEARING: ("With Paystack", "What payers sent, less fees and what went back"),
    AccountKind.TUTOR_ESCROW: ("Kept for tutors", "Their share until sessions are over"),
    AccountKind.TUTOR_WALLET: ("Owed to tutors", "Their share of sessions held"),
    AccountKind.STUDENT_CREDIT: ("Students' credit", "What they can pay with"),
    AccountKind.PACKAGE_CREDITS: ("Packages", "Paid for sessions that have no time yet"),
    AccountKind.PLATFORM_REVENUE: ("Platform's share", "Before fees"),
    AccountKind.PROVIDER_FEES: ("Paystack's fees", "Borne by the platform"),
    AccountKind.REFUNDS: ("Owed to payers", "Money on its way back to them"),
    AccountKind.PAYOUTS_IN_FLIGHT: ("Payouts under way", "Sent to tutors' banks, not confirmed"),
}
DEBIT_KINDS = frozenset({AccountKind.CUSTOMER_CLEARING, AccountKind.PROVIDER_FEES})
"""What the platform has or has spent stands below zero in the ledger; people read it as a plain amount."""

CAUSE_WORDS = {
    PaymentState.PAID: "Cancelled",
    PaymentState.PAID_LATE: "Came late",
    PaymentState.MISMATCH: "Wrong amount",
    PaymentState.DUPLICATE: "Paid twice",
}
REFUND_WORDS = {
    RefundState.DUE: ("Queued", "now"),
    RefundState.ASKED: ("Being sent", "info"),
    RefundState.PENDING: ("With Paystack", "info"),
    RefundState.PROCESSING: ("With the bank", "info"),
    RefundState.PROCESSED: ("Given back", "go"),
    RefundState.FAILED: ("Failed", "stop"),
    RefundState.NEEDS_ATTENTION: ("Needs attention", "stop"),
}


@dataclass(frozen=True)
class SessionLine:
    """One booking; `status` with the tone of its badge, `money` in words."""

    id: str
    title: str
    people: str
    initials: str
    hue: int
    when: str
    price: str
    status: str
    tone: str
    money: str


@dataclass(frozen=True)
class AccountTotal:
    """What one kind of account holds."""

    name: str
    amount: str
    note: str


@dataclass(frozen=True)
class PaymentLine:
    """One payment that waits or whose money goes back; `receipt` is the path of its receipt."""

    reference: str
    receipt: str
    title: str
    about: str
    amount: str
    state: str
    tone: str


@dataclass(frozen=True)
class PersonLine:
    """One account."""

    id: str
    name: str
    email: str
    initials: str
    hue: int
    roles: str
    since: str


def session_line(row: BookedSession, zone: str) -> SessionLine:
    """Return a booking for the list."""
    status, tone = STATUS_WORDS[row.status]
    return SessionLine(
        id=row.id,
        title=row.title,
        people=f"{row.tutor_name} with {row.student_name}",
        initials=initials_of(row.tutor_name),
        hue=hue_of(row.tutor_id),
        when=span(row.starts_at, row.ends_at, zone),
        price=show_naira(row.price_kobo),
        status=status,
        tone=tone,
        money=MONEY_WORDS[row.payment_status],
    )


def account_totals(totals_kobo: dict[AccountKind, int]) -> list[AccountTotal]:
    """Return what each kind of account holds, as plain amounts."""
    return [
        AccountTotal(name, show_naira(-total if kind in DEBIT_KINDS else total), note)
        for kind, (name, note) in ACCOUNT_WORDS.items()
        for total in (totals_kobo[kind],)
    ]


def waiting_line(row: WaitingPayment, zone: str) -> PaymentLine:
    """Return a payment of which nothing final is known."""
    asked = f"asked Paystack {row.checks} time{'' if row.checks == 1 else 's'}"
    following = f"next at {clock(row.next_check_at, zone)}" if row.next_check_at else "not asked again"
    return PaymentLine(
        reference=row.reference,
        receipt=receipt_path(row.reference),
        title=row.title,
        about=f"{row.student_name} · {_moment(row.created_at, zone)} · {asked}, {following}",
        amount=show_naira(row.amount_kobo),
        state="Waiting",
        tone="now",
    )


def returned_line(row: ReturnedPayment, zone: str) -> PaymentLine:
    """Return a payment whose money goes back."""
    state, tone = REFUND_WORDS[row.refund_state] if row.refund_state else ("Refund not written", "stop")
    cause = CAUSE_WORDS.get(row.state, "")
    parts = (row.student_name, _moment(row.created_at, zone), cause)
    return PaymentLine(
        reference=row.reference,
        receipt=receipt_path(row.reference),
        title=row.title,
        about=" · ".join(part for part in parts if part),
        amount=show_money(row.amount, row.currency),
        state=state,
        tone=tone,
    )


def person_line(row: Account, zone: str) -> PersonLine:
    """Return an account for the list."""
    return PersonLine(
        id=row.id,
        name=row.name,
        email=row.email,
        initials=initials_of(row.name),
        hue=hue_of(row.id),
        roles=", ".join(role.value for role in row.roles) or "no role",
        since=long_day(row.created_at, zone),
    )


def _moment(moment: datetime, zone: str) -> str:
    return f"{day(moment, zone)} {clock(moment, zone)}"
