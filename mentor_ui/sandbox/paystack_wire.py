"""Paystack's envelopes, error bodies, key check and rate headers (reference: providers.md 1.1, 1.13)."""

import hmac
import re
from typing import Any

from starlette.responses import JSONResponse

from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox

REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,100}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LIMIT_PER_MINUTE = {
    "paystack.verify": 3000,
    "paystack.resolve": 1500,
    "paystack.initialize": 1200,
    "paystack.transfer": 900,
}


def success(message: str, data: object, meta: Json | None = None, status: int = 200) -> JSONResponse:
    """`{status: true, message, data, meta?}`."""
    body: Json = {"status": True, "message": message, "data": data}
    if meta is not None:
        body["meta"] = meta
    return JSONResponse(body, status)


def refusal(
    status: int,
    message: str,
    code: str,
    *,
    kind: str = "validation_error",
    next_step: str = "Check the request against the API reference and try again",
    **more: Any,
) -> RefusedError:
    """An error body `{status: false, message, meta: {nextStep}, type, code}`."""
    body = {
        "status": False,
        "message": message,
        "meta": {"nextStep": next_step},
        "type": kind,
        "code": code,
        **more,
    }
    return RefusedError(status, body)


def rate_limited(reset_seconds: int, limit: int) -> RefusedError:
    """The 429 reply."""
    refused = refusal(
        429,
        "Rate limit exceeded!",
        "rate_limited",
        kind="api_error",
        next_step="Wait for the number of seconds in x-ratelimit-reset before the next request",
    )
    refused.headers = {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(reset_seconds),
    }
    return refused


def guard(sandbox: Sandbox, call: Call) -> None:
    """Check the secret key and count the call.

    Raises:
        RefusedError: 401 for a missing or wrong key, 429 above the published rate.
    """
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    if not key:
        raise refusal(
            401,
            "No Authorization Header was found",
            "missing_Key",
            next_step="Send your secret key as a bearer token in the Authorization header",
        )
    if scheme.lower() != "bearer" or not hmac.compare_digest(
        key.strip().encode(), sandbox.config.paystack_secret_key.encode()
    ):
        raise refusal(
            401,
            "Invalid key",
            "invalid_Key",
            next_step="Ensure that you provide the correct authorization key for the request",
        )
    limit = _LIMIT_PER_MINUTE.get(call.route, 600)
    calls, reset = sandbox.rates.count(f"paystack:{call.route}", window_seconds=60)
    if calls > limit and sandbox.config.enforce_limits:
        raise rate_limited(reset, limit)
    call.reply_headers.update(
        {
            "x-ratelimit-limit": str(limit),
            "x-ratelimit-remaining": str(max(0, limit - calls)),
            "x-ratelimit-reset": str(reset),
        }
    )


def body_of(call: Call) -> Json:
    """The JSON object that was sent.

    Raises:
        RefusedError: 400 when the body is not one.
    """
    body = call.json_object()
    if body is None:
        raise refusal(400, "Invalid JSON body", "invalid_params", next_step="Send a JSON object")
    return body


def text_field(body: Json, name: str) -> str:
    """A required text field, without outer blanks.

    Raises:
        RefusedError: 400 when it is missing or no text.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        label = name.replace("_", " ").capitalize()
        raise refusal(400, f"{label} is required", "missing_params", next_step=f"Provide {name}")
    return value.strip()


def kobo_field(body: Json, *, minimum: int = 1, maximum: int = 1_000_000_000) -> int:
    """The field `amount`: a positive whole number of kobo, as a number or a string of digits.

    Raises:
        RefusedError: 400 for decimals, zero, other types, and amounts outside the limits.
    """
    value = body.get("amount")
    if value is None or value == "":
        raise refusal(400, "Amount is required", "missing_params", next_step="Provide amount in kobo")
    is_digits = isinstance(value, str) and re.fullmatch(r"[0-9]+", value)
    if isinstance(value, bool) or not (isinstance(value, int) or is_digits) or int(value) <= 0:
        raise refusal(
            400,
            "Invalid Amount Sent",
            "invalid_params",
            next_step="Send amount as a positive whole number of kobo",
        )
    amount = int(value)
    if amount < minimum:
        raise refusal(400, f"Amount cannot be less than NGN {minimum // 100}", "invalid_params")
    if amount > maximum:
        raise refusal(400, "Amount is above the limit for this integration", "invalid_params")
    return amount
