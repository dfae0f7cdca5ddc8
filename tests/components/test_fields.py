"""A field's label, hint and error belong to its control, for everyone."""

from typing import Any

import pytest
import reflex as rx

from mentor_ui.components import fields
from mentor_ui.components.pills import choice_card, choice_chip, choice_group, filter_pill
from tests.components.rendering import Rendered, rendered

FIELDS: list[tuple[str, rx.Component]] = [
    ("input", fields.text_field("Title", name="title", hint="Short", error="Write a title.")),
    ("textarea", fields.text_area("Description", name="description", hint="Plain", error="Too long.")),
    (
        "select",
        fields.select_field("Course", [("1", "React")], name="course", hint="One", error="Choose one."),
    ),
    ("input", fields.money_field("Price", name="price", hint="In naira", error="Write a number.")),
]


@pytest.mark.parametrize(("tag", "component"), FIELDS)
def test_label_hint_and_error_are_bound_to_the_control(tag: str, component: rx.Component) -> None:
    field = rendered(component)
    control = field.one(tag)
    assert field.one("label").props["htmlFor"] == control.props["id"]
    assert control.props["aria-invalid"] == "true"
    described = control.props["aria-describedby"].split()
    by_id = {element.props["id"]: element for element in field if "id" in element.props}
    hint, error = (by_id[name].words() for name in described)
    assert hint
    assert error


def test_a_field_without_an_error_is_valid() -> None:
    field = rendered(fields.text_field("Title", name="title"))
    assert field.one("input").props["aria-invalid"] == "false"
    assert "true" in field.one("input").props["required"]


def test_an_error_of_a_state_decides_in_the_browser() -> None:
    error: Any = rx.Var("mistake").to(str)
    field = rendered(fields.text_field("Title", name="title", error=error))
    assert "mistake" in field.one("input").props["aria-invalid"]
    assert [choice for choice in field.all("cond") if "mistake" in choice.props["state"]]


def test_an_optional_field_says_so_and_is_not_required() -> None:
    field = rendered(fields.text_area("Note", name="note", optional=True))
    assert field.one("label").words() == "Note"
    assert "optional" in field.words()
    assert "false" in field.one("textarea").props["required"]


def test_the_share_is_shown_where_the_price_is_described() -> None:
    field = rendered(fields.money_field("Price", name="price", share_percent=70, hint="You receive 70 %."))
    control = field.one("input")
    outputs = [element for element in field if element.props.get("id") == control.props["data-share-output"]]
    assert len(outputs) == 1
    assert control.props["data-share"] == "70"


def test_search_has_a_label_that_is_not_only_a_placeholder() -> None:
    field = rendered(fields.search_field("Search topic, mentor or course"))
    assert field.one("label").props["htmlFor"] == field.one("input").props["id"]
    assert field.one("label").words() == "Search topic, mentor or course"


@pytest.mark.parametrize(
    ("kind", "component"),
    [
        ("checkbox", choice_chip("60 min", name="duration", value="60")),
        ("radio", choice_card("Instant", "Pay now.", name="mode", value="instant")),
        ("checkbox", fields.check_field("Publish now", name="publish")),
    ],
)
def test_choices_are_real_controls_in_their_label(kind: str, component: rx.Component) -> None:
    label = rendered(component).one("label")
    assert label.one("input").props["type"] == kind
    assert label.words().strip()


def test_a_group_of_choices_has_a_name() -> None:
    group = rendered(choice_group("Duration", choice_chip("60 min", name="d", value="60"), hide_legend=True))
    assert group.one("fieldset").one("legend").words() == "Duration"


def test_a_pill_says_what_pressing_it_does() -> None:
    pill: Rendered = rendered(filter_pill("60 min", to="/mentorship"))
    assert pill.words().startswith("Remove filter: 60 min")
