"""Which socket a tab's updates go to, when it connects again.

Reflex takes a second socket with the same tab identifier for a copy of the tab and gives it another, empty
state. But a phone whose network changed, or whose server was killed, also comes a second time, before anybody
noticed that its first socket is gone. Our front end therefore sends the name of the loaded page beside the
tab's (`web/client_script.py`): the same page takes its socket over, with its state; a copied tab loads the
page anew, has another name, and is still told apart.
"""

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

import reflex as rx
from reflex.utils.token_manager import (
    LocalTokenManager,
    RedisTokenManager,
    SocketRecord,
)

from mentor_ui.db.shared import UNREACHABLE

if TYPE_CHECKING:
    from redis.asyncio import Redis

PAGE_NAME_MAXIMUM = 40


@dataclass(frozen=True, kw_only=True)
class PageSocket(SocketRecord):
    """A socket and the loaded page that opened it.

    Attributes:
        page: The name that the page gave itself; empty from a client that is not our front end.
    """

    page: str = ""


def keep_pages(app: rx.App) -> None:
    """Have an application hand sockets over to pages that come again.

    Args:
        app: The application, before it serves.

    Raises:
        RuntimeError: It has no event socket.
    """
    namespace = app.event_namespace
    if namespace is None:
        raise RuntimeError("the application has no event socket")
    before = namespace._token_manager  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    kept = SharedPages(app, before.redis) if isinstance(before, RedisTokenManager) else OwnPages(app)
    namespace._token_manager = kept  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def page_of(app: rx.App, tab: str) -> str:
    """Return the name of the loaded page that has a tab's socket in this process; empty when unknown.

    Args:
        app: The application.
        tab: The tab's identifier.
    """
    if app.event_namespace is None:
        return ""
    known = app.event_namespace._token_manager.token_to_socket  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    record = known.get(tab)
    return record.page if isinstance(record, PageSocket) else ""


class _Pages(LocalTokenManager):
    def __init__(self, app: rx.App) -> None:
        super().__init__()
        self._app = app

    def _page_of(self, sid: str) -> str:
        namespace, server = self._app.event_namespace, self._app.sio
        if namespace is None or server is None:
            return ""
        environ = cast("dict[str, str] | None", server.get_environ(sid, namespace.namespace))
        names = parse_qs((environ or {}).get("QUERY_STRING", "")).get("page", [""])
        return names[0][:PAGE_NAME_MAXIMUM]

    def _take_over(self, token: str, record: PageSocket) -> None:
        before = self.token_to_socket.get(token)
        if before is not None and self.sid_to_token.get(before.sid) == token:
            del self.sid_to_token[before.sid]
        self.token_to_socket[token] = record
        self.sid_to_token[record.sid] = token

    def _record(self, sid: str) -> PageSocket:
        return PageSocket(instance_id=self.instance_id, sid=sid, page=self._page_of(sid))


def _is_same_page(before: SocketRecord | None, now: PageSocket) -> bool:
    return bool(now.page) and isinstance(before, PageSocket) and before.page == now.page


class OwnPages(_Pages):
    """For one process that serves."""

    async def link_token_to_sid(self, token: str, sid: str) -> str | None:
        """Link a tab to a socket; a page that comes again takes its tab over.

        Args:
            token: The tab.
            sid: The socket.

        Returns:
            The tab's new name when it is a copy of another; None when it keeps its own.
        """
        record = self._record(sid)
        if not _is_same_page(self.token_to_socket.get(token), record):
            given = await super().link_token_to_sid(token, sid)
            token = given or token
            self._take_over(token, record)
            return given
        self._take_over(token, record)
        return None

    async def disconnect_token(self, token: str, sid: str) -> None:
        """Forget a socket that closed, and its tab unless that has another by now.

        Args:
            token: The tab.
            sid: The socket.
        """
        record = self.token_to_socket.get(token)
        if record is not None and record.sid == sid:
            await super().disconnect_token(token, sid)
        else:
            self.sid_to_token.pop(sid, None)


class SharedPages(_Pages, RedisTokenManager):
    """For several processes, which tell each other through Redis which of them has a tab's socket."""

    def __init__(self, app: rx.App, redis: "Redis") -> None:
        RedisTokenManager.__init__(self, redis)
        self._app = app

    async def link_token_to_sid(self, token: str, sid: str) -> str | None:
        """Link a tab to a socket; a page that comes again takes its tab over from whichever process had it.

        Args:
            token: The tab.
            sid: The socket.

        Returns:
            The tab's new name when it is a copy of another; None when it keeps its own.
        """
        record = self._record(sid)
        self._ensure_socket_record_task()
        try:
            kept = await self.redis.get(self._get_redis_key(token))
            # Our own records; whoever can write to this Redis can write states, too.
            before = pickle.loads(kept) if kept else None  # noqa: S301
        except UNREACHABLE:
            before = self.token_to_socket.get(token)
        if before is None or before.sid == sid or _is_same_page(before, record):
            self._take_over(token, record)
            await self._store_socket_record(token, record)
            return None
        given = await RedisTokenManager.link_token_to_sid(self, token, sid)
        return await self._named(given, record)

    async def _named(self, token: str | None, record: PageSocket) -> str | None:
        if token is not None:
            self._take_over(token, record)
            await self._store_socket_record(token, record)
        return token
