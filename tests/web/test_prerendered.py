"""What the server draws of a page is what React draws of it, element by element."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mentor_ui import front_end
from mentor_ui.mentor_ui import app
from mentor_ui.pages.registry import NOT_FOUND, all_pages
from mentor_ui.web.first_paint_pages import Pages
from mentor_ui.web.first_paint_values import defaults_of

# Drawn by the browser alone: its choices are made of what the browser serialises.
ONLY_BROWSER = {"/admin/mentorship"}
ROUTES = [page.route for page in all_pages() if "[" not in page.route and page.route != NOT_FOUND]


class Tokens(HTMLParser):
    """A document as a list of tags, texts and comments, attributes in the order of their names."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[object, ...]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(("begin", tag, *sorted((name.lower(), value or "") for name, value in attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("end", tag))

    def handle_data(self, data: str) -> None:
        self.found.append(("text", data))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))


def prerendered(route: str) -> str:
    html = Path(front_end.STATIC_FOLDER, route.strip("/"), "index.html").read_text(encoding="utf-8")
    found = re.search(r"<body>(.*?)<script>\(\(storageKey", html, re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    assert app
    front_end.build(report=lambda _words: None, log=tmp_path_factory.mktemp("build") / "log")
    return Pages(all_pages())


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_is_drawn_as_react_draws_it(pages: Pages, route: str) -> None:
    page = pages.ready(route)
    if page is None:
        assert route in ONLY_BROWSER
        return
    names = frozenset({"reflex___state____state", *(one.get_full_name() for one in page.states)})
    drawing = page.draw(defaults_of(names), path="", query="-", fields={})
    assert Tokens(drawing.body).found == Tokens(prerendered(route)).found
