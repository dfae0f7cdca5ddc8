"""Tabs that change in the browser: arrow keys, Home and End, and the chosen one in the address."""

from dataclasses import dataclass

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.values import Child, Number


class TabSet(BaseHTML):
    """The custom element `tab-set` of `assets/mentor.js`."""

    tag = "TabSet"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "tab-set"


@dataclass(frozen=True)
class Tab:
    """One tab: its key in the address, its words, its panel, and how many things are in it."""

    key: str
    label: str
    panel: Child
    count: Number | None = None


def tabs(
    *items: Tab, label: str, name: str = "tabs", start: str = "", in_address: bool = True
) -> rx.Component:
    """Show one of several panels.

    Args:
        *items: The tabs.
        label: What the tabs choose among, for screen readers.
        name: Unique on the page.
        start: Key of the tab that is shown, the first unless given; the address may name another
            (`#upcoming`).
        in_address: Keep the chosen tab in the address, so that reload and sharing keep it.

    Returns:
        The tabs with their panels.
    """
    chosen = start or items[0].key
    return TabSet.create(
        rx.el.div(
            *[_tab(item, name=name, chosen=item.key == chosen) for item in items],
            role="tablist",
            aria_label=label,
            class_name="flex overflow-x-auto overflow-y-hidden border-b [scrollbar-width:none]",
        ),
        *[
            rx.el.div(
                item.panel,
                id=f"{name}-{item.key}",
                role="tabpanel",
                tab_index=0,
                hidden=item.key != chosen,
                aria_labelledby=f"{name}-{item.key}-tab",
                class_name="pt-[18px]",
            )
            for item in items
        ],
        custom_attrs={"data-address": ""} if in_address else {},
    )


def _tab(item: Tab, *, name: str, chosen: bool) -> rx.Component:
    count: list[rx.Component] = []
    if item.count is not None:
        number = rx.el.span(" ", item.count, class_name="ml-1 tabular-nums whitespace-pre")
        count = [rx.cond(item.count, number) if isinstance(item.count, rx.Var) else number]
    return rx.el.button(
        item.label,
        *count,
        type="button",
        role="tab",
        id=f"{name}-{item.key}-tab",
        tab_index=0 if chosen else -1,
        class_name="tab",
        custom_attrs={
            "data-tab": item.key,
            "aria-selected": "true" if chosen else "false",
            "aria-controls": f"{name}-{item.key}",
        },
    )
