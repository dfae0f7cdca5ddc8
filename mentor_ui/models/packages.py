"""Several sessions sold at once: what tutors offer, what students bought, and which sessions came of it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class Package(SQLModel, table=True):
    """What a tutor offers: so many sessions of one offering for one price.

    Attributes:
        sessions: How many.
        price_kobo: For all of them together.
        valid_days: How long after buying they can be scheduled.
        retired_at: When it was taken off sale; what was bought is not touched.
    """

    __tablename__ = "package"
    __table_args__ = (
        CheckConstraint("sessions BETWEEN 2 AND 50", name="ck_package_sessions"),
        CheckConstraint("price_kobo > 0 AND valid_days > 0", name="ck_package_terms"),
        Index("ix_package_offering", "offering_id"),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    tutor_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    offering_id: int = Field(foreign_key="mentorship_sessions.id", ondelete="CASCADE", sa_type=WideInteger)
    sessions: int
    price_kobo: int = Field(sa_type=WideInteger)
    valid_days: int = Field(default=180)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    retired_at: datetime | None = Field(default=None, sa_type=UtcMoment)


class PurchaseState(StrEnum):
    """Where a bought package stands.

    `AWAITING`: not paid yet. `ACTIVE`: paid, with sessions left or used. `EXPIRED`: what was left can no
    longer be scheduled. `RETURNED`: what was left was given back. `LAPSED`: it was never paid.
    """

    AWAITING = "AWAITING"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    RETURNED = "RETURNED"
    LAPSED = "LAPSED"


HAS_LEFT = "left_kobo > 0"
"""Literally, since SQLite takes a partial index only where the query says the same."""


class PackagePurchase(SQLModel, table=True):
    """A package as one student bought it; later edits of package and offering never touch it.

    Attributes:
        package_id: Where it came from; None once that is deleted.
        offering_id: Whose times it can be used for; None once that is deleted.
        title: Of the offering, as it was.
        duration: Minutes of each session.
        platform_share_percent: As it was when it was paid.
        used: How many of its sessions have a time, or had one that was not given back.
        left_kobo: What the ledger's package credits hold for it: the parts of the price that were neither
            used nor given back.
        expires_at: UTC; until when the rest can be scheduled. None before it was paid.
    """

    __tablename__ = "package_purchase"
    __table_args__ = (
        CheckConstraint("used BETWEEN 0 AND sessions", name="ck_purchase_used"),
        CheckConstraint("left_kobo BETWEEN 0 AND price_kobo", name="ck_purchase_left"),
        Index("ix_purchase_student", "student_id", "state"),
        Index("ix_purchase_tutor", "tutor_id", "state"),
        Index("ix_purchase_offering", "offering_id", "state"),
        Index("ix_purchase_unpaid", "state", "created_at"),
        Index(
            "ix_purchase_left",
            "state",
            "expires_at",
            sqlite_where=text(HAS_LEFT),
            postgresql_where=text(HAS_LEFT),
        ),
    )

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    package_id: int | None = Field(
        default=None, foreign_key="package.id", ondelete="SET NULL", sa_type=WideInteger
    )
    offering_id: int | None = Field(
        default=None, foreign_key="mentorship_sessions.id", ondelete="SET NULL", sa_type=WideInteger
    )
    tutor_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    student_id: int = Field(foreign_key="person.id", sa_type=WideInteger)
    title: str = Field(max_length=120)
    duration: int
    sessions: int
    price_kobo: int = Field(sa_type=WideInteger)
    valid_days: int
    platform_share_percent: int = Field(default=30)
    used: int = Field(default=0)
    left_kobo: int = Field(default=0, sa_type=WideInteger)
    state: str = Field(default=PurchaseState.AWAITING, max_length=12)
    expires_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    updated_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class PackageUse(SQLModel, table=True):
    """One session that was scheduled from a bought package.

    Attributes:
        number: Which of the package's sessions it is, from 1; the part of the price that it is worth follows
            from it. No two that count have the same.
        returned_at: When the session was called off and its credit given back.
    """

    __tablename__ = "package_use"
    __table_args__ = (
        Index("ix_package_use_purchase", "purchase_id"),
        Index(
            "ux_package_use_number",
            "purchase_id",
            "number",
            unique=True,
            sqlite_where=text("returned_at IS NULL"),
            postgresql_where=text("returned_at IS NULL"),
        ),
    )

    session_id: int = Field(primary_key=True, foreign_key="mentorship_sessions.id", sa_type=WideInteger)
    purchase_id: int = Field(foreign_key="package_purchase.id", sa_type=WideInteger)
    number: int
    returned_at: datetime | None = Field(default=None, sa_type=UtcMoment)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
