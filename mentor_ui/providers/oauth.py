"""The authorization-code flow with PKCE (RFC 6749, RFC 7636), as Google and Microsoft speak it."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from mentor_ui.providers.calendars import Grant
from mentor_ui.providers.errors import (
    GrantEnded,
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
)
from mentor_ui.providers.http import JsonApi, Reply
from mentor_ui.providers.replies import JsonObject, required_text, text, whole_number

_USUAL_LIFE_SECONDS: Final = 3600
_CLIENT_ERRORS: Final = frozenset({"invalid_client", "unauthorized_client", "redirect_uri_mismatch"})


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """How our application is registered with a provider.

    Attributes:
        authorize_url: Where the account's owner is asked.
        token_url: Where codes and refresh tokens are turned into tokens.
        scopes: What we ask for.
    """

    client_id: str
    client_secret: str
    authorize_url: str
    token_url: str
    scopes: tuple[str, ...]


class OAuthTokens:
    """Asks for tokens. Safe to share between threads.

    Args:
        provider: Name for messages.
        app: Our registration.
        timeout_seconds: Longest wait for an answer.
    """

    def __init__(self, provider: str, app: OAuthApp, *, timeout_seconds: float) -> None:
        self._provider = provider
        self._app = app
        self._api = JsonApi(provider, app.token_url, judge=self._judge, timeout_seconds=timeout_seconds)

    def authorization_url(
        self, *, redirect_uri: str, state: str, code_challenge: str, more: Mapping[str, str]
    ) -> str:
        """Return where the account's owner is asked."""
        query = {
            "response_type": "code",
            "client_id": self._app.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._app.scopes),
            "state": state,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
            **{name: value for name, value in more.items() if value},
        }
        return f"{self._app.authorize_url}?{urlencode(query)}"

    def exchange(self, *, code: str, code_verifier: str, redirect_uri: str) -> Grant:
        """Turn a code into tokens; a code is good once.

        Raises:
            GrantEnded: The code is not good.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": code_verifier,
            "redirect_uri": redirect_uri,
        }
        return self._ask(form, repeatable=False)

    def refresh(self, refresh_token: str) -> Grant:
        """Turn a refresh token into a new access token, and into a new refresh token where they rotate.

        Raises:
            GrantEnded: The owner, or time, has ended the connection.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh_token}, repeatable=True)

    def close(self) -> None:
        """Close the connections of this process."""
        self._api.close()

    def _ask(self, form: dict[str, str], *, repeatable: bool) -> Grant:
        own = {"client_id": self._app.client_id, "client_secret": self._app.client_secret}
        return self._api.call("POST", "", _grant, form={**form, **own}, repeatable=repeatable)

    def _judge(self, reply: Reply) -> ProviderError | None:
        """Sort an answer; errors are `{error, error_description}` (RFC 6749, 5.2)."""
        if reply.status < 400:
            return None
        code = text(reply.body.get("error"))
        if reply.status == 429:
            wait = whole_number(reply.headers.get("retry-after"))
            return ProviderThrottled(
                self._provider, "too many calls", retry_after_seconds=None if wait is None else float(wait)
            )
        if not code:
            return None
        # The description may hold what we sent, so only the code is told.
        if code == "invalid_grant":
            return GrantEnded(self._provider, code, code=code, http_status=reply.status)
        if code in _CLIENT_ERRORS:
            return ProviderMisconfigured(self._provider, f"the client id or secret was refused: {code}")
        return ProviderRejected(self._provider, code, code=code, http_status=reply.status)


def new_verifier() -> str:
    """Return a fresh PKCE verifier, or any other secret of 256 bits."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """Return the challenge of a verifier by the method S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _grant(body: JsonObject) -> Grant:
    life = whole_number(body.get("expires_in"))
    seconds = _USUAL_LIFE_SECONDS if life is None else life
    return Grant(
        required_text(body, "access_token"),
        text(body.get("refresh_token")),
        datetime.now(UTC) + timedelta(seconds=seconds),
    )
