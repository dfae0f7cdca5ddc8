"""Whose word about the visitor's address and scheme counts."""

import asyncio
from typing import Any

import pytest

from mentor_ui.web.proxies import behind_proxies

TRUSTED = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]


def seen(client: str, forwarded: str | None = None, proto: str | None = None, kind: str = "http") -> Any:
    """What the application within sees: address and scheme."""
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded is not None else []
    headers += [(b"x-forwarded-proto", proto.encode())] if proto is not None else []
    scope = {
        "type": kind,
        "client": (client, 1),
        "headers": headers,
        "scheme": "ws" if kind == "websocket" else "http",
    }
    found: list[Any] = []

    async def within(scope: Any, _receive: Any, _send: Any) -> None:
        found.append((scope["client"][0], scope["scheme"]))

    asyncio.run(behind_proxies(within, TRUSTED)(scope, None, None))  # type: ignore[arg-type]
    return found[0]


@pytest.mark.parametrize(
    ("client", "forwarded", "expected"),
    [
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),  # no proxy of ours: nothing it says counts
        ("10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("10.1.2.3", "1.1.1.1, 198.51.100.1", "198.51.100.1"),  # the left one anybody can have sent
        ("10.1.2.3", "198.51.100.1, 10.9.9.9, 192.0.2.7", "198.51.100.1"),
        ("10.1.2.3", "10.9.9.9", "10.9.9.9"),  # a machine of our own asks
        ("::ffff:10.1.2.3", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::1", "2001:ffff::1", "2001:ffff::1"),
        ("10.1.2.3", None, "10.1.2.3"),
        ("10.1.2.3", " , ", "10.1.2.3"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_visitor_s_address(client: str, forwarded: str | None, expected: str) -> None:
    assert seen(client, forwarded)[0] == expected


@pytest.mark.parametrize(
    ("client", "proto", "kind", "expected"),
    [
        ("10.1.2.3", "https", "http", "https"),
        ("10.1.2.3", "https", "websocket", "wss"),
        ("203.0.113.5", "https", "http", "http"),
        ("10.1.2.3", "gopher", "http", "http"),
    ],
)
def test_the_visitor_s_scheme(client: str, proto: str, kind: str, expected: str) -> None:
    assert seen(client, "198.51.100.1", proto, kind)[1] == expected
