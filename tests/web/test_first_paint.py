"""What the server draws of a page, without a browser: the markup's rules, values, heads and safety."""

import asyncio
import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import reflex as rx
from starlette.applications import Starlette

from mentor_ui.components.offering_card import OfferingCard, offering_grid
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.mentor_ui import drawn_pages
from mentor_ui.services import notifications
from mentor_ui.web.first_paint import FirstPaint
from mentor_ui.web.first_paint_document import data_of
from mentor_ui.web.first_paint_markup import NotDrawable, Sheet, drawing, names_of
from mentor_ui.web.first_paint_scripts import UnknownScript, text_of, worked
from tests.booked import cookie_for
from tests.web.conftest import HOST
from tests.world import make_person

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


ROUTES = {"account": "/account", "courses": "/courses"}
BUILT = """<html><head><link href="/assets/a.css" rel="stylesheet" type="text/css"/></head><body>
<script>((storageKey</script><script type="module">import "/assets/manifest-a.js";
import * as route1 from "/assets/one.js";const all = {"root":route0,"one":route1};</script>
<script>window.__reactRouterContext.stream = new ReadableStream();</script><!--$?--></body></html>"""


@pytest.fixture
async def browser(joined: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of pages between which and their scripts stands as little as a build can have."""
    del joined
    routes: dict[str, dict[str, str | list[str]]] = {
        name: {"id": name, "path": path.strip("/"), "module": f"/assets/{name}.js", "imports": []}
        for name, path in ROUTES.items()
    }
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets/a.css").write_text("p{margin:0}")
    (tmp_path / "assets/manifest-a.js").write_text(f"window.manifest={json.dumps({'routes': routes})};")
    (tmp_path / "index.html").write_text(BUILT)
    painting = FirstPaint(Starlette(), pages=drawn_pages, static_folder=tmp_path, public_url=HOST)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(painting), base_url=HOST) as client:
        yield client


@pytest.mark.anyio
async def test_a_visitors_page_may_be_kept_and_a_signed_in_persons_may_not(
    browser: httpx.AsyncClient, joined: Database
) -> None:
    page = await browser.get("/courses")
    assert page.headers["cache-control"] == "no-cache"
    again = await browser.get("/courses", headers={"if-none-match": page.headers["etag"]})
    assert again.status_code == 304
    browser.cookies.set(SESSION_COOKIE, cookie_for(joined, make_person(joined, Role.STUDENT)))
    mine = await browser.get("/courses", headers={"if-none-match": page.headers["etag"]})
    assert (mine.status_code, mine.headers["cache-control"]) == (200, "private, no-store")
    assert "etag" not in mine.headers


@pytest.mark.anyio
async def test_a_visitors_page_that_many_ask_for_is_squeezed_well(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/courses", headers={"accept-encoding": "br"})
    again = first
    async with asyncio.timeout(60):
        while int(again.headers["content-length"]) >= int(first.headers["content-length"]):
            await asyncio.sleep(0.01)
            again = await browser.get("/courses", headers={"accept-encoding": "br"})
    assert (again.headers["content-encoding"], again.text) == ("br", first.text)


@pytest.mark.anyio
async def test_drawing_the_account_leaves_its_messages_new(
    browser: httpx.AsyncClient, joined: Database
) -> None:
    reader = make_person(joined, Role.STUDENT)
    with joined.transaction() as session:
        key = f"news:{reader.person_id}"
        notifications.tell(session, reader.person_id, key=key, kind="news", title="Ada has answered")
    browser.cookies.set(SESSION_COOKIE, cookie_for(joined, reader))
    assert (await browser.head("/account")).status_code == 200
    assert "Ada has answered" in (await browser.get("/account")).text
    with joined.reading() as session:
        assert notifications.unread_count(session, reader) == 1
