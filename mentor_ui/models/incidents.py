"""What needs a person: disputes of payers' banks, incidents, and the log of what operators did."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now

OPEN_INCIDENT = "resolved_at IS NULL"


class DisputeState(StrEnum):
    """Where a chargeback stands.

    `OPEN`: our answer is awaited. `ANSWERED`: the bank decides. `WON`, `LOST`: decided.
    """

    OPEN = "OPEN"
    ANSWERED = "ANSWERED"
    WON = "WON"
    LOST = "LOST"


class Dispute(SQLModel, table=True):
    """A payment that the payer's bank wants back.

    Attributes:
        provider_dispute_id: Paystack's number.
        amount_kobo: What the bank wants.
        category: Paystack's word: `chargeback`, `fraud`, `general`.
        taken_kobo: What the bank took beyond what was on its way back already.
        answer: What an operator decided to tell the bank, in Paystack's word; empty before.
        answer_message: The operator's words for the bank.
        answer_problem: Why Paystack did not take the answer; empty while it may.
        provider_word: Paystack's last status.
        due_at: UTC; until when an answer is taken.
        evidence: What was sent, as JSON text; empty before.
    """

    __tablename__ = "dispute"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    provider_dispute_id: int = Field(unique=True, sa_type=WideInteger)
    payment_id: int = Field(index=True, foreign_key="payment.id", sa_type=WideInteger)
    tutor_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    amount_kobo: int = Field(sa_type=WideInteger)
    taken_kobo: int = Field(default=0, sa_type=WideInteger)
    category: str = Field(default="", max_length=40)
    answer: str = Field(default="", max_length=20)
    answer_message: str = Field(default="", max_length=500)
    answer_problem: str = Field(default="", max_length=300)
    state: str = Field(default=DisputeState.OPEN, index=True, max_length=12)
    provider_word: str = Field(default="", max_length=60)
    resolution: str = Field(default="", max_length=60)
    evidence: str = Field(default="")
    due_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    next_check_at: datetime | None = Field(default=None, index=True, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcMoment)


class IncidentKind(StrEnum):
    """What happened that a person should look at."""

    WRONG_AMOUNT = "WRONG_AMOUNT"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    DUPLICATE_CHARGE = "DUPLICATE_CHARGE"
    REFUND_FAILED = "REFUND_FAILED"
    PAYOUT_STUCK = "PAYOUT_STUCK"
    PAYOUT_REVERSED = "PAYOUT_REVERSED"
    DISPUTE = "DISPUTE"
    UNMATCHED = "UNMATCHED"
    LEDGER = "LEDGER"


class Incident(SQLModel, table=True):
    """Something about money that needs a person.

    Attributes:
        key: Of the happening; one happening raises one incident.
        summary: One sentence for the operator.
        subject_id: Of the payment, refund, payout or dispute that it is about; None for the ledger.
        due_at: UTC; until when something must be done, if there is such a moment.
        resolution: What the operator said when closing it.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "ix_incident_open",
            "created_at",
            sqlite_where=text(OPEN_INCIDENT),
            postgresql_where=text(OPEN_INCIDENT),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    key: str = Field(unique=True, max_length=80)
    kind: str = Field(max_length=20)
    summary: str = Field(max_length=300)
    subject_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    due_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    resolved_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    resolved_by: int | None = Field(default=None, sa_type=WideInteger)
    resolution: str = Field(default="", max_length=500)


class AuditEntry(SQLModel, table=True):
    """One thing that an operator did. Rows are added, never changed.

    Attributes:
        actor_id: The operator; None for the command line.
        action: A word of ours, such as `refund` or `resolve_incident`.
        subject: What it was done to, such as `payment 123`.
        detail: The rest, for a reader.
    """

    __tablename__ = "audit_entry"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    at: datetime = Field(default_factory=utc_now, index=True, sa_type=UtcMoment)
    actor_id: int | None = Field(default=None, index=True, sa_type=WideInteger)
    action: str = Field(max_length=40)
    subject: str = Field(default="", max_length=80)
    detail: str = Field(default="", max_length=500)
