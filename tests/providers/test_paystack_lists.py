"""The Paystack client and lists: by cursor, by number, that shift, end, break or go in circles."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mentor_ui.providers.errors import (
    ProviderUnavailable,
)
from mentor_ui.providers.paystack import PaystackClient
from tests.providers.samples import charge, paystack_ok
from tests.providers.scripted_server import Answer, ScriptedServer

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, tzinfo=UTC)


def numbered_pages(count: int) -> list[Answer]:
    return [
        Answer(
            body=paystack_ok(
                [charge(id=page * 2 + n) for n in (0, 1)],
                meta={"total": count * 2, "skipped": 0, "perPage": 100, "page": page, "pageCount": count},
            )
        )
        for page in range(1, count + 1)
    ]


def test_lists_are_followed_by_cursor(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(
        Answer(
            body=paystack_ok([charge(id=1)], meta={"next": "bmV4dDox", "previous": "null", "perPage": 100})
        ),
        Answer(body=paystack_ok([charge(id=2)], meta={"next": "bmV4dDoy", "previous": "x", "perPage": 100})),
        Answer(body=paystack_ok([charge(id=3)], meta={"next": None, "previous": "y", "perPage": 100})),
    )

    assert [found.id for found in paystack.list_transactions(MONDAY, TUESDAY)] == [1, 2, 3]

    queries = [parse_qs(urlsplit(asked.path).query) for asked in server.asked]
    assert queries[0] == {
        "from": ["2026-11-16T00:00:00Z"],
        "to": ["2026-11-17T00:00:00Z"],
        "use_cursor": ["true"],
        "perPage": ["100"],
    }
    assert [query.get("next") for query in queries] == [None, ["bmV4dDox"], ["bmV4dDoy"]]


def test_lists_are_followed_by_number(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(*numbered_pages(3))

    assert [found.id for found in paystack.list_transactions(MONDAY, TUESDAY)] == [2, 3, 4, 5, 6, 7]

    pages = [parse_qs(urlsplit(asked.path).query).get("page") for asked in server.asked]
    assert pages == [None, ["2"], ["3"]]


def test_a_transaction_pushed_onto_the_next_page_is_given_once(
    paystack: PaystackClient, server: ScriptedServer
) -> None:
    first, second = numbered_pages(2)
    second.body["data"].insert(0, first.body["data"][-1])
    server.will_answer(first, second)

    assert [found.id for found in paystack.list_transactions(MONDAY, TUESDAY)] == [2, 3, 4, 5]


@pytest.mark.parametrize("meta", [None, {}, {"next": "null"}, {"next": "", "previous": None}])
def test_a_list_without_a_next_page_ends(
    paystack: PaystackClient, server: ScriptedServer, meta: dict[str, Any] | None
) -> None:
    server.will_answer(Answer(body=paystack_ok([charge()], meta=meta)))
    assert len(list(paystack.list_transactions(MONDAY, TUESDAY))) == 1


def test_a_list_that_goes_in_circles_stops(paystack: PaystackClient, server: ScriptedServer) -> None:
    again = Answer(body=paystack_ok([charge()], meta={"next": "same"}))
    server.will_answer(*[again] * 5)
    with pytest.raises(ProviderUnavailable, match="circles"):
        list(paystack.list_transactions(MONDAY, TUESDAY))


def test_a_broken_page_does_not_pass_for_the_end(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(*[Answer(body=paystack_ok({"oops": 1}))] * 3)
    with pytest.raises(ProviderUnavailable, match="no list"):
        list(paystack.list_transactions(MONDAY, TUESDAY))
