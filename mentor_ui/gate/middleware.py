"""The middleware that sees every event before its handler does."""

import logging
import secrets
from collections.abc import Callable
from typing import cast
from urllib.parse import quote

import reflex as rx
from reflex.state import OnLoadInternalState, State, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from structlog.contextvars import bind_contextvars

from mentor_ui.domain.local_path import local_path
from mentor_ui.domain.roles import Actor
from mentor_ui.gate.acting import act_as, cookie_of, resolve, tab_of
from mentor_ui.gate.binding import NOBODY, bind, is_bound, is_first_time, is_void
from mentor_ui.gate.buckets import SharedBuckets
from mentor_ui.gate.loading import loaded
from mentor_ui.gate.notice import Notice, say, turn_page
from mentor_ui.gate.payloads import fits
from mentor_ui.gate.policy import Policy, policy_of
from mentor_ui.gate.sockets import page_of
from mentor_ui.gate.taps import RELOAD, tap_of, work_for
from mentor_ui.metrics import handler_label
from mentor_ui.services.passwords import token_hash

log = logging.getLogger(__name__)

_FRAMEWORK = "reflex___state____state."
_ON_LOAD = f"{_FRAMEWORK}reflex___state____on_load_internal_state.on_load_internal"
_HYDRATE_AND_LOAD = f"{_FRAMEWORK}hydrate_and_load"
_STORAGE = f"{_FRAMEWORK}reflex___state____update_vars_internal_state.update_vars_internal"
PAGE_LOADS = frozenset({_ON_LOAD, _HYDRATE_AND_LOAD, f"{_FRAMEWORK}hydrate"})
INTERNAL = PAGE_LOADS | {
    f"{_FRAMEWORK}set_is_hydrated",
    f"{_FRAMEWORK}reflex___state____on_load_internal_state.set_is_hydrated",
    f"{_FRAMEWORK}reflex___state____frontend_event_exception_state.handle_frontend_exception",
    _STORAGE,
}
"""Reflex's own events that a page needs; all others of it, `setvar` among them, are refused."""

STORED_MAXIMUM = 2_000
LOGIN = "/login"
HURRY = "That was a lot at once. Please wait a moment and go on."


class Gate(rx.Middleware):
    """Lets an event through when its handler admits who sent it.

    Args:
        on_navigation: Called with the tab's identifier when it opens another page or connects again.
        per_second: Events a tab may send in the long run.
        burst: Events a tab may send at once.
    """

    def __init__(
        self,
        *,
        on_navigation: Callable[[str], None] = lambda _tab: None,
        per_second: float = 50,
        burst: float = 250,
    ) -> None:
        self._on_navigation = on_navigation
        self._tabs = SharedBuckets("tab", per_second=per_second, burst=burst)
        self._people = SharedBuckets("person", per_second=4 * per_second, burst=4 * burst)

    async def preprocess(self, app: rx.App, state: State, event: Event) -> StateUpdate | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Refuse the event, or return None and let it reach its handler.

        Args:
            app: The application.
            state: The tab's root state.
            event: What was sent, or queued by another handler.

        Returns:
            What answers the event instead of its handler.
        """
        bind_contextvars(handler=handler_label(event.name), request_id=secrets.token_hex(8))
        tab, cookie = tab_of(state), cookie_of(state)
        actor = await resolve(cookie)
        act_as(tab, actor)
        opening = event.name in PAGE_LOADS
        tap = tap_of(event)
        page = tap.page if tap else page_of(app, tab)
        known = await is_bound(state)
        emptied = await bind(state, token_hash(cookie) if actor else NOBODY, page)
        if await is_void(state, page):
            # Pressed by another person, maybe, and sent with this one's rights. The page loads itself anew.
            if app.event_namespace is not None:
                await app.event_namespace.emit(RELOAD, to=state.router.session.session_id)
            return await _answer(state)
        if emptied and not opening:
            # The page on screen was another person's: load it anew instead of acting on it.
            return await _answer(state, OnLoadInternalState.on_load_internal)
        if opening:
            self._on_navigation(tab)
            await turn_page(state, counts=event.name == _ON_LOAD, page=page, path=here(state))
        if not (await self._tabs.take(tab) and (actor is None or await self._people.take(actor.person_id))):
            return await _tell(state, HURRY)
        if event.name == _ON_LOAD and known:
            return await loaded(app, state, lambda root, loader: self._judge(root, loader, actor))
        if event.name in INTERNAL:
            return None if _harmless(event) else StateUpdate()
        return await self._judge(state, event, actor) or await _repeated(state, event)

    async def _judge(self, state: State, event: Event, actor: Actor | None) -> StateUpdate | None:
        registered = RegistrationContext.get().event_handlers.get(event.name)
        policy = policy_of(registered.handler.fn) if registered else None
        if registered is None or policy is None:
            log.warning("refused an event without a policy: %.120s", event.name)
            return StateUpdate()
        if not policy.admits(actor):
            return await _refuse(state, registered.handler.fn, policy, actor)
        if not fits(registered.handler.fn, event.payload):
            log.warning("refused arguments that do not fit: %.120s", event.name)
            return StateUpdate()
        return None


def mark_page_load(handler: Callable[..., object]) -> None:
    """Note that a handler fills a page, so that its refusal closes the page instead of showing a message."""
    handler.__mentor_page_load__ = True  # pyright: ignore[reportFunctionMemberAccess]


def here(state: rx.State) -> str:
    """Return the path and query of the page that the tab shows; `/` when the tab says nothing usable."""
    url = state.router.url
    return local_path(f"{url.path}?{url.query}" if url.query else url.path)


async def _refuse(
    state: State, handler: Callable[..., object], policy: Policy, actor: Actor | None
) -> StateUpdate:
    if actor is None:
        to_login = rx.redirect(f"{LOGIN}?next={quote(here(state), safe='/')}")
        return await _answer(state, to_login)
    if getattr(handler, "__mentor_page_load__", False):
        (await state.get_state(Notice)).not_yours = policy.sentence()
        return await _answer(state)
    return await _tell(state, policy.sentence())


async def _repeated(state: State, event: Event) -> StateUpdate | None:
    """Drop an event that the tab's state says was worked on before."""
    tap = tap_of(event)
    work_for(tap)
    # A handler in the background changes the state later than this note of it, and is begun anew.
    background = RegistrationContext.get().event_handlers[event.name].handler.is_background
    if tap is None or background or await is_first_time(state, tap):
        return None
    return await _answer(state)


async def _tell(state: State, text: str) -> StateUpdate:
    await say(state, text, trouble=True)
    return await _answer(state)


async def _answer(state: State, *events: object) -> StateUpdate:
    """Return what changed in the state until now, and events to follow, without the refused one."""
    delta = await state._get_resolved_delta()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    state._clean()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return StateUpdate(delta=delta, events=Event.from_event_type(list(events)) if events else [])  # pyright: ignore[reportArgumentType]


def _harmless(event: Event) -> bool:
    """Whether one of Reflex's own events carries only short texts for browser storage."""
    stored = cast("object", event.payload.get("vars"))
    if stored is None:
        return event.name != _STORAGE
    if not isinstance(stored, dict):
        return False
    values = cast("dict[object, object]", stored).values()
    return all(isinstance(value, str) and len(value) <= STORED_MAXIMUM for value in values)
