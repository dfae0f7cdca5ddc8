"""A form whose fields are the query of the page's address, with or without scripts."""

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from mentor_ui.components.forms import native_form
from mentor_ui.components.values import Child, Text


def _address(event: rx.vars.ObjectVar[dict[str, dict[str, str]]]) -> tuple[rx.Var[str]]:
    return (event["currentTarget"]["value"],)


class FilterForm(BaseHTML):
    """The custom element `filter-form` of `assets/mentor.js`."""

    tag = "FilterForm"
    # Reflex makes identifiers of the tag, and an identifier cannot have the hyphen.
    alias = "filter-form"


class Lead(BaseHTML):
    """A button that the script presses; React would not hear an event of a custom element it found there."""

    tag = "button"
    on_click: rx.EventHandler[_address]


def filter_form(*children: Child, action: str, answer: Text, label: str) -> rx.Component:
    """Make a form that asks by changing the page's address.

    With scripts a change leads to the new address without a reload: words in a search field after a short
    pause, everything else at once. Of checkboxes with `data-alone` and one name only one stays checked.
    Without scripts its submit button does the same.

    Args:
        *children: Fields; their names are those of the query.
        action: Path of the page.
        answer: The query that the page now answers, a blank, and the query that the fields should show; empty
            until there is an answer. Fields follow it on the way back, too.
        label: What the form is for, for screen readers.

    Returns:
        The form.
    """
    # Values that a browser puts back would count as typed.
    attributes = {"aria-label": label, "autocomplete": "off"}
    return FilterForm.create(
        native_form(*children, action=action, method="get", role="search", **attributes),
        _lead("there", replace=False),
        _lead("on", replace=True),
        custom_attrs={"answer": answer},
    )


def _lead(where: str, *, replace: bool) -> rx.Component:
    return Lead.create(
        on_click=lambda address: rx.redirect(address, replace=replace),
        custom_attrs={"type": "button", "hidden": True, "data-leads": where},
    )
