"""What Paystack tells us, as frozen values: amounts in kobo, times in aware UTC, ids up to 64 bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from mentor_ui.providers.replies import (
    JsonObject,
    first_moment,
    json_object,
    parse_object,
    required_number,
    required_text,
    required_web_address,
    text,
    whole_number,
)


class _Word(StrEnum):
    """A word of Paystack's; one that is in no list of theirs becomes `UNKNOWN`."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("unknown") if value != "unknown" else super()._missing_(value)


class ChargeStatus(_Word):
    """`data.status` of a transaction. `UNKNOWN` stands for every word that is not in Paystack's list."""

    SUCCESS = "success"
    FAILED = "failed"
    ABANDONED = "abandoned"
    ONGOING = "ongoing"
    PENDING = "pending"
    PROCESSING = "processing"
    QUEUED = "queued"
    REVERSED = "reversed"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether this attempt is over. A failed one can still be paid while its checkout page is open."""
        return self in {ChargeStatus.SUCCESS, ChargeStatus.FAILED, ChargeStatus.REVERSED}


class RefundStatus(_Word):
    """Status of a refund. Only `PROCESSED` means that the money went back."""

    PENDING = "pending"
    PROCESSING = "processing"
    PROCESSED = "processed"
    FAILED = "failed"
    NEEDS_ATTENTION = "needs-attention"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether Paystack is done with it; one that needs attention waits for the payee's account."""
        return self in {RefundStatus.PROCESSED, RefundStatus.FAILED}


class TransferStatus(_Word):
    """Status of a payout. Until it is final the same reference must be used again, never a new one."""

    PENDING = "pending"
    OTP = "otp"
    RECEIVED = "received"
    SUCCESS = "success"
    FAILED = "failed"
    REVERSED = "reversed"
    ABANDONED = "abandoned"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        """Whether the outcome is conclusive."""
        return self not in {
            TransferStatus.PENDING,
            TransferStatus.OTP,
            TransferStatus.RECEIVED,
            TransferStatus.UNKNOWN,
        }


@dataclass(frozen=True, slots=True)
class Checkout:
    """A transaction that waits for its payer at `authorization_url`.

    Attributes:
        account_expires_at: Until when an account for a bank transfer takes money; None when nothing is said.
    """

    authorization_url: str
    access_code: str
    reference: str
    account_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """One transaction as Paystack sees it now.

    Credit it only when `status` is SUCCESS, `currency` matches, `requested_amount_kobo` equals what was asked
    and `amount_kobo` is at least that: with passed-on fees `amount_kobo` is larger.

    Attributes:
        status_word: The status exactly as it came.
        requested_amount_kobo: What we asked for; None when Paystack left it out, which proves nothing.
        fees_kobo: Paystack's fees, None until known.
        domain: `test` or `live`.
        raw: The whole object, for the record.
    """

    id: int
    reference: str
    status: ChargeStatus
    status_word: str
    amount_kobo: int
    requested_amount_kobo: int | None
    fees_kobo: int | None
    currency: str
    paid_at: datetime | None
    created_at: datetime | None
    channel: str
    domain: str
    customer_email: str
    gateway_response: str
    metadata: Mapping[str, Any] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund.

    Attributes:
        transaction_id: Paystack's id of the refunded transaction.
        transaction_reference: Our reference of it, empty when the reply holds only the id.
        note: The merchant's note, with which a refund can be found again.
    """

    id: int
    status: RefundStatus
    status_word: str
    amount_kobo: int
    currency: str
    transaction_id: int | None
    transaction_reference: str
    note: str
    expected_at: datetime | None
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that payouts can go to. `code` goes into requests, `id` only into refund details."""

    id: int
    name: str
    code: str
    slug: str


@dataclass(frozen=True, slots=True)
class ResolvedAccount:
    """The name that a bank has for an account number."""

    account_number: str
    account_name: str
    bank_id: int | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A bank account that transfers can be sent to."""

    code: str
    name: str
    active: bool
    account_number: str
    account_name: str
    bank_code: str
    bank_name: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payout. SUCCESS does not yet mean that the payee's bank has credited it.

    Attributes:
        id: Paystack's id, None in replies that leave it out.
        fee_kobo: What Paystack charged for it, None until known.
        session_id: NIP session id, which the payee's bank can search for.
    """

    id: int | None
    code: str
    reference: str
    status: TransferStatus
    status_word: str
    amount_kobo: int
    currency: str
    fee_kobo: int | None
    gateway_response: str
    session_id: str
    created_at: datetime | None
    transferred_at: datetime | None


def parse_checkout(data: JsonObject) -> Checkout:
    """Read the reply to `POST /transaction/initialize`."""
    return Checkout(
        authorization_url=required_web_address(data, "authorization_url"),
        access_code=required_text(data, "access_code"),
        reference=required_text(data, "reference"),
        account_expires_at=first_moment(data, "account_expires_at"),
    )


def parse_charge(data: JsonObject) -> Charge:
    """Read a transaction as verify, list and `charge.success` hold it."""
    word = required_text(data, "status")
    return Charge(
        id=required_number(data, "id"),
        reference=required_text(data, "reference"),
        status=ChargeStatus(word),
        status_word=word,
        amount_kobo=required_number(data, "amount"),
        requested_amount_kobo=whole_number(data.get("requested_amount")),
        fees_kobo=whole_number(data.get("fees")),
        currency=text(data.get("currency")),
        paid_at=first_moment(data, "paid_at", "paidAt"),
        created_at=first_moment(data, "created_at", "createdAt", "transaction_date"),
        channel=text(data.get("channel")),
        domain=text(data.get("domain")),
        customer_email=text(json_object(data.get("customer")).get("email")),
        gateway_response=text(data.get("gateway_response")),
        metadata=parse_metadata(data.get("metadata")),
        raw=data,
    )


def parse_metadata(value: Any) -> JsonObject:
    """Read metadata, which comes back as an object, its JSON text, `""`, `0` or null."""
    if isinstance(value, str):
        return parse_object(value) or {}
    return json_object(value)


def parse_refund(data: JsonObject) -> Refund:
    """Read a refund; `transaction` is an object when it was just made and a number in lists."""
    transaction = json_object(data.get("transaction"))
    named_id = whole_number(transaction.get("id") if transaction else data.get("transaction"))
    word = required_text(data, "status")
    return Refund(
        id=required_number(data, "id"),
        status=RefundStatus(word),
        status_word=word,
        amount_kobo=required_number(data, "amount"),
        currency=text(data.get("currency")),
        transaction_id=named_id,
        transaction_reference=text(transaction.get("reference") or data.get("transaction_reference")),
        note=text(data.get("merchant_note")),
        expected_at=first_moment(data, "expected_at", "expectedAt"),
        created_at=first_moment(data, "created_at", "createdAt", "refunded_at"),
    )


def parse_bank(data: JsonObject) -> Bank:
    """Read one entry of `GET /bank`."""
    return Bank(
        id=required_number(data, "id"),
        name=required_text(data, "name"),
        code=required_text(data, "code"),
        slug=text(data.get("slug")),
    )


def parse_resolved_account(data: JsonObject) -> ResolvedAccount:
    """Read the reply to `GET /bank/resolve`."""
    return ResolvedAccount(
        account_number=required_text(data, "account_number"),
        account_name=required_text(data, "account_name"),
        bank_id=whole_number(data.get("bank_id")),
    )


def parse_recipient(data: JsonObject) -> Recipient:
    """Read a transfer recipient."""
    details = json_object(data.get("details"))
    return Recipient(
        code=required_text(data, "recipient_code"),
        name=text(data.get("name")),
        active=data.get("active") is not False,
        account_number=text(details.get("account_number")),
        account_name=text(details.get("account_name")),
        bank_code=text(details.get("bank_code")),
        bank_name=text(details.get("bank_name")),
    )


def parse_transfer(data: JsonObject) -> Transfer:
    """Read a transfer as initiate and verify hold it."""
    word = required_text(data, "status")
    return Transfer(
        id=whole_number(data.get("id")),
        code=text(data.get("transfer_code")),
        reference=required_text(data, "reference"),
        status=TransferStatus(word),
        status_word=word,
        amount_kobo=required_number(data, "amount"),
        currency=text(data.get("currency")),
        fee_kobo=whole_number(data.get("fee_charged")),
        gateway_response=text(data.get("gateway_response")),
        session_id=text(json_object(data.get("session")).get("id")),
        created_at=first_moment(data, "created_at", "createdAt"),
        transferred_at=first_moment(data, "transferred_at", "transferredAt"),
    )
