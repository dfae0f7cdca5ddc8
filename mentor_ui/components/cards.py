"""White surfaces that things lie on."""

from typing import Any

import reflex as rx

from mentor_ui.components.values import Child, Text, shown


def card(*children: Child, class_name: str = "p-[18px]", **props: Any) -> rx.Component:
    """Make a surface.

    Args:
        *children: What lies on it.
        class_name: Classes beside `card`; they set the padding.
        **props: More attributes.

    Returns:
        A `div` element.
    """
    return rx.el.div(*children, class_name=f"card {class_name}".strip(), **props)


def section_card(
    title: Text, *children: Child, action: Child | None = None, class_name: str = ""
) -> rx.Component:
    """Make a surface with a heading.

    Args:
        title: The heading.
        *children: What follows it.
        action: What stands at the right of the heading.
        class_name: More classes.

    Returns:
        A `section` element.
    """
    return rx.el.section(
        rx.el.div(
            rx.el.h2(title, class_name="title"),
            *([action] if action is not None else []),
            class_name="flex flex-wrap items-center justify-between gap-3",
        ),
        *children,
        class_name=f"card p-[18px] flex flex-col gap-4 {class_name}".strip(),
    )


def stat_card(label: Text, value: Text, *, note: Text = "", good: bool = False) -> rx.Component:
    """Show one figure.

    Args:
        label: What it is.
        value: The figure, formatted.
        note: What to know about it.
        good: The note is good news.

    Returns:
        A surface.
    """
    tone = "text-primary" if good else "text-muted"
    return card(
        rx.el.p(label, class_name="text-sm text-muted"),
        rx.el.p(value, class_name="price text-2xl leading-tight py-1"),
        shown(note, rx.el.p(note, class_name=f"text-sm {tone}")),
    )


def night_card(*children: Child, class_name: str = "") -> rx.Component:
    """Make the one dark surface of a page, for what is next. Its main button has the kind `accent`.

    Args:
        *children: What lies on it, in a wrapping row.
        class_name: More classes.

    Returns:
        A `section` element.
    """
    return rx.el.section(
        *children,
        class_name=f"night flex flex-wrap items-center justify-between gap-4 {class_name}".strip(),
    )


def details_list(*rows: tuple[Text, Child]) -> rx.Component:
    """List facts as term and value, such as a session's when and where.

    Args:
        *rows: Term and value.

    Returns:
        A `dl` element.
    """
    return rx.el.dl(
        *[
            rx.el.div(
                rx.el.dt(term, class_name="text-muted"),
                rx.el.dd(value, class_name="text-right font-semibold min-w-0"),
                class_name="flex items-baseline justify-between gap-4",
            )
            for term, value in rows
        ],
        class_name="flex flex-col gap-3",
    )
