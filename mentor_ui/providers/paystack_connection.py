"""The connection to Paystack: its envelope, its key, and both ways in which its lists are paged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

from mentor_ui.providers.errors import ProviderUnavailable
from mentor_ui.providers.http import JsonApi
from mentor_ui.providers.paystack_wire import PAGE_SIZE, PAYSTACK, judge, next_turn
from mentor_ui.providers.replies import JsonObject, UnreadableReplyError, json_object, json_objects

Parsed = TypeVar("Parsed")

CURRENCY: Final = "NGN"
_MOST_PAGES: Final = 10_000


class PaystackConnection:
    """What every group of calls goes through.

    Args:
        secret_key: `sk_test_…` or `sk_live_…`; it alone decides between test and live.
        base_url: Where Paystack, or a stand-in, answers.
        timeout_seconds: Longest wait for an answer.
    """

    def __init__(
        self, *, secret_key: str, base_url: str = "https://api.paystack.co", timeout_seconds: float = 10.0
    ) -> None:
        self._headers = {"Authorization": f"Bearer {secret_key}"}
        self._api = JsonApi(PAYSTACK, base_url, judge=judge, timeout_seconds=timeout_seconds)

    def close(self) -> None:
        """Close the connections of this process."""
        self._api.close()

    def _call(
        self,
        method: str,
        path: str,
        parse: Callable[[JsonObject], Parsed],
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        repeatable: bool | None = None,
    ) -> Parsed:
        return self._api.call(
            method, path, parse, params=params, json=json, headers=self._headers, repeatable=repeatable
        )

    def _pages(
        self, path: str, params: Mapping[str, str], parse: Callable[[JsonObject], Parsed]
    ) -> Iterator[Parsed]:
        """Yield the entries of a list through both paging modes; `meta` says which one answered."""

        def read(body: JsonObject) -> tuple[list[Parsed], JsonObject]:
            if not isinstance(body.get("data"), list):
                raise UnreadableReplyError("no list in data")
            return [parse(entry) for entry in json_objects(body["data"])], json_object(body.get("meta"))

        turn: dict[str, str] = {}
        turns: set[str] = set()
        while True:
            query = {**params, "perPage": str(PAGE_SIZE), **turn}
            entries, meta = self._call("GET", path, read, params=query)
            yield from entries
            turn = next_turn(meta, len(entries))
            if not turn:
                return
            if str(turn) in turns or len(turns) >= _MOST_PAGES:
                raise ProviderUnavailable(PAYSTACK, f"the pages of {path} go in circles")
            turns.add(str(turn))


def data_of(parse: Callable[[JsonObject], Parsed]) -> Callable[[JsonObject], Parsed]:
    """Lift a reader of `data` to a reader of the envelope."""

    def parse_envelope(body: JsonObject) -> Parsed:
        data = body.get("data")
        if not isinstance(data, dict):
            raise UnreadableReplyError("no object in data")
        return parse(json_object(body.get("data")))

    return parse_envelope
