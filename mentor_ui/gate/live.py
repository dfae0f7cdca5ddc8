"""Open pages that change by themselves, without the browser asking.

A page's State has an `async def _reload(self)` that fills it from the database, and its loader begins with
`await follow(self, MINE)`. When something is told to the person (`AppMessage`), or a payment named by
`payment_topic` moves, `_reload` runs in that tab and the difference goes out.

One task per web process looks at the rows, and only while somebody follows: twice a second, or, where several
processes serve, when one of them says in Redis that it changed such rows (`db/shared.py`). Rows are the only
messenger, so it does not matter which process or job wrote them, and a word that was lost is made up for by
looking after some seconds anyway.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol, cast

import reflex as rx
from reflex.istate.manager.token import BaseStateToken
from sqlmodel import Session, col, select

from mentor_ui.db.current import current_database
from mentor_ui.db.shared import NEWS_CHANNEL, UNREACHABLE, shared_redis
from mentor_ui.domain.identifiers import EPOCH_MS
from mentor_ui.gate.acting import act_as, cookie_of, current_actor, resolve, tab_of
from mentor_ui.models import AppMessage, MentorshipSession, Payment, Refund
from mentor_ui.settings import get_settings

log = logging.getLogger(__name__)

MINE = "mine"
"""Everything the signed-in person is told of."""

LOOK_SECONDS = 0.5
SHORTEST_LOOK_SECONDS = 0.1
UNTOLD_LOOK_SECONDS = 4.0
"""With Redis: between two looks at least, and at most, when nothing was said."""

OVERLAP_MS = 10_000
"""Identifiers are made before their transaction ends, so one may appear behind a newer one."""

RELOAD_SECONDS = 10
LISTEN_SECONDS = 1.0
_PAYMENT = "payment:"
_ROOM = "room:"


class Reloads(Protocol):
    """A State that can fill itself anew."""

    async def _reload(self) -> None: ...


@dataclass
class _Follower:
    """One tab: what it follows, for whom, and what it has seen of it."""

    tab: str
    person_id: int | None
    states: dict[type[rx.State], set[str]] = field(default_factory=dict[type[rx.State], set[str]])
    seen: set[int] = field(default_factory=set[int])
    marks: dict[str, str] = field(default_factory=dict[str, str])
    busy: bool = False


@dataclass(frozen=True)
class _News:
    """What the database says now: recent messages by person, and a mark per payment that changes with it."""

    messages: dict[int, set[int]]
    marks: dict[str, str]


_followers: dict[str, _Follower] = {}
_waking: list[asyncio.Event] = []


def payment_topic(reference: str) -> str:
    """Return the topic of one payment, its refund and its booking; it needs no sign-in."""
    return f"{_PAYMENT}{reference}"


def room_topic(booking_id: int) -> str:
    """Return the topic of one booking's room: it is made, moved and lost without anybody being told."""
    return f"{_ROOM}{booking_id}"


async def follow(state: rx.State, *topics: str) -> None:
    """Reload this State whenever one of the topics moves, until the tab opens another page.

    Call it before loading, so that nothing falls between.

    Args:
        state: The page's State; has `_reload`.
        topics: `MINE`, or what `payment_topic` and `room_topic` return. A visitor's `MINE` is silent.

    Raises:
        TypeError: The State has no `_reload`.
    """
    # What `isinstance` finds as well, many times faster.
    if not hasattr(state, "_reload"):
        raise TypeError(f"{type(state).__name__} needs `async def _reload(self)` to be followed")
    tab, actor = tab_of(state), await current_actor(state)
    if not tab:
        # The page is only drawn for a plain request; nothing is listening.
        return
    person_id = actor.person_id if actor else None
    follower = _followers.get(tab)
    if follower is None or follower.person_id != person_id:
        follower = _Follower(tab, person_id)
    wanted = set(topics) - ({MINE} if actor is None else set[str]())
    if not wanted:
        return
    news = await asyncio.to_thread(_read_news, {topic for topic in wanted if topic != MINE})
    if person_id is not None:
        follower.seen |= news.messages.get(person_id, set())
    follower.marks |= {topic: news.marks.get(topic, "") for topic in wanted if topic != MINE}
    follower.states[type(state)] = wanted
    _followers[tab] = follower
    for event in _waking:
        event.set()


def forget(tab: str) -> None:
    """Follow nothing for this tab any more; it opened another page or connected again."""
    _followers.pop(tab, None)


@asynccontextmanager
async def watching(app: rx.App) -> AsyncGenerator[None]:
    """Look for news for as long as the block runs; one per web process.

    Args:
        app: Whose tabs are reloaded.
    """
    wake = asyncio.Event()
    _waking.append(wake)
    told = asyncio.Event()
    redis_url = get_settings().redis_url
    tasks = [asyncio.create_task(_watch(app, wake, told if redis_url else None), name="live updates")]
    if redis_url:
        tasks.append(asyncio.create_task(_listen(redis_url, told), name="news of other processes"))
    try:
        yield
    finally:
        _waking.remove(wake)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(redis_url: str, told: asyncio.Event) -> None:
    while True:
        try:
            async with shared_redis(redis_url).pubsub() as channel:  # pyright: ignore[reportUnknownMemberType]
                await channel.subscribe(NEWS_CHANNEL)  # pyright: ignore[reportUnknownMemberType]
                while True:
                    if await channel.get_message(ignore_subscribe_messages=True, timeout=LISTEN_SECONDS):
                        told.set()
        except UNREACHABLE as error:
            log.warning("Redis tells no news: %s", error)
            await asyncio.sleep(UNTOLD_LOOK_SECONDS)


async def _until_the_next_look(told: asyncio.Event | None) -> None:
    if told is None:
        await asyncio.sleep(LOOK_SECONDS)
        return
    await asyncio.sleep(SHORTEST_LOOK_SECONDS)
    with suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), UNTOLD_LOOK_SECONDS)
    told.clear()


async def _watch(app: rx.App, wake: asyncio.Event, told: asyncio.Event | None) -> None:
    reloading: set[asyncio.Task[None]] = set()
    while True:
        await wake.wait()
        await _until_the_next_look(told)
        _drop_closed_tabs(app)
        if not _followers:
            wake.clear()
            continue
        topics = {topic for one in _followers.values() for topic in one.marks}
        try:
            news = await asyncio.to_thread(_read_news, topics)
        except Exception:  # the database may be away for a while, and this task outlives that
            log.exception("could not look for news")
            continue
        for follower in list(_followers.values()):
            states = _due(follower, news)
            if states and not follower.busy:
                _note(follower, news)
                task = asyncio.create_task(_reload(app, follower, states))
                reloading.add(task)
                task.add_done_callback(reloading.discard)


def _drop_closed_tabs(app: rx.App) -> None:
    namespace = app.event_namespace
    for tab in [tab for tab in _followers if namespace is None or tab not in namespace.token_to_sid]:
        forget(tab)


def _due(follower: _Follower, news: _News) -> list[type[rx.State]]:
    moved = {topic for topic, mark in follower.marks.items() if news.marks.get(topic, "") != mark}
    if follower.person_id is not None and news.messages.get(follower.person_id, set()) - follower.seen:
        moved.add(MINE)
    return [state for state, topics in follower.states.items() if topics & moved]


def _note(follower: _Follower, news: _News) -> None:
    if follower.person_id is not None:
        # What left the window of recent messages cannot come back into it.
        follower.seen = news.messages.get(follower.person_id, set())
    follower.marks = {topic: news.marks.get(topic, "") for topic in follower.marks}


async def _reload(app: rx.App, follower: _Follower, states: list[type[rx.State]]) -> None:
    follower.busy = True
    try:
        async with asyncio.timeout(RELOAD_SECONDS):
            token = BaseStateToken(ident=follower.tab, cls=states[0])
            async with app.modify_state(token) as root:
                tab = cast("rx.State", root)
                actor = await resolve(cookie_of(tab))
                if (actor.person_id if actor else None) != follower.person_id:
                    forget(follower.tab)
                    return
                act_as(follower.tab, actor)
                for state in states:
                    await cast("Reloads", await tab.get_state(state))._reload()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    except Exception:  # one tab's failure is not the others'
        log.exception("could not reload a followed page")
        forget(follower.tab)
    finally:
        follower.busy = False


def _read_news(topics: set[str]) -> _News:
    with current_database().reading() as session:
        return _News(
            _recent_messages(session), _payment_marks(session, topics) | _room_marks(session, topics)
        )


def _recent_messages(session: Session) -> dict[int, set[int]]:
    since = (time.time_ns() // 1_000_000 - EPOCH_MS - OVERLAP_MS) << 22
    rows = session.exec(select(AppMessage.id, AppMessage.person_id).where(AppMessage.id > since))
    messages: dict[int, set[int]] = {}
    for message_id, person_id in rows:
        messages.setdefault(person_id, set()).add(message_id)
    return messages


def _payment_marks(session: Session, topics: set[str]) -> dict[str, str]:
    references = [topic.removeprefix(_PAYMENT) for topic in topics if topic.startswith(_PAYMENT)]
    if not references:
        return {}
    rows = session.exec(
        select(Payment, Refund, MentorshipSession)
        .join(MentorshipSession, col(MentorshipSession.id) == col(Payment.session_id), isouter=True)
        .join(Refund, col(Refund.payment_id) == col(Payment.id), isouter=True)
        .where(col(Payment.reference).in_(references))
    )
    marks: dict[str, str] = {}
    for payment, refund, booking in rows:
        refund_state = cast("Refund | None", refund)
        session_state = cast("MentorshipSession | None", booking)
        facts = (
            payment.state,
            payment.settled_at,
            payment.choice,
            refund_state.state if refund_state else "",
            session_state.status if session_state else "",
            bool(session_state and session_state.meeting_url),
        )
        marks[payment_topic(payment.reference)] = repr(facts)
    return marks


def _room_marks(session: Session, topics: set[str]) -> dict[str, str]:
    numbers = [int(topic.removeprefix(_ROOM)) for topic in topics if topic.startswith(_ROOM)]
    if not numbers:
        return {}
    rows = session.exec(
        select(MentorshipSession.id, MentorshipSession.room_kind, MentorshipSession.meeting_url).where(
            col(MentorshipSession.id).in_(numbers)
        )
    )
    return {room_topic(number): repr((kind, meeting_url)) for number, kind, meeting_url in rows}
