"""Zoom's token endpoint, token check, rate headers, error bodies and users (providers.md 2.1, 2.4, 2.5)."""

import base64
import binascii
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

from starlette.responses import JSONResponse, Response

from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox, now, random_code, whole_number

_TOKEN_SECONDS = 3599
_SCOPES = (
    "meeting:write:meeting:admin meeting:update:meeting:admin meeting:delete:meeting:admin"
    " meeting:read:meeting:admin meeting:read:list_meetings:admin meeting:update:status:admin"
    " user:read:user:admin user:read:list_users:admin"
)
_MEDIUM_ROUTES = frozenset({"zoom.meetings.list", "zoom.users.list"})
_LICENSED, _BASIC = 2, 1
_FIRST_USERS = (
    ("owner@demo.test", "Demo", "Owner", _LICENSED, 1),
    ("tutor@demo.test", "Demo", "Tutor", _LICENSED, 0),
    ("mentor@demo.test", "Demo", "Mentor", _LICENSED, 0),
    ("host-1@demo.test", "Room", "One", _LICENSED, 0),
    ("host-2@demo.test", "Room", "Two", _LICENSED, 0),
    ("basic@demo.test", "Basic", "Host", _BASIC, 0),
)


def seed_users(sandbox: Sandbox) -> None:
    """Give an empty account its owner and hosts."""
    if not sandbox.store.number("SELECT count(*) FROM zoom_users"):
        for email, first_name, last_name, kind, is_owner in _FIRST_USERS:
            add_user(sandbox, email, first_name, last_name, kind=kind, is_owner=is_owner)


def add_user(
    sandbox: Sandbox, email: str, first_name: str, last_name: str, *, kind: int, is_owner: int = 0
) -> str:
    """Add a user to the account; return the id."""
    number = secrets.token_urlsafe(16)
    sandbox.store.run(
        "INSERT INTO zoom_users (id, email, first_name, last_name, type, is_owner) VALUES (?, ?, ?, ?, ?, ?)",
        number,
        email.lower(),
        first_name,
        last_name,
        kind,
        is_owner,
    )
    return number


def refusal(status: int, code: int, message: str, errors: list[Json] | None = None) -> RefusedError:
    """An error body `{code, message, errors?}`."""
    body: Json = {"code": code, "message": message}
    if errors:
        body["errors"] = errors
    return RefusedError(status, body)


def validation_failed(field: str, message: str) -> RefusedError:
    """400 with code 300 and the field at fault."""
    return refusal(400, 300, "Validation Failed.", [{"field": field, "message": message}])


def token(sandbox: Sandbox, call: Call) -> Response:
    """`POST /oauth/token` with the grant `account_credentials`; parameters in the form, or in the query."""
    client_id, client_secret = _basic_credentials(call)
    config = sandbox.config
    known = hmac.compare_digest(client_id.encode(), config.zoom_client_id.encode())
    if not known or not hmac.compare_digest(client_secret.encode(), config.zoom_client_secret.encode()):
        raise RefusedError(401, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"})
    form = {**dict(call.query), **call.form()}
    if form.get("grant_type") != "account_credentials":
        raise RefusedError(400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"})
    if form.get("account_id") != config.zoom_account_id:
        raise RefusedError(400, {"reason": "Bad Request", "error": "invalid_grant"})
    access_token = secrets.token_urlsafe(48)
    sandbox.store.run("DELETE FROM zoom_tokens WHERE expires_at < ?", now())
    sandbox.store.run(
        "INSERT INTO zoom_tokens (token, expires_at) VALUES (?, ?)", access_token, now() + _TOKEN_SECONDS
    )
    return JSONResponse(
        {
            "access_token": access_token,
            "token_type": "bearer",
            "expires_in": _TOKEN_SECONDS,
            "scope": _SCOPES,
            "api_url": f"{config.public_url}/zoom",
        }
    )


def _basic_credentials(call: Call) -> tuple[str, str]:
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(value, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    client_id, _, client_secret = decoded.partition(":")
    return client_id, client_secret


def guard(sandbox: Sandbox, call: Call) -> None:
    """Check the access token and count the call.

    Raises:
        RefusedError: 401 with code 124, or 429 above the Pro plan's calls per second.
    """
    scheme, _, value = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value:
        raise refusal(401, 124, "Invalid access token.")
    row = sandbox.store.one("SELECT expires_at FROM zoom_tokens WHERE token = ?", value.strip())
    if row is None:
        raise refusal(401, 124, "Invalid access token.")
    if row["expires_at"] <= now():
        raise refusal(401, 124, "Access token is expired.")
    category, limit = ("Medium", 20) if call.route in _MEDIUM_ROUTES else ("Light", 30)
    calls, _ = sandbox.rates.count(f"zoom:{category}", window_seconds=1)
    call.reply_headers.update(_rate_headers(category, "QPS", limit, max(0, limit - calls)))
    if calls > limit and sandbox.config.enforce_limits:
        raise rate_limited()


def _rate_headers(category: str, kind: str, limit: int, remaining: int) -> dict[str, str]:
    return {
        "X-RateLimit-Category": category,
        "X-RateLimit-Type": kind,
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
    }


def rate_limited() -> RefusedError:
    """429 for too many calls in one second."""
    refused = refusal(
        429, 4001, "You have reached the maximum per-second rate limit for this API. Try again later."
    )
    refused.headers = _rate_headers("Light", "QPS", 30, 0)
    return refused


def count_daily_call(sandbox: Sandbox, host_id: str) -> None:
    """Count a meeting create or update of this host.

    Raises:
        RefusedError: 429 with code 429 past the day's limit; there is no Retry-After, as with the real one.
    """
    day, limit = f"{datetime.now(UTC):%Y-%m-%d}", sandbox.config.zoom_daily_limit
    counted = sandbox.store.one(
        "SELECT calls FROM zoom_daily_calls WHERE host_id = ? AND day = ?", host_id, day
    )
    calls = counted["calls"] if counted else 0
    if calls >= limit:
        message = (
            f"You have exceeded the daily rate limit ({limit}) of Meeting Create/Update API requests"
            f" permitted for this user ({host_id})."
        )
        raise refusal(429, 429, message)
    sandbox.store.run(
        "INSERT OR REPLACE INTO zoom_daily_calls (host_id, day, calls) VALUES (?, ?, ?)",
        host_id,
        day,
        calls + 1,
    )


def find_user(sandbox: Sandbox, key: str) -> Row:
    """The user with this id or e-mail; `me` is the account's owner.

    Raises:
        RefusedError: 404 with code 1001.
    """
    if key == "me":
        row = sandbox.store.one("SELECT * FROM zoom_users WHERE is_owner = 1")
    else:
        row = sandbox.store.one("SELECT * FROM zoom_users WHERE id = ? OR email = ?", key, key.lower())
    if row is None:
        raise refusal(404, 1001, f"User does not exist: {key}.")
    return row


def user_shape(row: Row) -> Json:
    """A user object."""
    return {
        "id": row["id"],
        "first_name": row["first_name"],
        "last_name": row["last_name"],
        "display_name": f"{row['first_name']} {row['last_name']}",
        "email": row["email"],
        "type": row["type"],
        "role_name": "Owner" if row["is_owner"] else "Member",
        "pmi": 1000000000 + sum(row["email"].encode()),
        "use_pmi": False,
        "timezone": "Africa/Lagos",
        "verified": 1,
        "status": "active",
        "language": "en-US",
        "account_id": "",
    }


def users(sandbox: Sandbox, call: Call) -> Response:
    """`GET /users`."""
    size = whole_number(call.query.get("page_size"), 30, high=300)
    start = page_start(call)
    rows = sandbox.store.all("SELECT * FROM zoom_users ORDER BY is_owner DESC, email")
    shown: list[Any] = [user_shape(row) for row in rows[start : start + size]]
    return JSONResponse(
        {
            "page_count": -(-len(rows) // size),
            "page_number": start // size + 1,
            "page_size": size,
            "total_records": len(rows),
            "next_page_token": next_page_token(start + size, len(rows)),
            "users": shown,
        }
    )


def user(sandbox: Sandbox, call: Call) -> Response:
    """`GET /users/{id}`."""
    shape = user_shape(find_user(sandbox, call.path["user"]))
    return JSONResponse({**shape, "account_id": sandbox.config.zoom_account_id})


def next_page_token(start: int, total: int) -> str:
    """An opaque token for the page that begins at `start`, or empty after the last."""
    if start >= total:
        return ""
    return base64.urlsafe_b64encode(f"{start}:{int(now()) + 900}:{random_code('', 8)}".encode()).decode()


def page_start(call: Call) -> int:
    """Where the requested page begins.

    Raises:
        RefusedError: 400 for a token that is wrong or older than 15 minutes.
    """
    value = call.query.get("next_page_token")
    if not value:
        return 0
    try:
        start, expires, _ = base64.urlsafe_b64decode(value).decode().split(":")
        if int(expires) >= now():
            return int(start)
    except (ValueError, binascii.Error):
        pass
    raise refusal(400, 300, "The next page token is invalid or expired.")
