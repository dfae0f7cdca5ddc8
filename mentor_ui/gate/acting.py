"""The person on whose behalf an event runs, resolved anew for each event from the HttpOnly cookie."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import reflex as rx

from mentor_ui.db.current import current_database
from mentor_ui.domain.errors import SignInRequired
from mentor_ui.domain.roles import Actor
from mentor_ui.gate.cookies import browser_zone, session_token
from mentor_ui.services.accounts import person_for_token

_acting: ContextVar[tuple[str, Actor | None] | None] = ContextVar("acting", default=None)


def tab_of(state: rx.State) -> str:
    """Return the identifier of the browser tab whose state this is."""
    # Reflex puts the whole `router` together anew at every look, for all of its parts.
    return str(state.rx_router_session.client_token)


def cookie_of(state: rx.State) -> str:
    """Return the secret of the session cookie with which the tab's socket was opened; empty without one."""
    return session_token(_cookies(state))


async def resolve(token: str) -> Actor | None:
    """Return who is signed in with this secret at this moment.

    SQLite answers in a fraction of a millisecond, less than a thread costs; a database server may not.
    """
    if not token:
        return None
    if current_database().is_sqlite:
        return _look_up(token)
    return await asyncio.to_thread(_look_up, token)


def act_as(tab: str, actor: Actor | None) -> None:
    """Make `actor` the one whom `current_actor` returns in this task, for this tab alone."""
    _acting.set((tab, actor))


async def current_actor(state: rx.State) -> Actor | None:
    """Return on whose behalf this event runs; None for a visitor.

    In a background handler, which may outlive a sign-out, call `resolve(cookie_of(state))` before each step.
    """
    known = _acting.get()
    if known is not None and known[0] == tab_of(state):
        return known[1]
    return await resolve(cookie_of(state))


async def current_zone(state: rx.State) -> str:
    """Return the zone in which the person reads times: the one they chose, for a visitor the browser's."""
    actor = await current_actor(state)
    return browser_zone(_cookies(state)) if actor is None else actor.timezone


async def acting(state: rx.State) -> Actor:
    """Return the signed-in person on whose behalf this event runs.

    Raises:
        SignInRequired: There is nobody.
    """
    actor = await current_actor(state)
    if actor is None:
        raise SignInRequired
    return actor


def _cookies(state: rx.State) -> object:
    router_data: Mapping[str, Any] = state.router_data
    return router_data.get("headers", {}).get("cookie")


def _look_up(token: str) -> Actor | None:
    with current_database().reading() as session:
        return person_for_token(session, token)
