"""Binds a tab's state to the sign-in it was filled under.

State belongs to a browser tab and outlives a sign-out, so without this the next person in the same tab would
read what the last one saw.
"""

import reflex as rx
from reflex_base.registry import RegistrationContext

NOBODY = ""


class Binding(rx.State):
    """Under which sign-in the tab's state was filled.

    Attributes:
        _fingerprint: SHA-256 of the cookie, `NOBODY` for a visitor, None before the first event.
    """

    _fingerprint: str | None = None


async def bind(state: rx.State, fingerprint: str) -> bool:
    """Bind the tab to a sign-in and empty all its states when it was bound to another.

    Args:
        state: The root state.
        fingerprint: SHA-256 of a valid cookie, or `NOBODY`.

    Returns:
        Whether the states were emptied.
    """
    binding = await state.get_state(Binding)
    before = binding._fingerprint  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if before == fingerprint:
        return False
    if before is not None:
        await _reset_all(state)
        # Resetting dropped what the page's frame waits for.
        binding = await state.get_state(Binding)
    binding._fingerprint = fingerprint  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    return before is not None


async def _reset_all(state: rx.State) -> None:
    root = type(state)
    for known in list(RegistrationContext.get().base_states.values()):
        if known is not root and issubclass(known, root):
            (await state.get_state(known)).reset()
