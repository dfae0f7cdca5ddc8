"""Sign-in and consent of Google and Microsoft accounts: codes with PKCE, tokens, rotation, revoking."""

import base64
import hashlib
import hmac
import secrets
from html import escape
from typing import Final
from urllib.parse import urlencode

from starlette.responses import JSONResponse, RedirectResponse, Response

from mentor_ui.sandbox.account_calendars import open_account
from mentor_ui.sandbox.markup import CHECKOUT_CSS, page
from mentor_ui.sandbox.wire import Call, Json, RefusedError, Sandbox, now

GOOGLE: Final = "google"
MICROSOFT: Final = "microsoft"

ACCOUNTS: Final = {
    GOOGLE: ("tutor@gmail.test", "mentor@gmail.test"),
    MICROSOFT: ("tutor@work.test", "tutor@outlook.test"),
}
"""Which accounts the page offers. `@outlook.test` is a personal one."""

_NAMES: Final = {GOOGLE: "Google", MICROSOFT: "Microsoft"}
_CODE_SECONDS: Final = 600
_ACCESS_SECONDS: Final = 3599
_FOR_EVER: Final = 10**11


def show(sandbox: Sandbox, call: Call) -> Response:
    """The page on which an account's owner is asked."""
    provider = _provider(call)
    query = call.query
    if not hmac.compare_digest(query.get("client_id", ""), _client(sandbox, provider)[0]):
        return _message(provider, "The application's client id is unknown.")
    if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
        return _message(provider, "Invalid request: response_type=code and PKCE by S256 are asked for.")
    if not query.get("redirect_uri", "").startswith(("http://", "https://")):
        return _message(provider, "redirect_uri_mismatch")
    hinted = query.get("login_hint", "")
    accounts = dict.fromkeys((*((hinted,) if hinted else ()), *ACCOUNTS[provider]))
    options = "".join(
        '<label class="option">'
        f'<input type="radio" name="account" value="{escape(account)}"{" checked" if index == 0 else ""}>'
        f"<span><b>{escape(account)}</b></span></label>"
        for index, account in enumerate(accounts)
    )
    name, merchant = _NAMES[provider], escape(sandbox.config.business_name)
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in query.get("scope", "").split())
    action = escape(f"{sandbox.config.public_path}{_path(provider)}?{query}")
    body = f"""<aside class="notice">Sandbox: no real account</aside>
<main><div class="sheet"><header><h1 class="merchant"><i aria-hidden="true">{name[0]}</i>{name}</h1></header>
<form method="post" action="{action}">
<fieldset><legend>{merchant} asks for access to an account</legend>{options}</fieldset>
<details><summary>What it asks for</summary><ul>{scopes}</ul></details><p></p>
<button class="pay" name="answer" value="allow">Allow</button>
<button class="plain" name="answer" value="deny">Deny</button>
</form></div><p class="foot">A stand-in for the account's own page</p></main>"""
    return page(f"Sign in · {name}", CHECKOUT_CSS, body)


def answer(sandbox: Sandbox, call: Call) -> Response:
    """The buttons of the page: back to the application with a code, or with a refusal."""
    provider, query, form = _provider(call), call.query, call.form()
    if form.get("answer") != "allow":
        return _back(
            query.get("redirect_uri", ""), {"error": "access_denied", "state": query.get("state", "")}
        )
    account = form.get("account") or ACCOUNTS[provider][0]
    open_account(sandbox, provider, account)
    code = secrets.token_urlsafe(32)
    sandbox.store.run(
        "INSERT INTO account_codes (code, provider, account, redirect_uri, challenge, is_offline, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        code,
        provider,
        account,
        query.get("redirect_uri", ""),
        query.get("code_challenge", ""),
        int(query.get("access_type") == "offline" or "offline_access" in query.get("scope", "").split()),
        now() + _CODE_SECONDS,
    )
    return _back(query.get("redirect_uri", ""), {"code": code, "state": query.get("state", "")})


def token(sandbox: Sandbox, call: Call) -> Response:
    """The token endpoint, for codes and refresh tokens."""
    provider, form = _provider(call), call.form()
    client_id, client_secret = _client(sandbox, provider)
    known = hmac.compare_digest(form.get("client_id", ""), client_id)
    if not known or not hmac.compare_digest(form.get("client_secret", ""), client_secret):
        raise RefusedError(401, {"error": "invalid_client", "error_description": "Unauthorized"})
    match form.get("grant_type"):
        case "authorization_code":
            account, is_offline = _spend_code(sandbox, provider, form)
            return _grant(sandbox, provider, account, with_refresh=is_offline)
        case "refresh_token":
            account = _account_of(sandbox, provider, form.get("refresh_token", ""), "refresh")
            if provider == MICROSOFT:
                # Stricter than the real one, which lets the older token live a while.
                sandbox.store.run("DELETE FROM account_tokens WHERE token = ?", form["refresh_token"])
            return _grant(sandbox, provider, account, with_refresh=provider == MICROSOFT)
        case _:
            raise RefusedError(400, {"error": "unsupported_grant_type"})


def revoke(sandbox: Sandbox, call: Call) -> Response:
    """`POST /revoke`: ends all of the account's tokens, as at Google."""
    account = _account_of(sandbox, GOOGLE, call.form().get("token", ""), "refresh")
    sandbox.store.run("DELETE FROM account_tokens WHERE provider = ? AND account = ?", GOOGLE, account)
    return JSONResponse({})


def guard(sandbox: Sandbox, call: Call) -> None:
    """Check the access token.

    Raises:
        RefusedError: 401 in the provider's shape.
    """
    account_of(sandbox, call)


def account_of(sandbox: Sandbox, call: Call) -> str:
    """Return the account that the access token is for.

    Raises:
        RefusedError: 401 in the provider's shape.
    """
    provider = _provider(call)
    value = call.headers.get("authorization", "").removeprefix("Bearer ").strip()
    row = sandbox.store.one(
        "SELECT * FROM account_tokens WHERE token = ? AND provider = ? AND kind = 'access'", value, provider
    )
    if row is None or row["expires_at"] <= now():
        raise refusal(provider, 401, "InvalidAuthenticationToken", "Invalid Credentials", "authError")
    return str(row["account"])


def refusal(provider: str, status: int, code: str, message: str, reason: str = "") -> RefusedError:
    """Return an error in the provider's shape."""
    if provider == MICROSOFT:
        body: Json = {"error": {"code": code, "message": message, "innerError": {}}}
    else:
        errors = [{"domain": "global", "reason": reason or code, "message": message}]
        body = {"error": {"code": status, "message": message, "errors": errors}}
    return RefusedError(status, body)


def rate_limited(provider: str) -> RefusedError:
    """Return a refusal for too many calls."""
    refused = refusal(provider, 429, "TooManyRequests", "Rate Limit Exceeded", "rateLimitExceeded")
    refused.headers = {"retry-after": "5"}
    return refused


def expire(sandbox: Sandbox, _call: Call) -> Response:
    """`POST /control/accounts/expire-tokens`: every access token given so far is now too old."""
    changed = sandbox.store.run("UPDATE account_tokens SET expires_at = ? WHERE kind = 'access'", now() - 1)
    return JSONResponse({"expired": changed})


def end_grants(sandbox: Sandbox, _call: Call) -> Response:
    """`POST /control/accounts/end-grants`: every owner takes back what they allowed."""
    return JSONResponse({"ended": sandbox.store.run("DELETE FROM account_tokens")})


def _provider(call: Call) -> str:
    return call.route.split(".", 1)[0]


def _path(provider: str) -> str:
    return "/google/o/oauth2/v2/auth" if provider == GOOGLE else "/microsoft/oauth2/v2.0/authorize"


def _client(sandbox: Sandbox, provider: str) -> tuple[str, str]:
    config = sandbox.config
    if provider == GOOGLE:
        return config.google_client_id, config.google_client_secret
    return config.microsoft_client_id, config.microsoft_client_secret


def _spend_code(sandbox: Sandbox, provider: str, form: dict[str, str]) -> tuple[str, bool]:
    row = sandbox.store.one(
        "SELECT * FROM account_codes WHERE code = ? AND provider = ?", form.get("code", ""), provider
    )
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    good = (
        row is not None
        and row["expires_at"] > now()
        and row["redirect_uri"] == form.get("redirect_uri")
        and hmac.compare_digest(row["challenge"], challenge)
    )
    if row is None or not good:
        raise RefusedError(400, {"error": "invalid_grant", "error_description": "Bad Request"})
    sandbox.store.run("DELETE FROM account_codes WHERE code = ?", row["code"])
    return str(row["account"]), bool(row["is_offline"])


def _account_of(sandbox: Sandbox, provider: str, value: str, kind: str) -> str:
    row = sandbox.store.one(
        "SELECT account FROM account_tokens WHERE token = ? AND provider = ? AND kind = ?",
        value,
        provider,
        kind,
    )
    if row is None:
        message = "Token has been expired or revoked."
        raise RefusedError(400, {"error": "invalid_grant", "error_description": message})
    return str(row["account"])


def _grant(sandbox: Sandbox, provider: str, account: str, *, with_refresh: bool) -> Response:
    access = secrets.token_urlsafe(40)
    ends_at = now() + _ACCESS_SECONDS
    _keep(sandbox, access, provider=provider, account=account, kind="access", expires_at=ends_at)
    reply: Json = {"access_token": access, "token_type": "Bearer", "expires_in": _ACCESS_SECONDS, "scope": ""}
    if with_refresh:
        reply["refresh_token"] = secrets.token_urlsafe(60)
        refresh: str = reply["refresh_token"]
        _keep(sandbox, refresh, provider=provider, account=account, kind="refresh", expires_at=_FOR_EVER)
    return JSONResponse(reply)


def _keep(sandbox: Sandbox, value: str, *, provider: str, account: str, kind: str, expires_at: float) -> None:
    sandbox.store.run(
        "INSERT INTO account_tokens (token, provider, account, kind, expires_at) VALUES (?, ?, ?, ?, ?)",
        value,
        provider,
        account,
        kind,
        expires_at,
    )


def _back(redirect_uri: str, query: dict[str, str]) -> Response:
    return RedirectResponse(f"{redirect_uri}?{urlencode(query)}", 303)


def _message(provider: str, text: str) -> Response:
    body = f"""<aside class="notice">Sandbox: no real account</aside>
<main><div class="sheet"><div class="body">
<h1>{_NAMES[provider]} cannot ask for access</h1><p>{escape(text)}</p></div></div></main>"""
    return page("Error 400", CHECKOUT_CSS, body, 400)
