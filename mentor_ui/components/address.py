"""The address that the browser shows now, known before the server has heard of it."""

import reflex as rx

# `web.first_paint_scripts` knows both, and puts the address asked for in their place.
SHOWN_PATH = r"(typeof window === 'undefined' ? '' : (window.location.pathname.replace(/\/+$/, '') || '/'))"
SHOWN_QUERY = "(typeof window === 'undefined' ? '-' : window.location.search.slice(1))"


def shown_path() -> rx.Var[str]:
    """Tell the page's path in the browser.

    One page serves all addresses of a dynamic route, and its State still holds what the last one showed
    when the next one appears. Compare with the path that the State was filled for.

    Returns:
        The path without a closing slash; not for pages that are prerendered.
    """
    return rx.Var(SHOWN_PATH).to(str)


def shown_query() -> rx.Var[str]:
    """Tell the query of the page's address in the browser, without a question mark.

    Returns:
        The query; while a page is prerendered something that no address has.
    """
    return rx.Var(SHOWN_QUERY).to(str)
