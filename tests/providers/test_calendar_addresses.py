"""Fetching a calendar from an address: wherever it leads, it leads nowhere private."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpcore
import pytest

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.providers.calendar_addresses import AddressFetcher, checked_address
from mentor_ui.providers.public_networks import CheckedNetwork, is_public
from tests.domain.test_calendar_files import file
from tests.providers.scripted_server import Answer, ScriptedServer

CALENDAR = file()
PUBLIC = "9.9.9.9"
CERTIFICATE = Path(__file__).with_name("localhost.pem")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("9.9.9.9", True),
        ("2620:fe::fe", True),
        ("64:ff9b::909:909", True),
        ("::ffff:9.9.9.9", True),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("169.254.169.254", False),
        ("172.16.0.1", False),
        ("192.0.0.1", False),
        ("192.0.2.1", False),
        ("192.88.99.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::127.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:a9fe:a9fe", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::1", False),
        ("100::1", False),
        ("2001::1", False),
        ("2001:db8::1", False),
        ("2002:7f00:1::", False),
        ("3fff::1", False),
        ("fc00::1", False),
        ("fd12::1", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("somewhere", False),
        ("", False),
    ],
)
def test_which_addresses_are_public(address: str, *, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "address",
    [
        "",
        "calendar",
        "http://calendar.test/a.ics",
        "ftp://calendar.test/a.ics",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https:///a.ics",
        "https://me:secret@calendar.test/a.ics",
        "webcal://me@calendar.test/a.ics",
        "https://calendar.test:22/a.ics",
        "https://calendar.test:99999/a.ics",
        "https://cal\nendar.test/",
        "https://calendar.test/" + "a" * 3000,
    ],
)
def test_addresses_that_are_never_asked(address: str) -> None:
    with pytest.raises(CalendarTrouble) as caught:
        checked_address(address)
    assert caught.value.words.endswith(".")


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "webcal", "WebCal", "webcals"])
def test_webcal_is_https(scheme: str) -> None:
    assert (
        str(checked_address(f" {scheme}://calendar.test/a.ics?key=1 ")) == "https://calendar.test/a.ics?key=1"
    )


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:127.0.0.1"], ["fd00::1"], ["169.254.169.254", PUBLIC]],
)
def test_a_name_that_leads_to_something_private_is_refused_before_connecting(answers: list[str]) -> None:
    system = LoopbackInstead(1)
    fetcher = AddressFetcher(resolver=lambda _host, _port: answers, system=system)
    with pytest.raises(CalendarTrouble, match="private network"):
        fetcher.fetch("https://calendar.test/a.ics")
    assert system.connected_to == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "0x7f.1", "0177.0.0.1", "localhost"])
def test_this_machine_is_refused_however_it_is_spelt(host: str) -> None:
    with pytest.raises(CalendarTrouble):
        AddressFetcher().fetch(f"https://{host}/a.ics")


class LoopbackInstead(httpcore.NetworkBackend):
    """Notes which address was to be connected to, and connects to a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connected_to: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to this machine."""
        del port, local_address, socket_options
        self.connected_to.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


@contextmanager
def secured(server: ScriptedServer) -> Iterator[int]:
    """Put TLS in front of a scripted server, with the certificate of `localhost`; yield the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    yield server.http.server_address[1]


def trusting() -> ssl.SSLContext:
    """Return a context that trusts the test's certificate and checks names."""
    return ssl.create_default_context(cafile=str(CERTIFICATE))


def test_the_connection_goes_to_the_address_that_was_checked(server: ScriptedServer) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    with secured(server) as port:
        system = LoopbackInstead(port)
        fetcher = AddressFetcher(resolver=lambda _host, _port: next(answers), system=system, trust=trusting())
        server.will_answer(Answer(body=CALENDAR))
        assert fetcher.fetch("https://localhost/a.ics").body == CALENDAR
        assert system.connected_to == [PUBLIC]
        # The same name answers otherwise now; a second fetch asks anew and is refused.
        with pytest.raises(CalendarTrouble, match="private network"):
            fetcher.fetch("https://localhost/a.ics")
        assert system.connected_to == [PUBLIC]


def test_a_certificate_of_another_name_is_refused(server: ScriptedServer) -> None:
    with secured(server) as port:
        fetcher = AddressFetcher(
            resolver=lambda _host, _port: [PUBLIC], system=LoopbackInstead(port), trust=trusting()
        )
        with pytest.raises(CalendarTrouble, match="cannot be reached"):
            fetcher.fetch("https://calendar.test/a.ics")
    assert server.asked == []


def test_a_redirect_to_something_private_is_refused(server: ScriptedServer) -> None:
    names = {"localhost": [PUBLIC], "inside.test": ["192.168.0.10"]}
    with secured(server) as port:
        system = LoopbackInstead(port)
        fetcher = AddressFetcher(resolver=lambda host, _port: names[host], system=system, trust=trusting())
        server.will_answer(Answer(302, headers={"Location": "https://inside.test/a.ics"}))
        with pytest.raises(CalendarTrouble, match="private network"):
            fetcher.fetch("https://localhost/a.ics")
        server.will_answer(Answer(302, headers={"Location": "http://localhost/a.ics"}))
        with pytest.raises(CalendarTrouble, match="begins with https"):
            fetcher.fetch("https://localhost/a.ics")
        server.will_answer(*[Answer(307, headers={"Location": "/round"})] * 9)
        with pytest.raises(CalendarTrouble, match="circles"):
            fetcher.fetch("https://localhost/a.ics")
    assert system.connected_to == [PUBLIC] * 7


def test_only_the_stand_in_may_lie_on_this_machine(server: ScriptedServer) -> None:
    fetcher = AddressFetcher(own_stand_in=server.url)
    server.will_answer(Answer(body=CALENDAR))
    assert fetcher.fetch(f"{server.url}/a.ics").body == CALENDAR
    for other in (f"{server.url}0/a.ics", f"{server.url}.evil.test/a.ics", f"{server.url}@evil.test/"):
        with pytest.raises(CalendarTrouble):
            fetcher.fetch(other)
    with pytest.raises(CalendarTrouble):
        AddressFetcher().fetch(f"{server.url}/a.ics")


def test_the_second_time_only_what_is_new_is_sent(server: ScriptedServer) -> None:
    fetcher = AddressFetcher(own_stand_in=server.url)
    marks = {"ETag": '"one"', "Last-Modified": "Tue, 24 Nov 2026 10:00:00 GMT"}
    server.will_answer(Answer(body=CALENDAR, headers=marks), Answer(304), Answer(304))
    first = fetcher.fetch(f"{server.url}/a.ics")
    again = fetcher.fetch(f"{server.url}/a.ics", etag=first.etag, last_modified=first.last_modified)
    assert (again.body, again.etag, again.last_modified) == (None, first.etag, first.last_modified)
    asked = server.asked[1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"one"', marks["Last-Modified"])
    with pytest.raises(CalendarTrouble, match="304"):
        fetcher.fetch(f"{server.url}/a.ics")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(body=b"<!doctype html><html>", headers={"Content-Type": "text/calendar"}), "a web page"),
        (Answer(body=b"Sign in", headers={"Content-Type": "text/html"}), "a web page"),
        (Answer(body={"a": 1}), "not a calendar"),
        (Answer(body=b""), "not a calendar"),
        (Answer(404), "no calendar at this address"),
        (Answer(403), "asks for a password"),
        (Answer(429), "less often"),
        (Answer(503), "an error"),
        (Answer(hang_up=True), "cannot be reached"),
        (Answer(body=b"x" * 2_000_000), "larger than 1 MB"),
        (Answer(body=gzip.compress(b"x" * 50_000_000), headers={"Content-Encoding": "gzip"}), "larger"),
        (Answer(body=gzip.compress(CALENDAR)[:-9], headers={"Content-Encoding": "gzip"}), "in part"),
        (Answer(body=b"garbage", headers={"Content-Encoding": "gzip"}), "unpack"),
        (Answer(body=CALENDAR, headers={"Content-Encoding": "br"}), "unpack"),
        (Answer(body=CALENDAR, delay_seconds=3), "too long"),
    ],
)
def test_what_goes_wrong_is_said_in_words(server: ScriptedServer, answer: Answer, words: str) -> None:
    fetcher = AddressFetcher(own_stand_in=server.url, most_bytes=1024**2, longest_seconds=1)
    server.will_answer(answer)
    with pytest.raises(CalendarTrouble, match=words):
        fetcher.fetch(f"{server.url}/a.ics")


def test_packed_files_and_other_types_are_taken(server: ScriptedServer) -> None:
    fetcher = AddressFetcher(own_stand_in=server.url)
    packed = {"Content-Encoding": "gzip", "Content-Type": "application/octet-stream"}
    server.will_answer(Answer(body=gzip.compress(CALENDAR), headers=packed))
    assert fetcher.fetch(f"{server.url}/a.ics").body == CALENDAR
    server.will_answer(Answer(body=b"\xef\xbb\xbf\r\n" + CALENDAR))
    assert fetcher.fetch(f"{server.url}/a.ics").body is not None


def test_a_server_that_drips_is_given_up_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not stop.wait(0.2):
                    connection.sendall(b"a")

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        begun = time.monotonic()
        try:
            with pytest.raises(CalendarTrouble, match="too long"):
                AddressFetcher(own_stand_in=url, longest_seconds=1).fetch(f"{url}/a.ics")
        finally:
            stop.set()
            thread.join()
    assert time.monotonic() - begun < 3


def test_no_connection_is_begun_when_the_time_is_over() -> None:
    network = CheckedNetwork(lambda _host, _port: [PUBLIC], time.monotonic() - 1)
    with pytest.raises(TimeoutError):
        network.connect_tcp("calendar.test", 443)
