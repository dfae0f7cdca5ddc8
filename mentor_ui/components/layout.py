"""The frame round every page: header, navigation, messages, and on a phone the bar at the lower edge."""

from dataclasses import dataclass

import reflex as rx
from reflex.style import toggle_color_mode

from mentor_ui.components.avatars import avatar
from mentor_ui.components.buttons import icon_button, link_button
from mentor_ui.components.connection import PLAIN_SESSIONS, connection_line
from mentor_ui.components.forms import native_form
from mentor_ui.components.icons import icon, logo
from mentor_ui.components.links import link, outside_link
from mentor_ui.components.notices import Tone, notice, seen_for_a_while
from mentor_ui.components.values import Child, Flag, Handler, Text, shown
from mentor_ui.components.viewer import ViewerCard

ACCOUNT_MENU = "account-menu"
WIDTHS = {"narrow": "max-w-[560px]", "reading": "max-w-[960px]", "wide": "max-w-[1240px]"}


@dataclass(frozen=True)
class Place:
    """Somewhere the navigation leads: its path, its words, shorter words for a phone, its icon."""

    path: str
    label: str
    short: str
    symbol: str


FIND = Place("/mentorship", "Find a mentor", "Find", "search")
COURSES = Place("/courses", "My courses", "Courses", "book-open")
ALL_COURSES = Place("/courses", "Courses", "Courses", "book-open")
SESSIONS = Place("/student/mentorship", "My sessions", "Sessions", "clock")
DASHBOARD = Place("/tutor/mentorship", "Dashboard", "Dashboard", "layout-dashboard")
SCHEDULE = Place("/tutor/mentorship/schedule", "Schedule", "Schedule", "calendar")
AVAILABILITY = Place("/tutor/availability", "Availability", "Hours", "clock")
WALLET = Place("/tutor/wallet", "Wallet", "Wallet", "wallet")
ADMIN = Place("/admin/mentorship", "Operations", "Operations", "shield-check")
ACCOUNT = Place("/account", "Account", "Me", "user")
SIGN_IN = Place("/login", "Sign in", "Sign in", "user")
HOME = Place("/", "Home", "Home", "house")


def page_frame(
    *children: Child,
    viewer: rx.Var[ViewerCard],
    current: str = "",
    message: Text = "",
    message_tone: Tone = "info",
    message_trouble: Flag = False,
    on_close_message: Handler | None = None,
    width: str = "wide",
    action_bar: Child | None = None,
) -> rx.Component:
    """Put the frame round a page.

    Args:
        *children: The page; its first heading is an `h1`.
        viewer: Who is looking.
        current: Path of the place in the navigation that this page belongs to.
        message: What a State has to say; shown above the page and read out.
        message_tone: See `notices.notice`.
        message_trouble: The message tells of something that did not work.
        on_close_message: Takes the message away; adds a cross to it.
        width: `wide`, `reading` or `narrow`.
        action_bar: On a phone it stays above the lower bar within thumb's reach (such as the pay button);
            hidden on wider screens, where the page shows the same action itself.

    Returns:
        The whole page.
    """
    room = "pb-44" if action_bar is not None else "pb-28"
    return rx.el.div(
        outside_link("Skip to content", href="#main", class_name="btn btn-primary skip-link"),
        _header(viewer, current),
        rx.el.noscript(outside_link("Your next sessions", href=PLAIN_SESSIONS, class_name="menu-item")),
        connection_line(sessions=rx.cond(viewer.signed_in, PLAIN_SESSIONS, "")),
        rx.el.main(
            rx.el.div(
                shown(
                    message,
                    seen_for_a_while(
                        _message(message, message_tone, message_trouble, on_close_message), key=message
                    ),
                ),
                aria_live="polite",
                class_name="contents",
            ),
            *children,
            id="main",
            tab_index=-1,
            class_name=f"mx-auto w-full {WIDTHS[width]} px-4 md:px-8 pt-4 md:pt-7 {room} md:pb-16",
        ),
        *(
            [
                rx.el.section(
                    action_bar,
                    aria_label="Next step",
                    class_name="fixed z-30 inset-x-0 bottom-[calc(60px+env(safe-area-inset-bottom))]"
                    " px-4 py-2.5 border-t bg-surface empty:hidden md:hidden",
                )
            ]
            if action_bar is not None
            else []
        ),
        _bottom_bar(viewer, current),
        class_name="min-h-dvh",
    )


def page_heading(title: Child, lead: Child | None = None, *, actions: Child | None = None) -> rx.Component:
    """Begin a page.

    Args:
        title: Its `h1`.
        lead: One sentence below it.
        actions: Buttons at the right.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        rx.el.div(
            rx.el.h1(title),
            *([rx.el.p(lead, class_name="mt-1.5 text-muted")] if lead is not None else []),
            class_name="min-w-0",
        ),
        *([rx.el.div(actions, class_name="flex flex-wrap gap-3")] if actions is not None else []),
        class_name="flex flex-wrap items-end justify-between gap-x-6 gap-y-4 mb-6",
    )


def _message(text: Text, tone: Tone, trouble: Flag, on_close: Handler | None) -> rx.Component:
    def told(as_tone: Tone) -> rx.Component:
        cross = None if on_close is None else icon_button("x", label="Close", size="sm", on_click=on_close)
        return rx.el.div(notice(text, tone=as_tone, action=cross), class_name="mb-5")

    if isinstance(trouble, rx.Var):
        return rx.cond(trouble, told("error"), told(tone))
    return told("error" if trouble else tone)


def _header(viewer: rx.Var[ViewerCard], current: str) -> rx.Component:
    return rx.el.header(
        link(
            logo(),
            "mentor",
            to="/",
            class_name="flex items-center gap-2.5 min-h-10"
            " font-display font-extrabold text-[1.25rem] tracking-[-.03em]",
        ),
        rx.el.nav(
            _role_places(
                viewer,
                tutor=[
                    *[_nav_link(place, current) for place in (DASHBOARD, SCHEDULE, AVAILABILITY, WALLET)],
                    # Where there is little room it stands in the account's menu alone.
                    rx.el.span(_nav_link(ALL_COURSES, current), class_name="max-lg:hidden"),
                ],
                student=[_nav_link(place, current) for place in (FIND, COURSES, SESSIONS)],
                admin=[_nav_link(place, current) for place in (ADMIN, FIND, ALL_COURSES)],
                visitor=[_nav_link(place, current) for place in (FIND, ALL_COURSES)],
            ),
            aria_label="Main",
            class_name="hidden md:flex items-center gap-7",
        ),
        rx.el.div(
            rx.cond(viewer.signed_in, _account_tools(viewer), _visitor_tools()),
            class_name="ml-auto flex items-center gap-1 md:gap-2",
        ),
        class_name="sticky top-0 z-40 flex items-center gap-7 h-16 px-4 md:px-8 border-b bg-surface",
    )


def _role_places(
    viewer: rx.Var[ViewerCard],
    *,
    tutor: list[rx.Component],
    student: list[rx.Component],
    admin: list[rx.Component],
    visitor: list[rx.Component],
) -> rx.Component:
    return rx.cond(
        viewer.is_tutor,
        rx.fragment(*tutor),
        rx.cond(
            viewer.is_admin,
            rx.fragment(*admin),
            rx.cond(viewer.is_student, rx.fragment(*student), rx.fragment(*visitor)),
        ),
    )


def _nav_link(place: Place, current: str) -> rx.Component:
    here = {"aria-current": "page"} if place.path == current else {}
    return link(place.label, to=place.path, class_name="nav-link", custom_attrs=here)


def _theme_button() -> rx.Component:
    return icon_button(
        "contrast", label="Light or dark", on_click=toggle_color_mode, class_name="max-md:hidden"
    )


def _account_tools(viewer: rx.Var[ViewerCard]) -> rx.Component:
    return rx.fragment(
        link(
            viewer.timezone,
            to="/account",
            title="Times are shown in this zone",
            class_name="hidden lg:inline-flex items-center min-h-8 px-2 text-sm text-muted hover:text-ink",
        ),
        _theme_button(),
        link(
            icon("bell", size=19),
            rx.cond(
                viewer.unread > 0,
                rx.el.span(
                    rx.el.span(
                        rx.cond(viewer.unread == 1, "1 unread message", f"{viewer.unread} unread messages"),
                        class_name="sr-only",
                    ),
                    class_name="absolute top-1.5 right-1.5 size-2.5 rounded-full"
                    " bg-accent border-2 border-surface",
                ),
                rx.el.span("Messages", class_name="sr-only"),
            ),
            to="/account#messages",
            class_name="btn btn-icon relative",
        ),
        rx.el.button(
            avatar(initials=viewer.initials, hue=viewer.hue, size="sm"),
            rx.el.span("Account menu", class_name="sr-only"),
            type="button",
            class_name="rounded-full",
            custom_attrs={"popoverTarget": ACCOUNT_MENU},
        ),
        rx.el.div(
            rx.el.div(
                rx.el.p(viewer.name, class_name="font-semibold truncate"),
                rx.el.p(viewer.timezone, class_name="text-sm text-muted"),
                class_name="px-2.5 pt-1.5 pb-2.5 mb-1 border-b",
            ),
            _menu_link(ACCOUNT, "settings"),
            rx.cond(
                viewer.is_tutor,
                rx.fragment(
                    _menu_link(FIND, "search"),
                    _menu_link(ALL_COURSES, "book-open"),
                ),
            ),
            rx.cond(viewer.is_tutor & viewer.is_student, _menu_link(SESSIONS, "calendar")),
            rx.cond(viewer.is_admin, _menu_link(ADMIN, "shield-check")),
            rx.el.button(
                icon("contrast"),
                "Light or dark",
                type="button",
                on_click=toggle_color_mode,
                class_name="menu-item",
                custom_attrs={"data-stay": ""},
            ),
            native_form(
                rx.el.button(icon("log-out"), "Sign out", type="submit", class_name="menu-item"),
                action="/api/auth/logout",
            ),
            id=ACCOUNT_MENU,
            class_name="menu md:right-8!",
            custom_attrs={"popover": "auto"},
        ),
    )


def _menu_link(place: Place, symbol: str) -> rx.Component:
    return link(icon(symbol), place.label, to=place.path, class_name="menu-item")


def _visitor_tools() -> rx.Component:
    return rx.fragment(
        icon_button("contrast", label="Light or dark", on_click=toggle_color_mode),
        link_button("Sign in", to="/login", kind="quiet", size="sm"),
        link_button("Create account", to="/signup", kind="primary", size="sm", class_name="max-sm:hidden"),
    )


def _bottom_bar(viewer: rx.Var[ViewerCard], current: str) -> rx.Component:
    def places(*chosen: Place) -> list[rx.Component]:
        return [_bottom_link(place, current) for place in chosen]

    return rx.el.nav(
        _role_places(
            viewer,
            tutor=places(DASHBOARD, SCHEDULE, AVAILABILITY, WALLET, ACCOUNT),
            student=places(FIND, COURSES, SESSIONS, ACCOUNT),
            admin=places(ADMIN, FIND, ALL_COURSES, ACCOUNT),
            visitor=places(HOME, FIND, ALL_COURSES, SIGN_IN),
        ),
        aria_label="Places",
        class_name="fixed z-30 inset-x-0 bottom-0 grid grid-flow-col auto-cols-fr border-t bg-surface"
        " pb-[env(safe-area-inset-bottom)] md:hidden",
    )


def _bottom_link(place: Place, current: str) -> rx.Component:
    here = {"aria-current": "page"} if place.path == current else {}
    return link(
        icon(place.symbol, size=20),
        place.short,
        to=place.path,
        class_name="nav-link flex-col justify-center gap-0.5 min-h-[60px]! text-xs!",
        custom_attrs=here,
    )
