"""Connecting to the public internet only, wherever a name or a redirect leads."""

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from ssl import SSLContext
from typing import Any, Final, TypeAlias

import httpcore

from mentor_ui.domain.busy_times import CalendarTrouble

Resolver: TypeAlias = Callable[[str, int], list[str]]
"""Answers a host's name and port with all its addresses."""

# Every assigned address of the public internet lies in the first; these parts of it are for other purposes.
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, with Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which wraps an IPv4 address
        "3fff::/20",  # documentation
    )
)
_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
_NOT_PUBLIC_4: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4")
)


def is_public(address: str) -> bool:
    """Return whether an IP address is of the public internet, also inside NAT64 and mapped forms."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in _TRANSLATED:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        return found in _GLOBAL_UNICAST and not any(found in network for network in _NOT_PUBLIC)
    return found.is_global and not found.is_multicast and not any(found in net for net in _NOT_PUBLIC_4)


def resolve(host: str, port: int) -> list[str]:
    """Return all addresses of a host, as the system answers.

    Raises:
        OSError: There are none.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in answers))


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to public addresses only, and to nothing after a moment.

    Args:
        resolver: Answers names; asked once for each connection.
        until: On the monotonic clock; no wait goes beyond it.
        anywhere: Whether this one connection may lead to this machine.
        system: What opens the connections.
    """

    def __init__(
        self,
        resolver: Resolver,
        until: float,
        *,
        anywhere: bool = False,
        system: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._resolver = resolver
        self._until = until
        self._anywhere = anywhere
        self._system = system or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, check, and connect to what was checked.

        Raises:
            CalendarTrouble: The name leads, in whatever part, to an address that is not public.
            TimeoutError: The time is over.
        """
        del timeout
        addresses = [host] if self._anywhere else self._resolver(host, port)
        if not self._anywhere and not all(is_public(address) for address in addresses):
            raise CalendarTrouble(
                "This address leads to a private network. Use the one that your calendar gives to the public."
            )
        failure: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError(
            f"no address: {host}"
        )
        for address in addresses:
            try:
                stream = self._system.connect_tcp(
                    address, port, min(5.0, time_left(self._until)), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._until)
        raise failure


class _TimedStream(httpcore.NetworkStream):
    """A connection on which nothing waits beyond a moment, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, time_left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, time_left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        del timeout
        secured = self._stream.start_tls(ssl_context, server_hostname, time_left(self._until))
        return _TimedStream(secured, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def time_left(until: float) -> float:
    """Return the seconds until a moment of the monotonic clock.

    Raises:
        TimeoutError: It has passed.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
