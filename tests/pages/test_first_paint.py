"""Pages as they come over plain HTTP: whole without scripts, and taken over by them without a trace."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from mentor_ui.front_end import STATIC_FOLDER
from mentor_ui.web.compression import brotli
from mentor_ui.web.first_paint_document import documents
from tests.app_process import AppProcess

PUBLIC = ("/", "/mentorship", "/mentorship?when=week&sort=price", "/courses", "/login", "/signup")
NAMESPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}

# Brotli, in bytes: the scripts, all pages' styles, those of one page in its document, the display font.
MOST_SCRIPTS = 131_500
MOST_SHEET = 9_000
MOST_STYLES = 6_600
MOST_FONTS = 8_000

WATCH = """
window.shifts = 0;
window.moved = [];
const box = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
const named = (node) => (node?.outerHTML ?? node?.textContent ?? "what is gone").slice(0, 160);
new PerformanceObserver((list) => {
  for (const { value, startTime, sources } of list.getEntries()) {
    window.shifts += value;
    for (const { node, previousRect, currentRect } of sources)
      window.moved.push(
        `${Math.round(startTime)} ms, ${value.toFixed(4)}: ` +
          `${named(node)}: ${box(previousRect)} to ${box(currentRect)}`,
      );
  }
}).observe({ type: "layout-shift", buffered: true });
"""


LOADED = (
    """() => [...document.fonts].some((one) => one.family.includes("Grotesque") && one.status === "loaded")"""
)
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A phone whose browser runs no scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    context.set_default_timeout(40_000)
    yield context.new_page()
    context.close()


def holding(page: Page, addresses: str) -> list[Route]:
    """Hold requests back; return those that wait, which is filled as they come."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(addresses, hold)
    return held


def first_offering(app: AppProcess) -> str:
    html = httpx.get(f"{app.url}/mentorship", timeout=60).text
    found = re.search(r'href="(/mentorship/offering/\d+)"', html)
    assert found
    return found[1]


def first_course(app: AppProcess) -> str:
    found = re.search(r'href="(/courses/[\w-]+)"', httpx.get(f"{app.url}/courses", timeout=60).text)
    assert found
    return found[1]


def facts(html: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


def test_without_scripts_a_visitor_filters_and_books_up_to_sign_in(plain: Page, demo_app: AppProcess) -> None:
    plain.goto(f"{demo_app.url}/mentorship")
    expect(plain.locator("#market-cards article").first).to_be_visible()
    plain.get_by_label("60 min").check()
    plain.get_by_role("combobox", name="Order").select_option("price")
    plain.get_by_role("button", name="Show sessions").first.click()
    expect(plain).to_have_url(re.compile(r"[?&]duration=60(&|$)"))
    expect(plain).to_have_url(re.compile(r"[?&]sort=price(&|$)"))
    expect(plain.get_by_label("60 min")).to_be_checked()
    expect(plain.get_by_role("combobox", name="Order")).to_have_value("price")
    expect(plain.locator("#market-cards article").first).to_contain_text("60 min")
    plain.get_by_role("link", name="Book session").first.click()
    expect(plain).to_have_url(re.compile(r"/login\?next=/mentorship/checkout/\d+$"))
    plain.get_by_label("Email").fill("nobody@example.test")
    plain.get_by_label("Password").fill("not this one")
    plain.get_by_role("button", name="Sign in", exact=True).click()
    # Refused: what was typed is there again, the reason beside it, and where it was to lead.
    expect(plain.get_by_label("Email")).to_have_value("nobody@example.test")
    expect(plain).to_have_url(re.compile(r"next=%2Fmentorship%2Fcheckout"))
    plain.get_by_label("Email").fill("student@demo.test")
    plain.get_by_label("Password").fill("mentor-demo")
    plain.get_by_role("button", name="Sign in", exact=True).click()
    expect(plain).to_have_url(re.compile(r"/mentorship/checkout/\d+$"))


def test_without_scripts_offerings_and_courses_are_whole(plain: Page, demo_app: AppProcess) -> None:
    plain.goto(demo_app.url + first_offering(demo_app))
    title = plain.get_by_role("heading", level=1).inner_text()
    expect(plain).to_have_title(re.compile(f"^{re.escape(title)} with .+ · mentor$"))
    expect(plain.get_by_role("heading", name="Next free times")).to_be_visible()
    plain.goto(demo_app.url + first_course(demo_app))
    course = plain.get_by_role("heading", level=1).inner_text()
    expect(plain).to_have_title(f"{course} · mentor")
    expect(plain.get_by_role("heading", name="Lessons")).to_be_visible()


def test_scripts_take_over_without_a_trace(browser: Browser, demo_app: AppProcess) -> None:
    for path in (*PUBLIC, first_offering(demo_app), first_course(demo_app)):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        tab = context.new_page()
        wrong: list[str] = []
        tab.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
        tab.on("console", lambda said, wrong=wrong: wrong.append(said.text) if said.type == "error" else None)
        tab.add_init_script(WATCH)
        tab.goto(demo_app.url + path, wait_until="commit")
        heading = tab.locator("h1").first
        heading.wait_for()
        tab.evaluate("() => document.querySelector('h1').dataset.drawn = 'first'")
        # React has taken the page over once it knows an element of it.
        tab.wait_for_function(
            "() => Object.keys(document.querySelector('h1')).some((k) => k.startsWith('__react'))"
        )
        tab.wait_for_load_state("networkidle")
        # The same element, and not one like it, is still there.
        assert tab.evaluate("() => document.querySelector('h1').dataset.drawn") == "first", path
        assert tab.evaluate("() => window.shifts") <= 0.01, (path, tab.evaluate("() => window.moved"))
        assert wrong == [], path
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_font_of_titles_moves_nothing_when_it_comes_late(
    browser: Browser, demo_app: AppProcess, width: int
) -> None:
    for path in ("/", "/mentorship", "/courses", first_offering(demo_app)):
        context = browser.new_context(viewport={"width": width, "height": 900})
        tab = context.new_page()
        held = holding(tab, "**/*.woff2")
        tab.add_init_script(WATCH)
        tab.goto(demo_app.url + path, wait_until="commit")
        tab.locator("h1").first.wait_for()
        # What is drawn before has to have been on the screen.
        tab.evaluate(FRAMES)
        assert held, path
        for request in held:
            request.continue_()
        tab.wait_for_function(LOADED)
        tab.evaluate(FRAMES)
        assert tab.evaluate("() => window.shifts") <= 0.01, (path, tab.evaluate("() => window.moved"))
        context.close()


@pytest.fixture
def release(page: Page) -> Callable[[], None]:
    """Hold the page's scripts, as a slow connection does; return what lets them come."""
    held: list[Route] = []
    free = False

    def hold(route: Route) -> None:
        if free:
            route.continue_()
        else:
            held.append(route)

    def let_come() -> None:
        nonlocal free
        free = True
        for route in held:
            route.continue_()

    page.route(re.compile(r"\.js(\?|$)"), hold)
    page.add_init_script(
        "document.addEventListener('mentor:loaded', () => document.documentElement.dataset.loaded = '')"
    )
    return let_come


def test_words_typed_before_the_scripts_are_asked_for(
    page: Page, demo_app: AppProcess, release: Callable[[], None]
) -> None:
    page.goto(f"{demo_app.url}/mentorship", wait_until="commit")
    field = page.get_by_role("searchbox")
    field.fill("react")
    release()
    expect(page).to_have_url(re.compile(r"[?&]q=react(&|$)"))
    expect(page.get_by_role("link", name="Remove filter: “react”")).to_be_visible()
    expect(field).to_have_value("react")


def test_a_filter_sent_before_the_scripts_reloads_the_page(
    page: Page, demo_app: AppProcess, release: Callable[[], None]
) -> None:
    page.goto(f"{demo_app.url}/mentorship", wait_until="commit")
    page.get_by_role("searchbox").fill("react")
    page.get_by_role("searchbox").press("Enter")
    expect(page).to_have_url(re.compile(r"[?&]q=react(&|$)"))
    release()
    expect(page.locator("html[data-loaded]")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("react")


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_what_is_typed_before_the_scripts_stays(
    page: Page, demo_app: AppProcess, release: Callable[[], None], path: str
) -> None:
    page.goto(demo_app.url + path, wait_until="commit")
    page.get_by_label("Email").fill("ada@example.test")
    page.get_by_label("Password", exact=True).fill("typed in a tunnel")
    release()
    expect(page.locator("html[data-loaded]")).to_have_count(1)
    expect(page.get_by_label("Email")).to_have_value("ada@example.test")
    expect(page.get_by_label("Password", exact=True)).to_have_value("typed in a tunnel")


def test_another_page_is_shown_once_its_styles_are_there(page: Page, demo_app: AppProcess) -> None:
    page.goto(f"{demo_app.url}/login")
    page.wait_for_load_state("networkidle")
    # What the first page has in its document is not fetched once more.
    assert page.evaluate("() => [...document.styleSheets].map((one) => one.href)") == [None]
    held = holding(page, "**/*.css")
    with page.expect_request("**/*.css"), page.expect_response(re.compile(r"/assets/_mentorship_\._index-")):
        page.get_by_role("link", name="Find a mentor").click()
    page.evaluate(FRAMES)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    for request in held:
        request.continue_()
    cards = page.locator("#market-cards ul")
    expect(cards.locator("article").first).to_be_visible()
    expect(cards).to_have_css("display", "grid")
    expect(page.locator("link[rel=stylesheet]:not([disabled])")).to_have_count(1)
    assert len(held) == 1
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_each_row_has_a_head_of_its_own(demo_app: AppProcess) -> None:
    path = first_offering(demo_app)
    reply = httpx.get(demo_app.url + path, timeout=60)
    assert reply.status_code == 200
    html = reply.text
    (service,) = facts(html)
    assert service["@type"] == "Service"
    assert html.count("<title>") == 1
    assert f"<title>{service['name']} with " in unescape(html)
    assert f'<link rel="canonical" href="{demo_app.url}{path}"/>' in html
    assert 'property="og:title"' in html
    (course,) = facts(httpx.get(demo_app.url + first_course(demo_app), timeout=60).text)
    assert course["@type"] == "Course"
    mentor = service["provider"]["url"]
    about = httpx.get(mentor, timeout=60).text
    assert facts(about)[0]["@type"] == "ProfilePage"
    assert "<title>Sessions with " in about


@pytest.mark.parametrize(
    "path",
    ["/mentorship/offering/1", "/mentorship/offering/none", "/courses/none-of-these", "/no-such-page"],
)
def test_what_is_not_there_says_so_with_its_status(demo_app: AppProcess, path: str) -> None:
    assert httpx.get(demo_app.url + path, timeout=60).status_code == 404


def test_pages_come_without_a_detour_compressed_and_fresh(demo_app: AppProcess) -> None:
    for encoding in ("br", "gzip"):
        reply = httpx.get(f"{demo_app.url}/mentorship", headers={"accept-encoding": encoding}, timeout=60)
        assert (reply.status_code, reply.headers["content-encoding"]) == (200, encoding)
        assert reply.headers["cache-control"] == "no-cache"
        assert "'unsafe-inline'" not in reply.headers["content-security-policy"].partition("style-src")[0]
        assert "<article" in reply.text
    again = httpx.get(
        f"{demo_app.url}/login", headers={"if-none-match": httpx.get(f"{demo_app.url}/login").headers["etag"]}
    )
    assert again.status_code == 304
    assert httpx.head(f"{demo_app.url}/courses", timeout=60).status_code == 200


def test_a_signed_in_persons_page_is_kept_by_nobody(demo_app: AppProcess) -> None:
    with httpx.Client(base_url=demo_app.url, timeout=60) as client:
        fields = {"email": "student@demo.test", "password": "mentor-demo", "next": "/courses"}
        reply = client.post("/api/auth/login", data=fields)
        assert (reply.status_code, reply.headers["location"]) == (303, "/courses")
        page = client.get("/courses")
        assert page.headers["cache-control"] == "private, no-store"
        assert "etag" not in page.headers
        assert "Your courses" in page.text


def test_search_engines_find_every_public_page(demo_app: AppProcess) -> None:
    robots = httpx.get(f"{demo_app.url}/robots.txt", timeout=60).text
    assert f"Sitemap: {demo_app.url}/sitemap.xml" in robots
    root = ET.fromstring(httpx.get(f"{demo_app.url}/sitemap.xml", timeout=60).content)  # noqa: S314 - ours
    places = {place.text for place in root.iterfind("s:url/s:loc", NAMESPACE)}
    assert {demo_app.url + path for path in (first_offering(demo_app), first_course(demo_app), "/")} <= places
    assert any(place and "?mentor=" in place for place in places)


def test_no_page_outgrows_its_budget(demo_app: AppProcess) -> None:
    assert demo_app.url
    assert STATIC_FOLDER.is_dir()

    def weight(path: str) -> int:
        file = STATIC_FOLDER / path.partition("?")[0].lstrip("/")
        squeezed = file.with_name(f"{file.name}.br")
        return (squeezed if squeezed.exists() else file).stat().st_size

    for route, document in documents(STATIC_FOLDER).items():
        whole = document.head + document.scripts
        linked = set(re.findall(r'<link rel="modulepreload" href="([^"]+)"', whole))
        linked |= set(re.findall(r'<script[^>]* src="([^"]+)"', whole))
        own = {path for path in linked if f'import * as route1 from "{path}"' in whole}
        assert len(own) == 1, route
        scripts = sum(weight(path) for path in linked)
        extra = 12_000 if route.startswith(("/tutor", "/admin", "/student", "/account")) else 0
        assert scripts <= MOST_SCRIPTS + extra, (route, scripts)
        # Browsers draw nothing until a font has come that the document names.
        assert 'as="font"' not in document.head, route
        # In the document itself, so that nothing waits for it.
        styles = re.search(r"<style>(.*?)</style>", document.head, re.DOTALL)
        assert styles, route
        assert len(brotli(styles[1].encode(), 11)) <= MOST_STYLES, route
    (sheet,) = STATIC_FOLDER.glob("assets/*.css.br")
    assert sheet.stat().st_size <= MOST_SHEET
    assert sum(font.stat().st_size for font in STATIC_FOLDER.rglob("*.woff2")) <= MOST_FONTS
