"""Paystack's disputes: what a payer's bank wants back, and our answer to it (chargebacks)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mentor_ui.providers.paystack_connection import PaystackConnection, data_of
from mentor_ui.providers.replies import (
    JsonObject,
    first_moment,
    iso_utc,
    json_object,
    required_number,
    required_text,
    text,
    whole_number,
)


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute as Paystack sees it now.

    Attributes:
        status: `awaiting-merchant-feedback`, `awaiting-bank-feedback`, `resolved`, `archived`, or another
            word of Paystack's.
        resolution: `merchant-accepted`, `declined` or `auto-accepted`; empty before.
        amount_kobo: What the bank wants; None when Paystack left it out.
        reference: Ours, of the payment; empty when the reply holds only its number.
        due_at: Until when an answer is taken.
    """

    id: int
    status: str
    resolution: str
    category: str
    amount_kobo: int | None
    currency: str
    domain: str
    transaction_id: int | None
    reference: str
    transaction_status: str
    due_at: datetime | None
    resolved_at: datetime | None


class DisputeCalls(PaystackConnection):
    """The calls about disputes."""

    def dispute(self, dispute_id: int) -> Dispute:
        """Ask how a dispute stands.

        Raises:
            ProviderError: See `mentor_ui.providers.errors`.
        """
        return self._call("GET", f"/dispute/{dispute_id}", data_of(parse_dispute))

    def disputes(self, since: datetime, until: datetime) -> Iterator[Dispute]:
        """Yield every dispute that was raised in a period.

        Raises:
            ProviderError: See `mentor_ui.providers.errors`.
        """
        period = {"from": iso_utc(since), "to": iso_utc(until)}
        return self._pages("/dispute", {**period, "use_cursor": "true"}, parse_dispute)

    def send_evidence(
        self, dispute_id: int, *, email: str, name: str, phone: str, service_details: str
    ) -> int | None:
        """Add what speaks for us to a dispute; sent again, it takes the earlier one's place.

        Returns:
            Paystack's number of the evidence.

        Raises:
            ProviderRejected: No answer is awaited.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body = {
            "customer_email": email,
            "customer_name": name,
            "customer_phone": phone,
            "service_details": service_details,
        }
        path = f"/dispute/{dispute_id}/evidence"
        return self._call("POST", path, data_of(lambda data: whole_number(data.get("id"))), json=body)

    def resolve_dispute(
        self, dispute_id: int, *, resolution: str, message: str, refund_kobo: int, evidence_id: int | None
    ) -> Dispute:
        """Answer a dispute.

        Args:
            dispute_id: Paystack's number.
            resolution: `declined`, or `merchant-accepted`.
            message: Our words for the bank.
            refund_kobo: What we give back when we accept.
            evidence_id: Of `send_evidence`.

        Raises:
            ProviderRejected: No answer is awaited.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body: dict[str, Any] = {
            "resolution": resolution,
            "message": message,
            "refund_amount": refund_kobo,
            "uploaded_filename": f"dispute-{dispute_id}.txt",
        }
        if evidence_id is not None:
            body["evidence"] = evidence_id
        return self._call("PUT", f"/dispute/{dispute_id}/resolve", data_of(parse_dispute), json=body)


def parse_dispute(data: JsonObject) -> Dispute:
    """Read a dispute as fetch, list and resolve hold it; `transaction` is an object or a number."""
    transaction = json_object(data.get("transaction"))
    return Dispute(
        id=required_number(data, "id"),
        status=required_text(data, "status"),
        resolution=text(data.get("resolution")),
        category=text(data.get("category")),
        amount_kobo=whole_number(data.get("refund_amount")),
        currency=text(data.get("currency") or transaction.get("currency")),
        domain=text(data.get("domain") or transaction.get("domain")),
        transaction_id=whole_number(transaction.get("id") if transaction else data.get("transaction")),
        reference=text(transaction.get("reference")),
        transaction_status=text(transaction.get("status")),
        due_at=first_moment(data, "dueAt", "due_at"),
        resolved_at=first_moment(data, "resolvedAt", "resolved_at"),
    )
