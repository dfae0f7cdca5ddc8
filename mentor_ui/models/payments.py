"""Attempts to pay, what the providers told us, and money on its way back."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class PaymentState(StrEnum):
    """What an attempt to pay has come to.

    `PAID` gave what it was for. `PAID_LATE` came when the time was gone, `MISMATCH` was of another amount or
    currency, `DUPLICATE` paid for what was paid already: these three are owed back to the payer.
    """

    AWAITING = "AWAITING"
    FAILED = "FAILED"
    PAID = "PAID"
    PAID_LATE = "PAID_LATE"
    MISMATCH = "MISMATCH"
    DUPLICATE = "DUPLICATE"


RETURNED_STATES = frozenset({PaymentState.PAID_LATE, PaymentState.MISMATCH, PaymentState.DUPLICATE})
"""States whose money is owed back to the payer."""


class Choice(StrEnum):
    """What a payer wants done with money that bought nothing."""

    ANOTHER_TIME = "ANOTHER_TIME"
    TOP_UP = "TOP_UP"
    CREDIT = "CREDIT"
    REFUND = "REFUND"


UNCHOSEN = "choice = ''"
"""Literally, since SQLite takes a partial index only where the query says the same."""


class Payment(SQLModel, table=True):
    """One attempt to pay for one booking, or for one package.

    Attributes:
        reference: Ours, known to Paystack, `[a-z0-9-]{16,50}`.
        attempt: 1 for the first try of this booking or package.
        session_id: The booking that it is for; None when it is for a package.
        purchase_id: The package that it is for; None when it is for a booking.
        amount_kobo: What Paystack is asked to take; 0 when credit pays for all.
        credit_kobo: What the student's credit pays beside it.
        fee_bearer: Whose cost Paystack's fee is, as it was when the attempt was made.
        refund_fee_bearer: Whose cost it is of what goes back, as it was then.
        paid_kobo: What Paystack says was paid.
        fees_kobo: What Paystack kept.
        way: Which way of paying the payer chose, `card` or `transfer`; the hold's life follows it.
        next_check_at: When the sweeper asks Paystack again; None when conclusive.
        choice: What the payer wants done with money that bought nothing; empty while open.
        choose_by: Until when that can be said; afterwards it goes back. None when there is nothing to say.
    """

    __tablename__ = "payment"
    __table_args__ = (
        CheckConstraint(
            "amount_kobo >= 0 AND credit_kobo >= 0 AND amount_kobo + credit_kobo > 0",
            name="ck_payment_amount",
        ),
        CheckConstraint("(session_id IS NULL) <> (purchase_id IS NULL)", name="ck_payment_for"),
        Index("ix_payment_session", "session_id", "attempt"),
        Index("ix_payment_purchase", "purchase_id", "attempt"),
        Index("ix_payment_check", "next_check_at"),
        Index(
            "ix_payment_unchosen",
            "choose_by",
            sqlite_where=text(UNCHOSEN),
            postgresql_where=text(UNCHOSEN),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    reference: str = Field(unique=True, max_length=50)
    attempt: int = Field(default=1)
    session_id: int | None = Field(default=None, foreign_key="mentorship_sessions.id", sa_type=WideInteger)
    purchase_id: int | None = Field(default=None, foreign_key="package_purchase.id", sa_type=WideInteger)
    student_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    tutor_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    amount_kobo: int = Field(sa_type=WideInteger)
    credit_kobo: int = Field(default=0, sa_type=WideInteger)
    fee_bearer: str = Field(default=FeeBearer.PLATFORM, max_length=12)
    refund_fee_bearer: str = Field(default=FeeBearer.PLATFORM, max_length=12)
    currency: str = Field(default="NGN", max_length=3)
    state: str = Field(default=PaymentState.AWAITING, max_length=16)
    way: str = Field(default="card", max_length=12)
    authorization_url: str | None = Field(default=None, max_length=500)
    provider_word: str = Field(default="", max_length=60)
    provider_id: int | None = Field(default=None, sa_type=WideInteger)
    channel: str = Field(default="", max_length=40)
    paid_kobo: int | None = Field(default=None, sa_type=WideInteger)
    paid_currency: str | None = Field(default=None, max_length=8)
    fees_kobo: int | None = Field(default=None, sa_type=WideInteger)
    paid_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    checks: int = Field(default=0)
    next_check_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    settled_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    choice: str = Field(default="", max_length=16)
    choose_by: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class RefundState(StrEnum):
    """Where money on its way back is; the words after `ASKED` are Paystack's.

    `DUE`: queued. `ASKED`: being asked for, and Paystack may or may not know of it.
    """

    DUE = "DUE"
    ASKED = "ASKED"
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    PROCESSED = "PROCESSED"
    FAILED = "FAILED"
    NEEDS_ATTENTION = "NEEDS_ATTENTION"


class RefundOrigin(StrEnum):
    """Why money goes back."""

    POLICY = "POLICY"
    RULING = "RULING"
    OPERATOR = "OPERATOR"
    RETURNED = "RETURNED"
    PACKAGE = "PACKAGE"


REFUND_UNDER_WAY = "state IN ('ASKED', 'PENDING', 'PROCESSING', 'NEEDS_ATTENTION')"


class Refund(SQLModel, table=True):
    """Money owed back to the payer of one payment, all of it or a part; Paystack is sent one at a time.

    Attributes:
        origin: Why.
        asked_by: The person who decided it; None when a rule or the clock did.
        next_check_at: When the sweeper asks Paystack again; None before it was asked for and after its end.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_kobo > 0", name="ck_refund_amount"),
        Index(
            "ux_refund_under_way",
            "payment_id",
            unique=True,
            sqlite_where=text(REFUND_UNDER_WAY),
            postgresql_where=text(REFUND_UNDER_WAY),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    payment_id: int = Field(index=True, foreign_key="payment.id", sa_type=WideInteger)
    amount_kobo: int = Field(sa_type=WideInteger)
    reason: str = Field(max_length=160)
    origin: str = Field(default=RefundOrigin.POLICY, max_length=12)
    asked_by: int | None = Field(default=None, sa_type=WideInteger)
    state: str = Field(default=RefundState.DUE, index=True, max_length=20)
    provider_refund_id: int | None = Field(default=None, unique=True, sa_type=WideInteger)
    next_check_at: datetime | None = Field(default=None, index=True, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class ProviderEvent(SQLModel, table=True):
    """A signed webhook, kept exactly as it came, before anything is done about it.

    Attributes:
        dedupe_key: Ours; Paystack and Zoom send no event identifier.
        body: The raw bytes that were signed.
        handled_at: When the work it asked for was done.
    """

    __tablename__ = "provider_event"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    provider: str = Field(max_length=16)
    dedupe_key: str = Field(unique=True, max_length=80)
    event: str = Field(max_length=80)
    body: bytes
    received_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    handled_at: datetime | None = Field(default=None, index=True, sa_type=UtcMoment)
    outcome: str = Field(default="", max_length=200)
