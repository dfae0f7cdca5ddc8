"""JSON over HTTP, shared by the clients: timeouts, one connection pool per process, errors told apart."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx
import stamina

from mentor_ui.metrics import provider_call
from mentor_ui.providers.errors import ProviderError, ProviderThrottled, ProviderUnavailable
from mentor_ui.providers.replies import JsonObject, UnreadableReplyError, parse_object

Parsed = TypeVar("Parsed")

_ATTEMPTS: Final = 3
_ATTEMPTS_END_SECONDS: Final = 15.0
_LONGEST_POLITE_WAIT_SECONDS: Final = 2.0
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer with its JSON already read.

    Attributes:
        status: HTTP status, below 500.
        headers: Header fields, names in any case.
        body: The JSON object; empty when there was no body or it was something else.
        readable: False when there was a body and it was no JSON object.
    """

    status: int
    headers: httpx.Headers
    body: JsonObject
    readable: bool


class JsonApi:
    """A JSON service at one base address. Safe to share between threads and to make before a fork.

    Args:
        provider: Name for error messages.
        base_url: Address that every path is appended to.
        judge: Says which error a reply below 500 stands for, or None when it is a success or unreadable.
        timeout_seconds: Longest wait for each piece of the answer; connecting gets at most 5 s.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        judge: Callable[[Reply], ProviderError | None],
        timeout_seconds: float,
    ) -> None:
        self._provider = provider
        self._base_url = base_url.rstrip("/")
        self._judge = judge
        self._timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, 5.0))
        self._lock = threading.Lock()
        self._owner_pid = 0
        self._client: httpx.Client | None = None

    def call(
        self,
        method: str,
        path: str,
        parse: Callable[[JsonObject], Parsed],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic_auth: tuple[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Parsed:
        """Send one request and read its answer.

        Args:
            method: HTTP method.
            path: Path below the base address, already percent-encoded.
            parse: Reads the body; raises `UnreadableReplyError` when it means nothing.
            params: Query.
            json: Body as JSON.
            form: Body as a form, instead of `json`.
            headers: Further header fields.
            basic_auth: User and password for HTTP Basic.
            repeatable: Whether sending it twice is the same as once. Such requests are tried up to three
                times. None means that only a GET is.

        Raises:
            ProviderUnavailable: Network, timeout, 5xx or an unreadable answer.
            ProviderError: Whatever `judge` made of the reply.
        """
        again = method == "GET" if repeatable is None else repeatable

        def once() -> Parsed:
            client = self._http()
            request = client.build_request(
                method, self._base_url + path, params=params, json=json, data=form, headers=headers
            )
            with provider_call(self._provider):
                reply = self._send(client, request, basic_auth, effect_unknown=not again)
            if (error := self._judge(reply)) is not None:
                raise error
            if reply.status >= 300 or not reply.readable:
                raise self._nonsense(f"HTTP {reply.status} with a body that is not its own", again=again)
            try:
                return parse(reply.body)
            except UnreadableReplyError as error:
                raise self._nonsense(str(error), again=again) from error

        if not again:
            return once()
        # A context and not a decorated call: stamina logs the arguments of calls, and ours hold tokens.
        for attempt in stamina.retry_context(
            on=_wait_before_retry,
            attempts=_ATTEMPTS,
            timeout=_ATTEMPTS_END_SECONDS,
            wait_initial=0.2,
            wait_max=1.0,
            wait_jitter=0.2,
        ):
            with attempt:
                return once()
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        """Close this process's connections. A later call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
            if client is not None and self._owner_pid == os.getpid():
                client.close()

    def _http(self) -> httpx.Client:
        with self._lock:
            if self._client is None or self._owner_pid != os.getpid():
                # A pool inherited through a fork shares its sockets with the parent: leave it alone.
                self._owner_pid = os.getpid()
                self._client = httpx.Client(
                    timeout=self._timeout,
                    headers={"User-Agent": "mentor/0.1", "Accept": "application/json"},
                    # A proxy named in the environment has no road to this machine's own loopback.
                    trust_env=httpx.URL(self._base_url).host not in _LOOPBACK,
                )
            return self._client

    def _send(
        self,
        client: httpx.Client,
        request: httpx.Request,
        basic_auth: tuple[str, str] | None,
        *,
        effect_unknown: bool,
    ) -> Reply:
        try:
            response = client.send(request, auth=basic_auth)
        except _NEVER_SENT as error:
            raise ProviderUnavailable(self._provider, f"could not be reached ({_name(error)})") from error
        except httpx.HTTPError as error:
            raise ProviderUnavailable(
                self._provider, f"gave no full answer ({_name(error)})", effect_unknown=effect_unknown
            ) from error
        body = parse_object(response.content) if response.content else {}
        if response.status_code >= 500 or response.status_code == 408:
            raise ProviderUnavailable(
                self._provider, f"answered HTTP {response.status_code}", effect_unknown=effect_unknown
            )
        return Reply(response.status_code, response.headers, body or {}, body is not None)

    def _nonsense(self, what: str, *, again: bool) -> ProviderUnavailable:
        return ProviderUnavailable(self._provider, f"unreadable answer: {what}", effect_unknown=not again)


def _wait_before_retry(error: Exception) -> bool | float:
    """Say whether a repeatable request should be tried again soon, or after how many seconds."""
    if isinstance(error, ProviderUnavailable):
        return True
    if isinstance(error, ProviderThrottled):
        wait = error.retry_after_seconds
        if wait is None:
            return True
        return wait if wait <= _LONGEST_POLITE_WAIT_SECONDS else False
    return False


def _name(error: Exception) -> str:
    return type(error).__name__
