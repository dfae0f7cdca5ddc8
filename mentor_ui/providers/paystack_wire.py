"""Paystack's envelope: which answer is which error, and how its lists are paged."""

from __future__ import annotations

import time
from typing import Final

from mentor_ui.providers.errors import (
    AlreadyReversed,
    BalanceTooLow,
    DuplicateReference,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
)
from mentor_ui.providers.http import Reply
from mentor_ui.providers.replies import JsonObject, text, whole_number

PAYSTACK: Final = "Paystack"
PAGE_SIZE: Final = 100
_DAY_SECONDS: Final = 86_400.0


def next_turn(meta: JsonObject, entries: int) -> dict[str, str]:
    """Return the query that leads to the next page, or nothing after the last."""
    cursor = text(meta.get("next"))
    if cursor and cursor != "null":
        return {"next": cursor}
    page = whole_number(meta.get("page"))
    if page is None:
        return {}
    pages = whole_number(meta.get("pageCount"))
    more = page < pages if pages is not None else entries >= PAGE_SIZE
    return {"page": str(page + 1)} if more else {}


def judge(reply: Reply) -> ProviderError | None:
    """Sort an answer below 500: an error, or None for a success or something unreadable."""
    body, status = reply.body, reply.status
    if status < 400 and ("status" not in body or body["status"] in (True, "true")):
        return None
    message = text(body.get("message")) or f"HTTP {status}"
    code = text(body.get("code")) or "unknown"
    if says(message, "daily limit"):
        return ProviderThrottled(PAYSTACK, message, retry_after_seconds=_DAY_SECONDS)
    if status == 429 or code == "rate_limited":
        return ProviderThrottled(PAYSTACK, message, retry_after_seconds=_retry_after(reply))
    if status == 401 or says(message, "invalid key") or (status == 403 and says(message, "ip address")):
        return ProviderMisconfigured(PAYSTACK, f"PAYSTACK_SECRET_KEY was refused: {message}")
    if not body:
        return None
    kind = ProviderRejected
    if code == "duplicate_reference" or (says(message, "duplicate") and says(message, "reference")):
        kind = DuplicateReference
    elif code == "transaction_reversed" or says(message, "fully reversed"):
        kind = AlreadyReversed
    elif says(message, "balance is not enough") or says(message, "insufficient balance"):
        kind = BalanceTooLow
    return kind(PAYSTACK, message, code=code, http_status=status)


def _retry_after(reply: Reply) -> float | None:
    """Read `x-ratelimit-reset`, seconds from now; a value that large is a Unix time instead."""
    seconds = whole_number(reply.headers.get("x-ratelimit-reset") or reply.headers.get("retry-after"))
    if seconds is None:
        return None
    return max(0.0, seconds - time.time() if seconds > 1_000_000_000 else float(seconds))


def says(message: str, *words: str) -> bool:
    """Whether a message holds all of these lower-case words; codes are missing on older endpoints."""
    lowered = message.lower()
    return all(word in lowered for word in words)
