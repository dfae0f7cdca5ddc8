"""What the server draws of a page, without a browser: the markup's rules, values, heads and safety."""

import json
from html.parser import HTMLParser

import pytest
import reflex as rx

from mentor_ui.components.offering_card import OfferingCard, offering_grid
from mentor_ui.web.first_paint_document import data_of
from mentor_ui.web.first_paint_markup import NotDrawable, Sheet, drawing, names_of
from mentor_ui.web.first_paint_scripts import UnknownScript, text_of, worked

EVIL = "\"><script>alert('1')</script>&amp;"


class Elements(HTMLParser):
    """The names of all elements of a document, and all its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.names.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def drawn(component: rx.Component, **names: object) -> str:
    sheet = Sheet(dict(names), {})
    drawing(component)(sheet)
    return "".join(sheet.parts)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('("a"+one+1)', "ab1"),
        ('isTrue(many) ? "yes" : "no"', "no"),
        ("(many ? 1 : 2)", 1),
        ("many.length", 0),
        ('(thing?.["title"]?.valueOf?.() === "React"?.valueOf?.())', True),
        ('!((thing?.["title"]?.valueOf?.() === ""?.valueOf?.()))', True),
        ("pyAnd(many, () => (nobody))", []),
        ('pyOr(many, () => (thing?.["title"]))', "React"),
        ("pyOr(isTrue(one), () => (one.never.known))", True),
        ('thing?.["none"]?.["deeper"]', None),
        ("rows?.at?.(-1)", 2),
        ("(1 > 0) && (2 >= 3)", False),
        ("-1", -1),
        ('"a\\"\\u20a6"', 'a"₦'),
        ('({ ["width"] : 40 })', {"width": 40}),
        ("isNotNullOrUndefined(undefined)", False),
        ("null ?? 3", 3),
        ("true === 1", False),
    ],
)
def test_an_expression_comes_to_what_a_browser_makes_of_it(script: str, expected: object) -> None:
    names = {"one": "b", "many": [], "thing": {"title": "React"}, "rows": [1, 2]}
    assert worked(script)(names) == expected


@pytest.mark.parametrize("script", ["a b", "x => x", "`t`", "f(1)", "(1", "window.alert(1)", ""])
def test_an_expression_of_another_form_is_refused(script: str) -> None:
    with pytest.raises((UnknownScript, KeyError)):
        worked(script)({})


@pytest.mark.parametrize(("value", "text"), [(1, "1"), (2.0, "2"), (0.5, "0.5"), (True, "true"), ("x", "x")])
def test_values_become_text_as_in_a_browser(value: object, text: str) -> None:
    assert text_of(value) == text


def test_two_texts_are_kept_apart_and_nothing_is_shown_of_nothing() -> None:
    name = rx.Var("name").to(str)
    assert drawn(rx.el.p("With ", name), name="Ada") == "<p>With <!-- -->Ada</p>"
    assert drawn(rx.el.p("With ", name), name="") == "<p>With </p>"
    assert drawn(rx.el.p("With ", rx.el.b(name)), name="Ada") == "<p>With <b>Ada</b></p>"


def test_what_people_wrote_stays_text() -> None:
    title = rx.Var("title").to(str)
    html = drawn(rx.el.p(title, title=title, class_name=title), title=EVIL)
    assert Elements(html).names == ["p"]
    assert Elements(html).text == EVIL


def test_an_address_that_runs_a_script_leads_nowhere() -> None:
    goes = rx.Var("goes").to(str)
    for address in ("javascript:alert(1)", " JAVA\nSCRIPT:alert(1)"):
        assert "script" not in drawn(rx.el.img(src=goes), goes=address).lower()


def test_fields_of_a_filter_form_show_what_the_address_asks() -> None:
    form = rx.el.div(
        rx.el.input(name="q", type="search"),
        rx.el.input(name="duration", type="checkbox", value="60"),
        rx.el.input(name="duration", type="checkbox", value="30"),
        rx.el.select(rx.el.option("Any", value=""), rx.el.option("Price", value="price"), name="sort"),
    )
    sheet = Sheet({}, {"q": [EVIL], "duration": ["60"], "sort": ["price"]}, filtering=True)
    drawing(form)(sheet)
    html = "".join(sheet.parts)
    assert Elements(html).names == ["div", "input", "input", "input", "select", "option", "option"]
    assert html.count("checked") == 1
    assert '<option value="price" selected="">' in html


def test_a_style_that_only_a_browser_makes_is_refused() -> None:
    with pytest.raises(NotDrawable, match="style"):
        drawing(rx.el.img(src="x", width="4"))


def test_data_cannot_end_its_element() -> None:
    text = data_of({"title": "</script><script>alert(1)</script>\u2028<!--"})
    assert "<" not in text
    assert json.loads(text)["title"] == "</script><script>alert(1)</script>\u2028<!--"


def test_a_card_is_drawn_with_its_links_and_words() -> None:
    card = {
        **dict.fromkeys(OfferingCard.__dataclass_fields__, ""),
        "id": "7",
        "title": EVIL,
        "hue": 3,
        "price": "₦5,000",
        "tutor": "Ada",
        "picture": "https://faces.example/a.png",
    }
    html = drawn(offering_grid(rx.Var("cards").to(list[OfferingCard])), cards=[card])
    assert 'href="/mentorship/offering/7"' in html
    assert 'href="/mentorship/checkout/7"' in html
    assert 'width="40"' in html
    assert 'loading="lazy"' in html
    assert "<script" not in html


def test_names_are_those_of_the_scripts() -> None:
    assert names_of({"a.b": {"x": 1}})["a__b"] == {"x": 1}
