"""Filling a page within the event that opens it."""

import pytest
from reflex_base.registry import RegistrationContext

from mentor_ui.gate import Notice
from mentor_ui.gate.notice import FAILED
from tests.state import example
from tests.state.client import Tab, Tabs
from tests.state.example import Shelf

pytestmark = pytest.mark.anyio

HYDRATED = "is_hydrated_rx_state_"
ROOT = "reflex___state____state"


@pytest.fixture
def registration() -> RegistrationContext:
    return example.registration


@pytest.fixture
async def tab(tabs: Tabs) -> Tab:
    tab = Tab(tabs)
    await tab.open("/closed")
    tab.forget()
    return tab


async def test_a_page_is_opened_with_one_answer(tab: Tab) -> None:
    await tab.go_to("/open")
    (answer,) = tab.updates
    assert answer.delta[ROOT][HYDRATED] is True
    assert answer.delta[Shelf.get_full_name()] == {"who_rx_state_": "nobody"}
    # Also what has not changed leads to an answer: the browser waits for it.
    await tab.go_to("/open?again=1")
    assert tab.updates[1].delta[ROOT][HYDRATED] is True


async def test_a_loader_that_fails_is_told_of_and_the_others_run(
    tab: Tab, caplog: pytest.LogCaptureFixture
) -> None:
    await tab.go_to("/broken")
    assert (await tab.state(Shelf)).who == "nobody"
    assert (await tab.state(Notice)).text == FAILED
    assert tab.updates[0].delta[ROOT][HYDRATED] is True
    assert example.BROKEN in caplog.text


async def test_what_a_loader_shows_in_between_is_shown(tab: Tab) -> None:
    await tab.go_to("/steps")
    name = Shelf.get_full_name()
    notes = [
        update.delta[name]["note_rx_state_"]
        for update in tab.updates
        if "note_rx_state_" in update.delta.get(name, {})
    ]
    assert notes == ["first", "second"]
    assert tab.updates[-1].delta[ROOT][HYDRATED] is True


async def test_what_a_loader_has_follow_follows(tab: Tab) -> None:
    await tab.go_to("/more")
    assert (await tab.state(Shelf)).who == "nobody"


async def test_a_visitor_is_sent_to_sign_in_and_the_page_is_done(tab: Tab) -> None:
    await tab.go_to("/closed?tab=1")
    assert tab.redirects == ["/login?next=/closed%3Ftab%3D1"]
    assert tab.updates[0].delta[ROOT][HYDRATED] is True
    assert (await tab.state(Shelf)).note == ""


async def test_a_tab_whose_state_is_gone_gets_all_of_it_again(tabs: Tabs) -> None:
    tab = Tab(tabs)
    await tab.go_to("/open")
    first = tab.updates[0].delta
    assert first[Shelf.get_full_name()].keys() >= {"note_rx_state_", "calls_rx_state_"}
    assert (await tab.state(Shelf)).who == "nobody"
