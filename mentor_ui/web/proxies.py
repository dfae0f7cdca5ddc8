"""Whose word about the visitor counts: that of the proxies that the settings name."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network


def behind_proxies(app: ASGIApp, trusted: Sequence[str]) -> ASGIApp:
    """Wrap an application so that it sees visitors in the place of trusted proxies.

    From the right, the first address in X-Forwarded-For that is no trusted proxy's is the visitor's: what
    stands to its left anybody can have sent. X-Forwarded-Proto counts from a trusted proxy only.

    Args:
        app: The application within.
        trusted: Addresses and networks.
    """
    networks = [ip_network(words, strict=False) for words in trusted]

    async def forwarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and _is_of(networks, (scope.get("client") or ("",))[0]):
            scope = _as_told(scope, networks)
        await app(scope, receive, send)

    return forwarded


def _is_of(networks: Sequence[Network], address: str) -> bool:
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if known.version == 6 and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return any(known in network for network in networks)


def _as_told(scope: Scope, networks: Sequence[Network]) -> Scope:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    told = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
    addresses = [word.strip() for word in told.split(",") if word.strip()]
    visitor = next((word for word in reversed(addresses) if not _is_of(networks, word)), None)
    changed = dict(scope)
    if visitor is not None or addresses:
        changed["client"] = (visitor or addresses[0], 0)
    scheme = next((value for name, value in headers if name == b"x-forwarded-proto"), b"").decode("latin-1")
    if scheme in {"http", "https"}:
        changed["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
    return changed
