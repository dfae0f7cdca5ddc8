"""State that lives in the browser only: the one place that names Reflex's experimental interface."""

from typing import Any

import reflex as rx
from reflex.experimental.client_state import ClientStateVar


def client_state(name: str, default: Any) -> ClientStateVar:
    """Make a value that is read and set in the browser without asking the server.

    Use `.value` to read it and `.set_value(x)` as an event handler. Put the returned object itself among
    the children of an element that encloses every reader. Prefer `dialogs`, `tabs` and native elements.

    Args:
        name: Unique over the whole application; letters, digits and underscores.
        default: First value, also the one in the prerendered page.

    Returns:
        The client-side state.
    """
    return rx._x.client_state(name, default=default)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
