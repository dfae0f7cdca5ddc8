"""A client of the event socket that is no browser: it speaks Engine.IO and Socket.IO by hand."""

import json
import uuid
from typing import Any

import simple_websocket

from mentor_ui.gate import Notice

HYDRATE = "reflex___state____state.hydrate_and_load"
HARMLESS = f"{Notice.get_full_name()}.close"
NAMESPACE = "/_event"


class RawSocket:
    """One socket with a tab token of its own.

    Args:
        url: The application's address.
        cookie: The session cookie's value; empty for none.
        token: The tab; a new one unless given.
    """

    def __init__(self, url: str, *, cookie: str = "", token: str = "") -> None:
        self.token = token or str(uuid.uuid4())
        host = url.removeprefix("http://")
        self._socket = simple_websocket.Client(
            f"ws://{host}{NAMESPACE}/?token={self.token}&EIO=4&transport=websocket",
            headers={"Cookie": f"mentor_session={cookie}"} if cookie else {},
        )
        # Sent before the server's greeting is read: the client library overlooks one that came in
        # one piece with the handshake until something else arrives.
        self._socket.send(f"40{NAMESPACE},")
        assert self._receive().startswith("0")
        self.updates: list[dict[str, Any]] = []
        while not self._receive().startswith(f"40{NAMESPACE}"):
            pass

    def _receive(self) -> str:
        while True:
            packet = self._socket.receive(timeout=20)
            assert isinstance(packet, str), "the server did not answer"
            if packet != "2":
                return packet
            self._socket.send("3")

    def send(self, name: str, payload: dict[str, Any] | None = None, *, path: str = "/") -> None:
        """Send one event without waiting."""
        router = {"pathname": path, "asPath": path, "query": {}}
        event = {"name": name, "payload": payload or {}, "router_data": router}
        self._socket.send(f"42{NAMESPACE},{json.dumps(['event', event])}")

    def open(self, path: str) -> None:
        """Open a page and wait until its loaders are done."""
        self.send(HYDRATE, path=path)
        # Its first event queues the loaders, those queue their end: each has its turn after the one before.
        for _ in range(4):
            self.settle()

    def settle(self) -> list[dict[str, Any]]:
        """Wait until everything sent was worked on, and return all that came back until now.

        A tab's events are worked on in order. The last one tells of a new address, which comes back.
        """
        mark = uuid.uuid4().hex
        self.send(HARMLESS, path=f"/{mark}")
        while True:
            packet = self._receive()
            if packet.startswith(f"42{NAMESPACE},"):
                update = json.loads(packet.removeprefix(f"42{NAMESPACE},"))[1]
                self.updates.append(json.loads(update) if isinstance(update, str) else update)
                if mark in packet:
                    return self.updates

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
