"""Fetching a calendar from an address that somebody typed, without being led to anywhere private.

Every connection goes through `CheckedNetwork`: it resolves the name once, refuses the answer unless all of it
is public, and connects to the very address it checked. So neither a redirect nor a name whose answer changes
can lead into our own networks. All of it, with redirects and decompression, has one limit of time and one of
size.
"""

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import httpcore
import httpx

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.providers.public_networks import CheckedNetwork, Resolver, resolve

MOST_BYTES: Final = 8 * 1024 * 1024
LONGEST_SECONDS: Final = 20.0
MOST_REDIRECTS: Final = 4
LONGEST_ADDRESS: Final = 2_000
_PORTS: Final = frozenset({443, 8443})
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A calendar file, and what to ask with next time.

    Attributes:
        body: None when it is the same as last time.
        etag: Of this answer; empty when the server gave none.
        last_modified: The same as a date, as the server wrote it.
    """

    body: bytes | None
    etag: str = ""
    last_modified: str = ""


class AddressFetcher:
    """Fetches calendar files. Shared by all threads; no connection outlives its fetch.

    Args:
        own_stand_in: Begin of addresses that may lie on this machine: the sandbox's; empty for none.
        longest_seconds: For everything from the first look-up to the last byte.
        most_bytes: Of the file as it is after decompression.
        resolver: Answers names with addresses; the system's unless a test says otherwise.
        trust: Certificates that are trusted; the usual ones unless a test says otherwise.
        system: What opens the connections, to addresses that were checked.
    """

    def __init__(
        self,
        *,
        own_stand_in: str = "",
        longest_seconds: float = LONGEST_SECONDS,
        most_bytes: int = MOST_BYTES,
        resolver: Resolver = resolve,
        trust: ssl.SSLContext | None = None,
        system: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._own_stand_in = f"{own_stand_in}/" if own_stand_in else ""
        self._longest_seconds = longest_seconds
        self._most_bytes = most_bytes
        self._resolver = resolver
        self._trust = trust
        self._system = system

    def fetch(self, address: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Fetch a calendar file.

        Args:
            address: As it was linked.
            etag: Of the last answer.
            last_modified: Of the last answer.

        Raises:
            CalendarTrouble: It cannot be reached, must not be, or is no calendar.
        """
        until = time.monotonic() + self._longest_seconds
        headers = {"User-Agent": "mentor/0.1 (calendar)", "Accept": "text/calendar, */*;q=0.1"}
        headers["Accept-Encoding"] = "gzip"
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        url = self._checked(address)
        try:
            for _ in range(MOST_REDIRECTS + 1):
                found = self._ask(url, headers, until)
                if isinstance(found, Fetched):
                    return found
                url = self._checked(found)
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise CalendarTrouble("This address takes too long to answer.") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as error:
            raise CalendarTrouble("This address cannot be reached.") from error
        raise CalendarTrouble("This address sends us round in circles.")

    def _checked(self, address: str) -> httpx.URL:
        return checked_address(address, own_stand_in=self._own_stand_in)

    def _ask(self, url: httpx.URL, headers: dict[str, str], until: float) -> Fetched | str:
        """Ask one host; return where it sends us instead when it does."""
        is_own = bool(self._own_stand_in) and str(url).startswith(self._own_stand_in)
        network = CheckedNetwork(self._resolver, until, anywhere=is_own, system=self._system)
        with (
            httpcore.ConnectionPool(ssl_context=self._trust, network_backend=network) as pool,
            pool.stream(
                "GET", str(url), headers=list(headers.items()), extensions={"timeout": {"pool": 1.0}}
            ) as response,
        ):
            fields = httpx.Headers(response.headers)
            if response.status in {301, 302, 303, 307, 308} and "location" in fields:
                return str(url.join(fields["location"]))
            if response.status == 304 and ("If-None-Match" in headers or "If-Modified-Since" in headers):
                return Fetched(None, headers.get("If-None-Match", ""), headers.get("If-Modified-Since", ""))
            _refuse_status(response.status)
            body = self._body(response.iter_stream(), fields)
        _refuse_other_things(body, fields.get("content-type", ""))
        return Fetched(body, _kept(fields.get("etag"), 300), _kept(fields.get("last-modified"), 80))

    def _body(self, chunks: Iterable[bytes], fields: httpx.Headers) -> bytes:
        encoding = fields.get("content-encoding", "identity").strip().lower()
        if encoding not in {"identity", "gzip", "x-gzip", ""}:
            raise CalendarTrouble("This address answers in a form that we cannot unpack.")
        plain = _unpacked(chunks) if "gzip" in encoding else chunks
        body = bytearray()
        for chunk in plain:
            body += chunk
            if len(body) > self._most_bytes:
                megabytes = self._most_bytes // 1024**2
                raise CalendarTrouble(f"This calendar is larger than {megabytes} MB. Link a smaller one.")
        return bytes(body)


def checked_address(address: str, *, own_stand_in: str = "") -> httpx.URL:
    """Return an address that may be asked for; where its name leads is checked when it is connected to.

    Args:
        address: With `https://`, or with `webcal://` for the same.
        own_stand_in: Begin of addresses that may be anything; empty for none.

    Raises:
        CalendarTrouble: It is none that we would ask.
    """
    address = address.strip()
    if own_stand_in and address.startswith(own_stand_in):
        return httpx.URL(address)
    scheme, separator, rest = address.partition("://")
    if scheme.lower() in {"webcal", "webcals"}:
        address = f"https{separator}{rest}"
    if len(address) > LONGEST_ADDRESS:
        raise CalendarTrouble("This address is too long.")
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise CalendarTrouble("This is not a web address. It begins with https:// or webcal://.") from error
    if url.scheme != "https" or not url.host:
        raise CalendarTrouble("Use an address that begins with https:// or webcal://.")
    if url.userinfo:
        raise CalendarTrouble("Leave the name and password out of the address.")
    if (url.port or 443) not in _PORTS:
        raise CalendarTrouble("Use an address without a port of its own.")
    return url


def _kept(field: str | None, length: int) -> str:
    """Return what to ask with next time; a part of a mark would be another mark."""
    return field if field and len(field) <= length else ""


def _refuse_status(status: int) -> None:
    match status:
        case 200:
            return
        case 401 | 403:
            words = "This address asks for a password. Use the calendar's secret or published address."
        case 404 | 410:
            words = "There is no calendar at this address. Copy it anew from your calendar."
        case 429:
            words = "This address wants to be asked less often. We try again later."
        case _:
            words = f"This address answers with an error ({status})."
    raise CalendarTrouble(words)


def _refuse_other_things(body: bytes, content_type: str) -> None:
    """Look into the file itself: many servers call calendars something else."""
    begin = body[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if begin.startswith(b"begin:vcalendar"):
        return
    if b"<html" in begin or b"<!doctype" in begin or "html" in content_type.lower():
        raise CalendarTrouble("This address answers with a web page, not a calendar.")
    raise CalendarTrouble("This address answers with something that is not a calendar.")


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip in bounded pieces, so that a small answer cannot become a huge one at once."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                yield unpacker.decompress(rest, _CHUNK)
                rest = unpacker.unconsumed_tail
        yield unpacker.flush()
        if not unpacker.eof:
            raise CalendarTrouble("This calendar came only in part: its end is missing.")
    except zlib.error as error:
        raise CalendarTrouble("This address answers in a form that we cannot unpack.") from error
