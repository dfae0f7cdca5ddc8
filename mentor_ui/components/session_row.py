"""One line of a list: a face, a title with a badge, what to know, and what to do."""

from typing import Literal

import reflex as rx

from mentor_ui.components.avatars import avatar
from mentor_ui.components.values import Child, Number, Text


def session_row(
    *,
    title: Child,
    about: Child,
    initials: Text = "",
    hue: Number = 0,
    picture: Text = "",
    badge: Child | None = None,
    figures: Child | None = None,
    actions: Child | None = None,
    below: Child | None = None,
    level: Literal[2, 3] = 3,
    key: Text | None = None,
) -> rx.Component:
    """Show a session, a request or an offering in a list.

    Args:
        title: Its title, text or a link.
        about: With whom and when, or how long and how much.
        initials: The other person's; no face without them.
        hue: See `avatars.hue_of`.
        picture: See `avatars.avatar`.
        badge: Where it stands.
        figures: Numbers in the middle (see `figure`).
        actions: Buttons at the end.
        below: More to read, in all of the width.
        level: Of the heading: 2 when none but the page's own stands above it.
        key: Identifies it within a list that changes.

    Returns:
        A surface.
    """
    heading = rx.el.h2 if level == 2 else rx.el.h3
    with_face = isinstance(initials, rx.Var) or bool(initials)
    return rx.el.article(
        *([avatar(initials=initials, hue=hue, picture=picture)] if with_face else []),
        rx.el.div(
            rx.el.div(
                heading(title, class_name="title min-w-0"),
                *([badge] if badge is not None else []),
                class_name="flex flex-wrap items-center gap-x-2.5 gap-y-1",
            ),
            rx.el.div(about, class_name="mt-0.5 text-sm text-muted wrap-anywhere"),
            class_name="flex-1 basis-52 min-w-0",
        ),
        *([rx.el.div(figures, class_name="flex gap-6 flex-1 basis-48")] if figures is not None else []),
        *(
            [rx.el.div(actions, class_name="flex flex-wrap items-center gap-1.5")]
            if actions is not None
            else []
        ),
        *(
            [rx.el.div(below, class_name="basis-full text-sm has-[>:empty]:hidden")]
            if below is not None
            else []
        ),
        class_name="card flex flex-wrap items-center gap-x-3 gap-y-3 px-[18px] py-3.5",
        **({} if key is None else {"key": key}),
    )


def figure(label: Text, value: Text) -> rx.Component:
    """Show a number of a row.

    Args:
        label: What it is.
        value: The number, formatted.

    Returns:
        A `div` element.
    """
    return rx.el.div(
        rx.el.p(label, class_name="text-sm text-muted"), rx.el.p(value, class_name="price text-base")
    )
