"""The list of pages: each carries its route, title, description, loader and policy, so none is forgotten.

A page module looks like this::

    @page("/tutor/wallet", title="Wallet", description="…", on_load=WalletState.load, who=TEACHING)
    def wallet_page() -> rx.Component: ...
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import reflex as rx

import mentor_ui.pages
from mentor_ui.components.values import Text
from mentor_ui.gate.middleware import mark_page_load
from mentor_ui.gate.policy import Anyone, Policy, Who, policy_of, to_policy
from mentor_ui.pages.viewer import Viewer

PageFunction = Callable[[], rx.Component]
Loader = rx.event.EventHandler | Callable[..., object]

NOT_FOUND = "/404"
"""Route of the page that stands for all addresses without one."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the application.

    Attributes:
        title: Of the browser's tab, without the product's name; may tell what the page's State holds.
        description: One sentence for search engines, likewise.
        loaders: Handlers run, in order, whenever the page or its query is opened.
        policy: Who may open it.
    """

    route: str
    title: Text
    description: Text
    function: PageFunction
    loaders: tuple[Loader, ...]
    policy: Policy


_pages: dict[str, Page] = {}


def page(
    route: str,
    *,
    title: Text,
    description: Text,
    on_load: Loader | Sequence[Loader] = (),
    who: Who = Anyone,
) -> Callable[[PageFunction], PageFunction]:
    """Register a page function; the person in the header is loaded on every page.

    Args:
        route: As Reflex writes it: `/mentorship/offering/[id]`.
        title: Of the browser's tab, without the product's name; may tell what the page's State holds.
        description: One sentence for search engines, likewise.
        on_load: Handlers that fill the page; each declares the same policy as the page.
        who: Who may open the page.

    Raises:
        ValueError: The route is taken, or a loader lets in others than the page does.
    """
    policy = to_policy(who)
    loaders = tuple(on_load) if isinstance(on_load, Sequence) else (on_load,)
    for loader in loaders:
        function = loader.fn if isinstance(loader, rx.event.EventHandler) else loader
        if policy_of(function) != policy:
            raise ValueError(f"{route}: {function.__qualname__} needs the policy of its page")
        mark_page_load(function)
    if policy.signed_in and not loaders:
        raise ValueError(f"{route}: a page that is not open to all needs a loader, which turns others away")

    def register(function: PageFunction) -> PageFunction:
        if route in _pages:
            raise ValueError(f"{route} is taken by {_pages[route].function.__module__}")
        _pages[route] = Page(route, title, description, function, (Viewer.load, *loaders), policy)
        return function

    return register


def all_pages() -> list[Page]:
    """Import every module below `mentor_ui.pages` and return the pages they register, by route."""
    for module in pkgutil.walk_packages(mentor_ui.pages.__path__, "mentor_ui.pages."):
        importlib.import_module(module.name)
    return [_pages[route] for route in sorted(_pages)]


def document_title(title: Text) -> Text:
    """Return what stands in the browser's tab: a page's title and the product's name."""
    return f"{title} · mentor"


def add_pages(app: rx.App) -> None:
    """Add every page to the application."""
    for known in all_pages():
        app.add_page(
            known.function,
            # Reflex knows the page for unknown addresses by this name.
            route="404" if known.route == NOT_FOUND else known.route,
            title=document_title(known.title),
            description=known.description,
            on_load=list(known.loaders),
        )
