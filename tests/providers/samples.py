"""Bodies in the providers' shapes."""

from typing import Any

REFERENCE = "bk-7301234567890123-1"


def paystack_ok(data: Any, **more: Any) -> dict[str, Any]:
    """Paystack's envelope round a success."""
    return {"status": True, "message": "ok", "data": data, **more}


def charge(**changes: Any) -> dict[str, Any]:
    """A successful charge of NGN 5,000 by card."""
    return {
        "id": 4_099_260_516_123,
        "domain": "test",
        "status": "success",
        "reference": REFERENCE,
        "amount": 500_000,
        "requested_amount": 500_000,
        "fees": 17_500,
        "currency": "NGN",
        "channel": "card",
        "gateway_response": "Successful",
        "paid_at": "2026-11-22T10:00:05.000Z",
        "created_at": "2026-11-22T10:00:00.000Z",
        "metadata": {"booking_id": "7301234567890123"},
        "customer": {"id": 1, "email": "ada@example.com"},
        "authorization": {"authorization_code": "AUTH_x", "reusable": True},
        **changes,
    }


def meeting(**changes: Any) -> dict[str, Any]:
    """A scheduled Zoom meeting as create and get return it."""
    return {
        "id": 85_746_065_432,
        "uuid": "4444AAAiAAAAAiAiAiiAii==",
        "host_id": "x1yCzABCDEfg23HiJKl4mN",
        "topic": "Algebra with Ada",
        "type": 2,
        "status": "waiting",
        "start_time": "2026-11-25T17:30:00Z",
        "duration": 60,
        "timezone": "UTC",
        "agenda": "mentor-booking:7301234567890123",
        "created_at": "2026-11-22T10:00:10Z",
        "join_url": "https://zoom.example/j/85746065432?pwd=abc",
        "start_url": "https://zoom.example/s/85746065432?zak=hostpower",
        **changes,
    }
