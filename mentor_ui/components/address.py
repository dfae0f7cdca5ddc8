"""The address that the browser shows now, known before the server has heard of it."""

import reflex as rx

_PATH = r"(typeof window === 'undefined' ? '' : (window.location.pathname.replace(/\/+$/, '') || '/'))"


def shown_path() -> rx.Var[str]:
    """Tell the page's path in the browser.

    One page serves all addresses of a dynamic route, and its State still holds what the last one showed
    when the next one appears. Compare with the path that the State was filled for.

    Returns:
        The path without a closing slash; not for pages that are prerendered.
    """
    return rx.Var(_PATH).to(str)
