"""What the clients of Google's and Microsoft's calendars share: tokens, calls, errors told apart."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.providers.calendars import Grant
from mentor_ui.providers.errors import AccessRefused, ProviderError, ProviderRejected, ProviderThrottled
from mentor_ui.providers.http import JsonApi, Reply
from mentor_ui.providers.oauth import OAuthApp, OAuthTokens
from mentor_ui.providers.replies import JsonObject, UnreadableReplyError, whole_number

Parsed = TypeVar("Parsed")

GONE: Final = frozenset({404, 410})


class AccountClient:
    """Tokens and calls of one provider of calendars. Safe to share between threads.

    Args:
        provider: Name for messages.
        app: Our registration.
        api_url: Where the API, or a stand-in, answers.
        judge: Says which error a reply below 500 stands for.
        timeout_seconds: Longest wait for an answer.
        headers: Sent with every call.
    """

    def __init__(
        self,
        provider: str,
        app: OAuthApp,
        api_url: str,
        *,
        judge: Callable[[Reply], ProviderError | None],
        timeout_seconds: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._tokens = OAuthTokens(provider, app, timeout_seconds=timeout_seconds)
        self._api = JsonApi(provider, api_url, judge=judge, timeout_seconds=timeout_seconds)
        self._headers = dict(headers or {})

    def close(self) -> None:
        """Close the connections of this process."""
        self._tokens.close()
        self._api.close()

    def exchange(self, *, code: str, code_verifier: str, redirect_uri: str) -> Grant:
        """Turn the code of the owner's answer into tokens."""
        return self._tokens.exchange(code=code, code_verifier=code_verifier, redirect_uri=redirect_uri)

    def refresh(self, refresh_token: str) -> Grant:
        """Get a new access token, and a new refresh token where they rotate."""
        return self._tokens.refresh(refresh_token)

    def _call(
        self,
        method: str,
        path: str,
        access_token: str,
        parse: Callable[[JsonObject], Parsed],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> Parsed:
        """Send one request; every one of ours has the same effect when it is sent twice."""
        headers = {"Authorization": f"Bearer {access_token}", **self._headers}
        return self._api.call(method, path, parse, params=params, json=json, headers=headers, repeatable=True)

    def _delete(self, path: str, access_token: str) -> None:
        """Delete something; what is gone already is as good."""
        try:
            self._call("DELETE", path, access_token, nothing)
        except ProviderRejected as error:
            if error.http_status not in GONE:
                raise


def refusal(provider: str, reply: Reply, reason: str, *, is_limit: bool = False) -> ProviderError | None:
    """Sort an answer below 500; None for a success, and for one that is unreadable.

    Args:
        provider: Name for messages.
        reply: The answer.
        reason: The provider's own word for what is the matter.
        is_limit: Whether that word stands for too many calls.
    """
    if reply.status < 400:
        return None
    if reply.status == 401:
        return AccessRefused(provider, "the access token was refused")
    if reply.status == 429 or is_limit:
        wait = whole_number(reply.headers.get("retry-after"))
        return ProviderThrottled(provider, reason, retry_after_seconds=None if wait is None else float(wait))
    if not reply.readable:
        return None
    return ProviderRejected(provider, reason, code=reason or "unknown", http_status=reply.status)


def in_words(error: ProviderRejected) -> Exception:
    """Return what a refused call means for the owner of a calendar; the refusal itself for anything else."""
    if error.http_status in GONE or error.http_status == 403:
        return CalendarTrouble("A calendar that you chose is gone, or no longer open to us. Choose again.")
    return error


def nothing(_body: JsonObject) -> None:
    """Read an answer that says no more than yes."""


def listing(name: str) -> Callable[[JsonObject], JsonObject]:
    """Return what reads a page of things.

    Args:
        name: Of the field that has to hold their list.
    """

    def read(body: JsonObject) -> JsonObject:
        if not isinstance(body.get(name), list):
            raise UnreadableReplyError(f"no list in {name}")
        return body

    return read
