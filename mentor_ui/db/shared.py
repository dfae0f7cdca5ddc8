"""Redis, where several processes share what is not worth a row: limits, taps, and a word that rows changed.

Clients are made on first use and never at import, since the server imports the application and then forks.
Whatever stands here may be lost: who calls goes on without it.
"""

import asyncio
import os
import threading
import time
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from redis.exceptions import RedisError
from sqlalchemy import Connection
from sqlalchemy.engine import ExecutionContext

NEWS_CHANNEL = "mentor:news"
"""Where a process says that rows changed which open pages follow."""

NEWS_TABLES = frozenset({"app_message", "payment", "refund", "mentorship_sessions"})
PATIENCE_SECONDS = 2.0
QUIET_SECONDS = 5.0
"""How long nothing more is said after Redis did not answer, so that no transaction waits for it each time."""

UNREACHABLE = (RedisError, OSError)

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, redis.asyncio.Redis]] = WeakKeyDictionary()


def shared_redis(url: str) -> redis.asyncio.Redis:
    """Return the running event loop's client.

    Args:
        url: `redis://…`.
    """
    mine = _clients.setdefault(asyncio.get_running_loop(), {})
    if url not in mine:
        mine[url] = redis.asyncio.Redis.from_url(
            url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
        )
    return mine[url]


async def close_shared() -> None:
    """Close the running event loop's clients."""
    for client in _clients.pop(asyncio.get_running_loop(), {}).values():
        await client.aclose()


class Announcer:
    """Says in Redis, after a commit, that rows changed which open pages follow.

    Args:
        url: `redis://…`.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._clients: dict[int, redis.Redis] = {}
        self._quiet_until = 0.0

    def announce(self) -> None:
        """Say it; nothing happens when Redis is away, since pages also look by themselves."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._client().publish(NEWS_CHANNEL, b"")
        except UNREACHABLE:
            self._quiet_until = time.monotonic() + QUIET_SECONDS

    def close(self) -> None:
        """Close this process's connections."""
        with self._lock:
            client = self._clients.pop(os.getpid(), None)
        if client is not None:
            client.close()

    def _client(self) -> redis.Redis:
        with self._lock:
            if os.getpid() not in self._clients:
                self._clients[os.getpid()] = redis.Redis.from_url(
                    self._url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
                )
            return self._clients[os.getpid()]


def concerns_pages(connection: Connection, context: ExecutionContext | None) -> bool:
    """Whether a statement that was just run wrote to a table that open pages follow."""
    del connection
    if context is None or not (getattr(context, "isinsert", False) or getattr(context, "isupdate", False)):
        return False
    table = getattr(getattr(getattr(context, "compiled", None), "statement", None), "table", None)
    return getattr(table, "name", "") in NEWS_TABLES
