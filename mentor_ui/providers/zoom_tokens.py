"""Zoom's server-to-server access token: one per process, kept until shortly before it ends."""

from __future__ import annotations

import threading
import time
from typing import Final

from mentor_ui.providers.errors import ProviderError, ProviderMisconfigured, ProviderThrottled
from mentor_ui.providers.http import JsonApi, Reply
from mentor_ui.providers.replies import JsonObject, required_text, text, whole_number

ZOOM: Final = "Zoom"
_REFRESH_EARLY_SECONDS: Final = 300.0
_USUAL_LIFE_SECONDS: Final = 3600


class ZoomTokens:
    """Hands out the access token. All threads share one, because a new token may end the older.

    Args:
        account_id: Of the server-to-server app.
        client_id: Of the server-to-server app.
        client_secret: Of the server-to-server app.
        oauth_url: Address of the token endpoint.
        timeout_seconds: Longest wait for an answer.
    """

    def __init__(
        self, *, account_id: str, client_id: str, client_secret: str, oauth_url: str, timeout_seconds: float
    ) -> None:
        self._form = {"grant_type": "account_credentials", "account_id": account_id}
        self._credentials = (client_id, client_secret)
        self._api = JsonApi(ZOOM, oauth_url, judge=_judge, timeout_seconds=timeout_seconds)
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def current(self) -> str:
        """Return a token with some life left, asking for one when there is none.

        Raises:
            ProviderMisconfigured: The account or its secret was refused.
            ProviderError: See `mentor_ui.providers.errors`.
        """
        with self._lock:
            if not self._token or time.time() >= self._good_until:
                self._renew()
            return self._token

    def replace(self, refused: str) -> str:
        """Return a token other than the refused one; another thread may have renewed it already."""
        with self._lock:
            if self._token == refused:
                self._renew()
            return self._token

    def close(self) -> None:
        """Close the connections of this process."""
        self._api.close()

    def _renew(self) -> None:
        self._token = ""
        asked_at = time.time()
        # Asking for a token changes no meeting, so it may be repeated though it is a POST.
        token, life = self._api.call(
            "POST", "", _parse, form=self._form, basic_auth=self._credentials, repeatable=True
        )
        self._token = token
        self._good_until = asked_at + life - min(_REFRESH_EARLY_SECONDS, life / 2)


def _parse(body: JsonObject) -> tuple[str, int]:
    life = whole_number(body.get("expires_in"))
    return required_text(body, "access_token"), _USUAL_LIFE_SECONDS if life is None else life


def _judge(reply: Reply) -> ProviderError | None:
    """Sort a token answer; its errors are `{reason, error}`."""
    if reply.status < 400:
        return None
    reason = text(reply.body.get("reason")) or text(reply.body.get("error")) or f"HTTP {reply.status}"
    if reply.status == 429:
        wait = whole_number(reply.headers.get("retry-after"))
        return ProviderThrottled(ZOOM, reason, retry_after_seconds=None if wait is None else float(wait))
    if not reply.readable:
        return None
    return ProviderMisconfigured(ZOOM, f"ZOOM_ACCOUNT_ID, _CLIENT_ID or _CLIENT_SECRET was refused: {reason}")
