"""Paystack's webhooks: the signature over the raw body, and a key that tells one event from another.

Paystack sends no event id and no timestamp and signs with the API key itself, so a rotated key changes the
signature at once: accept the old and the new one for a while.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from mentor_ui.providers.replies import json_object, parse_object, text, whole_number


@dataclass(frozen=True, slots=True)
class PaystackEvent:
    """The parts of an event that say what to look up again; nothing in it is to be believed by itself.

    Attributes:
        name: Such as `charge.success`; empty when the body is no event.
        domain: `test` or `live`.
        reference: The transaction's or transfer's reference, empty when there is none.
        entity_id: Paystack's number of what it is about; None when there is none.
        dedupe_key: Equal for deliveries of the same event; 64 hexadecimal digits.
    """

    name: str
    domain: str
    reference: str
    dedupe_key: str
    entity_id: int | None = None


def verify_signature(raw_body: bytes, header: str | None, keys: Sequence[str]) -> bool:
    """Check `x-paystack-signature`, the hex HMAC-SHA512 of the raw body, against each key in constant time.

    Args:
        raw_body: The body exactly as received.
        header: Value of the header.
        keys: Secret keys in force. Empty ones are passed over; none at all refuses everything.
    """
    offered = (header or "").strip().lower().encode()
    matches = [
        hmac.compare_digest(hmac.new(key.encode(), raw_body, hashlib.sha512).hexdigest().encode(), offered)
        for key in keys
        if key
    ]
    return any(matches)


def read_event(raw_body: bytes) -> PaystackEvent:
    """Read an event's name, domain, reference and dedupe key. A strange body has empty parts."""
    event = parse_object(raw_body) or {}
    data = json_object(event.get("data"))
    nested = json_object(data.get("transaction"))
    return PaystackEvent(
        name=text(event.get("event")),
        domain=text(data.get("domain")),
        reference=text(
            data.get("transaction_reference") or data.get("reference") or nested.get("reference") or ""
        ),
        dedupe_key=event_dedupe_key(raw_body),
        entity_id=whole_number(data.get("id")),
    )


def event_dedupe_key(raw_body: bytes) -> str:
    """Make the key under which an event is stored once: SHA-256 of event, domain, entity and status.

    The entity is `data.id` or `data.reference`. Events without either, such as refunds, take the whole body
    instead: a weaker key would swallow every refund after the first.
    """
    event = parse_object(raw_body) or {}
    data = json_object(event.get("data"))
    entity = text(data.get("id")) or text(data.get("reference"))
    if not entity:
        return hashlib.sha256(raw_body).hexdigest()
    parts = (text(event.get("event")), text(data.get("domain")), entity, text(data.get("status")))
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
