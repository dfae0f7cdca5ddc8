"""Many clients of the event socket in one thread, which speak Engine.IO and Socket.IO by hand.

Each behaves like our front end: it numbers what it sends, keeps it until it hears that it was worked on, and
sends it again after connecting anew.
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import simple_websocket

NAMESPACE = "/_event"
HYDRATE = "reflex___state____state.hydrate_and_load"
PATIENCE_SECONDS = 180.0


class Page:
    """One loaded page with its socket.

    Args:
        url: The application's address, `http://…`.
        path: Of the page.
        cookie: The session cookie's value; empty for a visitor.
        on_update: Called with each update that comes.
    """

    def __init__(
        self,
        url: str,
        path: str,
        *,
        cookie: str = "",
        on_update: Callable[[dict[str, Any]], None] = lambda _update: None,
    ) -> None:
        self.token = secrets.token_hex(16)
        self.name = secrets.token_hex(8)
        self.renamed = 0
        self.unheard: dict[int, dict[str, Any]] = {}
        self._url, self._path, self._cookie = url.replace("http://", "ws://", 1), path, cookie
        self._on_update = on_update
        self._sent = 0
        self._socket: simple_websocket.AioClient | None = None
        self._open = asyncio.Event()
        self._all_heard = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Open the socket and keep it open, also when it breaks, until `close`."""
        self._task = asyncio.create_task(self._live())
        await asyncio.wait_for(self._open.wait(), PATIENCE_SECONDS)

    async def close(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._drop()

    async def tap(self, name: str, payload: Mapping[str, Any] | None = None, *, path: str = "") -> None:
        """Send an event; it is kept until the server has worked on it."""
        self._sent += 1
        self.unheard[self._sent] = self._event(name, payload or {}, path or self._path)
        self._all_heard.clear()
        if self._open.is_set():
            with suppress(simple_websocket.ConnectionClosed, OSError):
                await self._send_tap(self._sent, again=False)

    async def all_heard(self) -> None:
        """Wait until everything that was sent has been worked on."""
        await asyncio.wait_for(self._all_heard.wait(), PATIENCE_SECONDS)

    async def send(self, name: str, payload: Mapping[str, Any] | None = None, *, path: str = "") -> None:
        """Send an event without a number."""
        await self._emit(self._event(name, payload or {}, path or self._path))

    def _event(self, name: str, payload: Mapping[str, Any], path: str) -> dict[str, Any]:
        head, _, query = path.partition("?")
        words = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
        return {
            "name": name,
            "payload": dict(payload),
            "router_data": {"pathname": head, "asPath": path, "query": words},
        }

    async def _send_tap(self, number: int, *, again: bool) -> None:
        event = self.unheard[number]
        tap = [self.name, number, True] if again else [self.name, number]
        await self._emit({**event, "router_data": {**event["router_data"], "tap": tap}})

    async def _emit(self, event: dict[str, Any]) -> None:
        if self._socket is None:
            raise simple_websocket.ConnectionClosed
        await self._socket.send(f"42{NAMESPACE},{json.dumps(['event', event])}")

    async def _live(self) -> None:
        while True:
            # Whatever a server that dies in the middle of a packet leaves behind, the next socket is whole.
            with suppress(Exception):
                await self._listen()
            self._open.clear()
            await self._drop()
            await asyncio.sleep(0.2)

    async def _drop(self) -> None:
        if self._socket is not None:
            with suppress(simple_websocket.ConnectionClosed, OSError):
                await self._socket.close()
            # The library leaves a socket open whose other end was the first to go.
            self._socket.wsock.close()
            self._socket = None

    async def _listen(self) -> None:
        query = f"token={self.token}&page={self.name}&EIO=4&transport=websocket"
        headers = {"Cookie": f"mentor_session={self._cookie}"} if self._cookie else None
        address = f"{self._url}{NAMESPACE}/?{query}"
        socket = await simple_websocket.AioClient.connect(address, headers=headers)
        self._socket = socket
        boot = {"event": self._event(HYDRATE, {}, self._path)}
        # Sent before the greeting is read, which the library overlooks when it came with the handshake.
        await socket.send(f"40{NAMESPACE},{json.dumps(boot)}")
        while True:
            packet = await socket.receive()
            if packet == "2":
                await socket.send("3")
            elif isinstance(packet, str) and packet.startswith(f"40{NAMESPACE}"):
                for number in list(self.unheard):
                    await self._send_tap(number, again=True)
                self._open.set()
            elif isinstance(packet, str) and packet.startswith(f"42{NAMESPACE},"):
                self._take(json.loads(packet.removeprefix(f"42{NAMESPACE},")))

    def _take(self, message: list[Any]) -> None:
        match message:
            case ["heard", list()]:
                for number in cast("list[int]", message[1]):
                    self.unheard.pop(number, None)
                if not self.unheard:
                    self._all_heard.set()
            case ["new_token", str() as token]:
                self.token = token
                self.renamed += 1
            case ["event", update]:
                self._on_update(json.loads(update) if isinstance(update, str) else update)
            case _:
                pass
