"""`assets/mentor.js` in a browser: dialogs, tabs, countdowns and the tutor's share, with no server at all."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from mentor_ui.domain.fees import FeeBearer, price_parts
from mentor_ui.domain.money import show_naira
from mentor_ui.settings import PROJECT_FOLDER

SCRIPT = Path(PROJECT_FOLDER, "assets", "mentor.js")
TABS = """
<tab-set data-address>
  <div role="tablist">
    <button role="tab" data-tab="upcoming" aria-controls="p1" aria-selected="true">Upcoming</button>
    <button role="tab" data-tab="history" aria-controls="p2" tabindex="-1">History</button>
  </div>
  <div role="tabpanel" id="p1">Two sessions</div>
  <div role="tabpanel" id="p2" hidden>Nothing yet</div>
</tab-set>
"""
DIALOG = """
<button command="show-modal" commandfor="new">Create</button>
<dialog id="new" data-light data-open-on="0" data-close-on="0">
  <div><input aria-label="Title"><button command="close" commandfor="new">Cancel</button></div>
</dialog>
"""


NO_NATIVE_COMMANDS = """
document.addEventListener("command", (event) => event.preventDefault(), true);
delete HTMLButtonElement.prototype.commandForElement;
"""


def show(page: Page, body: str, *, before: str = "") -> None:
    document = f"<!doctype html><title>x</title><body>{body}</body>"
    page.route("**/*", lambda route: route.fulfill(body=document, content_type="text/html; charset=utf-8"))
    page.goto("http://look.test/")
    if before:
        page.evaluate(before)
    page.add_script_tag(path=SCRIPT)


def stop_the_clock(page: Page) -> None:
    """Make it noon until the test lets time pass; a clock that is only set goes on by itself."""
    page.clock.install(time="2026-11-22T11:59:00Z")
    page.clock.pause_at("2026-11-22T12:00:00Z")


def test_arrow_keys_move_between_tabs(page: Page) -> None:
    show(page, TABS)
    upcoming, history = page.get_by_role("tab", name="Upcoming"), page.get_by_role("tab", name="History")
    upcoming.focus()
    page.keyboard.press("ArrowRight")
    expect(history).to_be_focused()
    expect(history).to_have_attribute("aria-selected", "true")
    expect(upcoming).to_have_attribute("tabindex", "-1")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    expect(page.get_by_text("Two sessions")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(upcoming).to_be_focused()
    page.keyboard.press("End")
    expect(history).to_be_focused()


def test_the_address_names_the_tab(page: Page) -> None:
    show(page, TABS, before="location.hash = 'history'")
    expect(page.get_by_text("Nothing yet")).to_be_visible()
    page.evaluate("location.hash = 'upcoming'")
    expect(page.get_by_text("Two sessions")).to_be_visible()


@pytest.mark.parametrize("native", [True, False])
def test_a_button_opens_a_dialog_and_gets_the_focus_back(page: Page, native: bool) -> None:  # noqa: FBT001
    # As in a browser that has never heard of the attribute.
    show(page, DIALOG, before="" if native else NO_NATIVE_COMMANDS)
    opener, dialog = page.get_by_role("button", name="Create"), page.get_by_role("dialog")
    opener.click()
    expect(dialog).to_be_visible()
    expect(page.get_by_label("Title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    page.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    opener.click()
    page.mouse.click(5, 5)
    expect(dialog).to_be_hidden()


def test_a_changed_number_opens_and_closes_a_dialog(page: Page) -> None:
    show(page, DIALOG)
    dialog = page.get_by_role("dialog")
    page.evaluate("document.getElementById('new').setAttribute('data-open-on', '0')")
    expect(dialog).to_be_hidden()
    page.evaluate("document.getElementById('new').setAttribute('data-open-on', '1')")
    expect(dialog).to_be_visible()
    page.evaluate("document.getElementById('new').setAttribute('data-close-on', '1')")
    expect(dialog).to_be_hidden()


FORMS = """
<button command="show-modal" commandfor="new"
  data-fill='{"title": "", "on": true, "course": ""}'>Create</button>
<button command="show-modal" commandfor="new"
  data-fill='{"title": "React", "on": false, "course": "7"}'>Edit</button>
<dialog id="new"><form method="dialog">
  <input name="title" aria-label="Title"><input name="on" type="checkbox" aria-label="On">
  <select name="course" aria-label="Course" data-notes='{"7": "12 graduates"}' data-note-output="note">
    <option value="">None</option><option value="7">React</option></select><p id="note"></p>
  <button type="button" command="close" commandfor="new" data-discard>Cancel</button>
</form></dialog>
"""


def test_a_button_fills_the_form_of_the_dialog_it_opens(page: Page) -> None:
    show(page, FORMS)
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Title")).to_have_value("React")
    expect(page.get_by_label("On")).not_to_be_checked()
    expect(page.get_by_label("Course")).to_have_value("7")
    expect(page.locator("#note")).to_have_text("12 graduates")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_label("Title")).to_have_value("")
    expect(page.get_by_label("On")).to_be_checked()
    expect(page.locator("#note")).to_have_text("")


def test_a_form_left_by_accident_keeps_what_was_typed_and_a_cancelled_one_does_not(page: Page) -> None:
    show(page, FORMS)
    opener, title = page.get_by_role("button", name="Create"), page.get_by_label("Title")
    opener.click()
    title.fill("Half a thought")
    page.keyboard.press("Escape")
    opener.click()
    expect(title).to_have_value("Half a thought")
    page.get_by_role("button", name="Cancel").click()
    opener.click()
    expect(title).to_have_value("")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("5000", "You receive ₦3,500 (70%)."),
        ("₦12,500.50", "You receive ₦8,750.35 (70%)."),
        ("999.99", "You receive ₦699.99 (70%)."),
        ("abc", "In naira"),
        ("", "In naira"),
    ],
)
def test_the_share_follows_the_price(page: Page, typed: str, said: str) -> None:
    show(page, '<input data-share="70" data-share-output="o" data-share-hint="In naira"><p id="o">old</p>')
    page.locator("input").fill("1")
    page.locator("input").fill(typed)
    expect(page.locator("#o")).to_have_text(said)


PARTS = """<input data-share="{share}" data-share-output="o" data-share-hint="h" data-bearer="{bearer}"
 data-parts="p"><p id="o"></p><div id="p" hidden><b data-part="student"></b><b data-part="fee"></b>
<b data-part="platform"></b><b data-part="tutor"></b><i data-part="step"></i></div>"""


@pytest.mark.parametrize("bearer", FeeBearer)
def test_the_parts_of_a_price_are_those_that_will_be_booked(page: Page, bearer: FeeBearer) -> None:
    """The browser's arithmetic and the server's agree, at the step and the cap of the fee too."""
    show(page, PARTS.format(share=70, bearer=bearer.value))
    field, shown = page.locator("input"), page.locator("#p")
    for kobo in (50_000, 99_999, 246_249, 246_250, 249_999, 250_000, 500_001, 12_466_667, 1_000_000_000):
        field.fill(naira := show_naira(kobo))
        parts = price_parts(kobo, 30, bearer)
        said = [
            shown.locator(f"[data-part={part}]").text_content() for part in ("student", "fee", "platform")
        ]
        assert said == [
            show_naira(one) for one in (parts.student_kobo, parts.fee_kobo, parts.platform_kobo)
        ], naira
        expect(shown.locator("[data-part=tutor]")).to_have_text(show_naira(parts.tutor_kobo))
    field.fill("2,500")
    expect(shown.locator("[data-part=step]")).to_contain_text("₦100 more. Of ₦2,499 it would be ₦37.49.")
    field.fill("2,300")
    expect(shown.locator("[data-part=step]")).to_have_text(
        "Below ₦2,500, Paystack leaves ₦100 of its fee out."
    )
    field.fill("5,000")
    expect(shown.locator("[data-part=step]")).to_be_empty()
    field.fill("")
    expect(shown).to_be_hidden()


def test_a_countdown_ticks_warns_and_ends_once(page: Page) -> None:
    stop_the_clock(page)
    show(page, '<count-down until="2026-11-22T12:09:42Z" warn="60"></count-down>')
    page.evaluate("""() => {
        window.rung = 0;
        document.querySelector('count-down').addEventListener('animationend', () => { window.rung += 1; });
    }""")
    count = page.locator("count-down [part=time]")
    expect(count).to_have_text("9:42")
    page.clock.run_for(2_000)
    expect(count).to_have_text("9:40")
    expect(page.locator("count-down[data-last]")).to_have_count(0)
    page.clock.run_for(9 * 60_000)
    expect(count).to_have_text("0:40")
    expect(page.locator("count-down[data-last]")).to_have_count(1)
    page.clock.run_for(60_000)
    expect(count).to_have_text("0:00")
    assert page.evaluate("window.rung") == 1


def test_a_countdown_is_not_read_out_every_second(page: Page) -> None:
    stop_the_clock(page)
    show(page, '<count-down until="2026-11-22T12:09:42Z"></count-down>')
    page.evaluate("""() => {
        window.said = 0;
        const status = document.querySelector('count-down').shadowRoot.querySelector('[role=status]');
        new MutationObserver(() => { window.said += 1; }).observe(status, {childList: true});
    }""")
    page.clock.run_for(600_000)
    assert 2 <= page.evaluate("window.said") <= 4


def test_a_countdown_starts_anew_with_another_moment(page: Page) -> None:
    stop_the_clock(page)
    show(page, '<count-down until="2026-11-22T12:00:00Z"></count-down>')
    expect(page.locator("count-down [part=time]")).to_have_text("0:00")
    page.evaluate("document.querySelector('count-down').setAttribute('until', '2026-11-22T13:00:05Z')")
    expect(page.locator("count-down [part=time]")).to_have_text("1:00:05")


def test_words_for_a_session_far_off(page: Page) -> None:
    stop_the_clock(page)
    show(page, '<count-down words until="2026-11-22T14:30:00Z"></count-down>')
    expect(page.locator("count-down [part=time]")).to_have_text("in 2 h 30 min")


FILTERS = """
<filter-form answer="">
  <form action="/found">
    <input type="search" name="q" aria-label="Words">
    <input name="minPrice" aria-label="Lowest">
    <label><input type="checkbox" name="mine" value="a" data-alone> A</label>
    <label><input type="checkbox" name="mine" value="b" data-alone> B</label>
  </form>
  <button hidden data-leads="there" onclick="went.push(value); history.pushState(null, '', value)"></button>
  <button hidden data-leads="on" onclick="went.push('+' + value); history.replaceState(null, '', value)">
  </button>
</filter-form>
<script>
  window.went = [];
  // As React marks the elements whose events it hears.
  for (const lead of document.querySelectorAll("[data-leads]")) lead.__reactProps$test = {};
</script>
"""


def answer(page: Page, asked: str, shown: str) -> None:
    page.evaluate(
        "text => document.querySelector('filter-form').setAttribute('answer', text)", f"{asked} {shown}"
    )


def test_an_answer_never_overwrites_what_was_chosen_since(page: Page) -> None:
    show(page, FILTERS)
    answer(page, "", "")
    page.get_by_label("A").check()
    assert page.evaluate("went") == ["/found?mine=a"]
    page.get_by_label("Lowest").press_sequentially("5,0")
    answer(page, "", "")
    expect(page.get_by_label("A")).to_be_checked()
    answer(page, "mine=a", "mine=a")
    expect(page.get_by_label("Lowest")).to_have_value("5,0")
    page.get_by_label("Lowest").press("Enter")
    answer(page, "minPrice=5%2C0&mine=a", "minPrice=50&mine=a")
    expect(page.get_by_label("Lowest")).to_have_value("50")
    page.get_by_label("B").check()
    expect(page.get_by_label("A")).not_to_be_checked()
    assert page.evaluate("went.at(-1)") == "/found?minPrice=50&mine=b"


def test_words_are_sent_after_a_pause_and_make_one_step(page: Page) -> None:
    stop_the_clock(page)
    show(page, FILTERS)
    answer(page, "", "")
    words = page.get_by_label("Words")
    words.press_sequentially("re")
    page.clock.run_for(100)
    words.press_sequentially("act ")
    page.clock.run_for(100)
    assert page.evaluate("went") == []
    page.clock.run_for(200)
    answer(page, "q=react", "q=react")
    expect(words).to_have_value("react ")
    words.press_sequentially("now")
    page.clock.run_for(300)
    assert page.evaluate("went") == ["/found?q=react", "+/found?q=react+now"]


def test_what_was_chosen_before_the_first_answer_is_not_lost(page: Page) -> None:
    show(page, FILTERS)
    page.get_by_label("A").check()
    assert page.evaluate("went") == []
    answer(page, "", "")
    assert page.evaluate("went") == ["/found?mine=a"]


DRAFT = """
<button command="show-modal" commandfor="new"
  data-fill='{{"owner": "{owner}", "mark": "{mark}", "title": ""}}'>Create</button>
<dialog id="new" data-close-on="0">
  <form><input type="hidden" name="mark"><input name="title" aria-label="Title"></form>
  <button command="close" commandfor="new" data-discard>Cancel</button>
</dialog>
"""


def test_what_was_typed_is_there_again_when_the_same_person_comes_back(page: Page) -> None:
    opener, title = page.get_by_role("button", name="Create"), page.get_by_label("Title")

    def come(owner: str, mark: str) -> None:
        page.unroute_all()
        show(page, DRAFT.format(owner=owner, mark=mark))
        opener.click()

    come("ada", "1")
    title.fill("Half a thought")
    come("bola", "2")
    expect(title).to_have_value("")
    come("ada", "3")
    expect(title).to_have_value("Half a thought")
    expect(page.locator("[name=mark]")).to_have_value("3")
    page.get_by_role("button", name="Cancel").click()
    come("ada", "4")
    expect(title).to_have_value("")
    title.fill("Said at last")
    page.evaluate("document.querySelector('dialog').setAttribute('data-close-on', '1')")
    expect(title).to_be_hidden()
    come("ada", "5")
    expect(title).to_have_value("")


def test_a_button_that_worked_has_the_focus_again(page: Page) -> None:
    show(page, "<button>Choose</button>")
    button = page.get_by_role("button")
    button.focus()
    button.evaluate("button => { button.disabled = true; }")
    page.wait_for_function("document.activeElement === document.body")
    button.evaluate("button => { button.disabled = false; }")
    expect(button).to_be_focused()


def test_what_surrounded_a_button_that_is_gone_has_the_focus(page: Page) -> None:
    show(page, '<main tabindex="-1"><div><button>Approve</button></div><p>Nothing waits</p></main>')
    page.get_by_role("button").focus()
    page.evaluate("document.querySelector('div').remove()")
    expect(page.get_by_role("main")).to_be_focused()


def test_a_page_that_is_replaced_leaves_the_focus_alone_elsewhere(page: Page) -> None:
    show(page, '<main tabindex="-1"><button>Approve</button></main><input aria-label="Search">')
    page.get_by_role("button").focus()
    page.get_by_label("Search").focus()
    page.evaluate("document.querySelector('button').remove()")
    expect(page.get_by_label("Search")).to_be_focused()
