"""What a page reads from its address, which anybody can write."""

import reflex as rx

from mentor_ui.domain.identifiers import parse_id


def path_of(state: rx.State) -> str:
    """Return the address's path without a closing slash, as `components.address.shown_path` gives it."""
    return "/" + str(state.router.url.path).strip("/")


def id_in(state: rx.State) -> int | None:
    """Return the identifier at the end of the address's path, or None when there is none."""
    return parse_id(path_of(state).rpartition("/")[2])
