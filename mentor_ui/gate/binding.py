"""Binds a tab's state to the sign-in it was filled under.

State belongs to a browser tab and outlives a sign-out, so without this the next person in the same tab would
read what the last one saw.
"""

import reflex as rx
from reflex_base.registry import RegistrationContext

from mentor_ui.gate.taps import REMEMBERED, Tap

NOBODY = ""
VOID_KEPT = 8


class Binding(rx.State):
    """Under which sign-in the tab's state was filled.

    Attributes:
        _fingerprint: SHA-256 of the cookie, `NOBODY` for a visitor, None before the first event.
        _page: The loaded page whose taps were worked on last, by the name that it gave itself.
        _worked_on: The numbers of its latest taps.
        _shown: The loaded page that the tab shows.
        _void: Pages that were filled for somebody else: what was pressed on them is nobody's to do.
    """

    _fingerprint: str | None = None
    _page: str = ""
    _worked_on: tuple[int, ...] = ()
    _shown: str = ""
    _void: tuple[str, ...] = ()


async def is_bound(state: rx.State) -> bool:
    """Whether there has been an event in this tab; what came first may still have to bring the whole state.

    Args:
        state: The root state.
    """
    return (await state.get_state(Binding))._fingerprint is not None  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


async def bind(state: rx.State, fingerprint: str, page: str = "") -> bool:
    """Bind the tab to a sign-in and empty all its states when it was bound to another.

    Args:
        state: The root state.
        fingerprint: SHA-256 of a valid cookie, or `NOBODY`.
        page: The loaded page that the event came from; empty when unknown.

    Returns:
        Whether the states were emptied.
    """
    binding = await state.get_state(Binding)
    before = binding._fingerprint  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    shown, void = binding._shown, binding._void  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if before == fingerprint:
        if page and page != shown:
            binding._shown = page  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        return False
    # Whoever signs in loads a page of their own; a visitor's presses are refused anyway where they matter.
    if before is not None and fingerprint != NOBODY and shown:
        void = (*void, shown)[-VOID_KEPT:]
    if before is not None:
        await _reset_all(state)
        # Resetting dropped what the page's frame waits for.
        binding = await state.get_state(Binding)
    binding._fingerprint = fingerprint  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    binding._shown, binding._void = page or shown, void  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return before is not None


async def is_void(state: rx.State, page: str) -> bool:
    """Whether a loaded page was filled for somebody other than whom the tab is bound to.

    Args:
        state: The root state.
        page: Its name.
    """
    return page in (await state.get_state(Binding))._void  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


async def is_first_time(state: rx.State, tap: Tap) -> bool:
    """Note in the tab's state that a tap is worked on; False when it was before.

    Args:
        state: The root state.
        tap: What the event came with.
    """
    binding = await state.get_state(Binding)
    before = binding._worked_on if binding._page == tap.page else ()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if tap.again and tap.number in before:
        return False
    binding._page = tap.page  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    binding._worked_on = (*before[1 - REMEMBERED :], tap.number)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return True


async def _reset_all(state: rx.State) -> None:
    root = type(state)
    for known in list(RegistrationContext.get().base_states.values()):
        if known is not root and issubclass(known, root):
            (await state.get_state(known)).reset()
