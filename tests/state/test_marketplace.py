"""The marketplace and an offering's page as their States fill them, without a browser."""

from datetime import UTC, datetime

import pytest

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.pages.mentorship.marketplace import PAGE_SIZE, Marketplace
from mentor_ui.pages.mentorship.offering import Offering
from mentor_ui.services import accounts, offerings
from tests import catalogue
from tests.state.client import Tab, Tabs

pytestmark = pytest.mark.anyio


def sign_up(database: Database, name: str, role: Role) -> tuple[Actor, str]:
    account = accounts.NewAccount(f"{name}@demo.test", name, role, "Africa/Lagos", "no password")
    with database.transaction() as session:
        new = accounts.sign_up(session, account, browser="")
    return Actor(new.person_id, frozenset({role})), new.token


def offer(
    database: Database, teacher: Actor, *titles: str, minutes: int = 60, naira: int = 5000
) -> list[str]:
    with database.transaction() as session:
        return [
            str(
                catalogue.offering(
                    session, teacher, title, minutes=minutes, naira=naira, now=datetime.now(UTC)
                )
            )
            for title in titles
        ]


async def market(tab: Tab) -> Marketplace:
    return await tab.state(Marketplace)


async def test_the_address_decides_what_is_shown(sqlite_database: Database, tabs: Tabs) -> None:
    tunde, _ = sign_up(sqlite_database, "tunde", Role.TUTOR)
    offer(sqlite_database, tunde, "Hooks", minutes=60)
    offer(sqlite_database, tunde, "State", "Effects", minutes=30)
    tab = Tab(tabs)
    await tab.open("/mentorship?duration=30&sort=price")
    state = await market(tab)
    assert (state.total_words, {card.title for card in state.cards}) == ("2 sessions", {"State", "Effects"})
    assert [(pill.label, pill.href) for pill in state.pills] == [("30 min", "/mentorship?sort=price")]
    assert state.answer == "duration=30&sort=price duration=30&sort=price"
    assert state.clear_to == "/mentorship?sort=price"
    await tab.open("/mentorship?mentor=tunde&minPrice=9000&maxPrice=1000&duration=7&q=")
    state = await market(tab)
    assert state.answer.split()[1] == "mentor=tunde&minPrice=1000&maxPrice=9000"
    assert state.total_words == "3 sessions"


async def test_nobody_is_shown_their_own_offerings(sqlite_database: Database, tabs: Tabs) -> None:
    tunde, cookie = sign_up(sqlite_database, "tunde", Role.TUTOR)
    amina, _ = sign_up(sqlite_database, "amina", Role.TUTOR)
    offer(sqlite_database, tunde, "Mine")
    offer(sqlite_database, amina, "Hers")
    tab = Tab(tabs, cookie=cookie)
    await tab.open("/mentorship")
    state = await market(tab)
    assert ([card.title for card in state.cards], state.signed_in) == (["Hers"], True)
    assert state.panel.mentors == ["amina"]


async def test_more_is_put_behind_and_kept_on_the_way_back(sqlite_database: Database, tabs: Tabs) -> None:
    tunde, _ = sign_up(sqlite_database, "tunde", Role.TUTOR)
    titles = [f"Session {number}" for number in range(PAGE_SIZE + 6)]
    ids = offer(sqlite_database, tunde, *titles)
    tab = Tab(tabs)
    await tab.open("/mentorship")
    state = await market(tab)
    assert (len(state.cards), state.shown_words) == (PAGE_SIZE, "Showing 24 of 30 sessions")
    await tab.fire(Marketplace.show_more)
    state = await market(tab)
    assert sorted(card.id for card in state.cards) == sorted(ids)
    assert (state.next_cursor, state.shown_words, state.appending) == ("", "Showing 30 of 30 sessions", False)
    await tab.fire(Marketplace.show_more)
    assert len((await market(tab)).cards) == len(ids)

    await tab.open(f"/mentorship/offering/{ids[0]}")
    await tab.open("/mentorship")
    assert len((await market(tab)).cards) == len(ids)
    await tab.open("/mentorship?duration=60")
    assert len((await market(tab)).cards) == PAGE_SIZE


async def test_a_later_page_has_an_address_of_its_own(sqlite_database: Database, tabs: Tabs) -> None:
    tunde, _ = sign_up(sqlite_database, "tunde", Role.TUTOR)
    offer(sqlite_database, tunde, *[f"Session {number}" for number in range(PAGE_SIZE + 1)])
    tab = Tab(tabs)
    await tab.open("/mentorship?duration=60")
    cursor = (await market(tab)).next_cursor
    await tab.open(f"/mentorship?duration=60&after={cursor}")
    state = await market(tab)
    assert [card.title for card in state.cards] == ["Session 0"]
    assert state.start_to == "/mentorship?duration=60"
    assert "after" not in state.answer.split(" ")[1]


async def test_when_nothing_is_left_the_filter_to_loosen_is_named(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tunde, _ = sign_up(sqlite_database, "tunde", Role.TUTOR)
    offer(sqlite_database, tunde, "Hooks", minutes=60)
    tab = Tab(tabs)
    await tab.open("/mentorship?duration=60&maxPrice=600")
    state = await market(tab)
    assert (state.total, state.cards) == (0, [])
    assert (state.loosen.label, state.loosen.href) == ("Up to ₦600", "/mentorship?duration=60")
    assert state.loosen_words == "1 session"


async def test_a_database_that_is_away_fails_calmly_and_can_be_tried_again(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tunde, _ = sign_up(sqlite_database, "tunde", Role.TUTOR)
    offer(sqlite_database, tunde, "Hooks")
    tab = Tab(tabs)
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE course RENAME TO course_away")
    await tab.open("/mentorship")
    state = await market(tab)
    assert (state.failed, state.loaded) == (True, False)
    with sqlite_database.transaction() as session:
        session.connection().exec_driver_sql("ALTER TABLE course_away RENAME TO course")
    await tab.fire(Marketplace.load)
    state = await market(tab)
    assert (state.failed, state.total) == (False, 1)


async def test_a_visitor_is_sent_back_to_the_same_filters_after_signing_in(tabs: Tabs) -> None:
    tab = Tab(tabs)
    await tab.open("/mentorship?duration=60&mine=completed")
    state = await market(tab)
    assert state.sign_in_to == "/login?next=/mentorship%3Fduration%3D60%26mine%3Dcompleted"
    assert [pill.label for pill in state.pills] == ["60 min"]


async def test_an_offering_shows_what_who_and_when(sqlite_database: Database, tabs: Tabs) -> None:
    tunde, cookie = sign_up(sqlite_database, "Tunde Bakare", Role.TUTOR)
    [number] = offer(sqlite_database, tunde, "Hooks", naira=5000)
    tab = Tab(tabs)
    tab.path = f"/mentorship/offering/{number}"
    await tab.open(tab.path)
    state = await tab.state(Offering)
    assert state.status == "shown"
    assert (state.offering.title, state.offering.price, state.offering.duration) == (
        "Hooks",
        "₦5,000",
        "60 min",
    )
    assert (state.offering.initials, state.offering.standing, state.zone) == ("TB", "New mentor", "Lagos")
    assert state.days
    assert state.days[0].times
    assert not state.offering.own

    own = Tab(tabs, "own", cookie)
    with sqlite_database.transaction() as session:
        offerings.hide(session, tunde, offering_id=int(number), now=datetime.now(UTC))
    await own.open(tab.path)
    seen = (await own.state(Offering)).offering
    assert (seen.own, seen.hidden) == (True, True)
    await tab.open(tab.path)
    assert (await tab.state(Offering)).status == "gone"


@pytest.mark.parametrize("number", ["1", "0", "-1", "abc", "99999999999999999999"])
async def test_an_offering_that_is_not_there_is_gone(tabs: Tabs, number: str) -> None:
    tab = Tab(tabs)
    await tab.open(f"/mentorship/offering/{number}")
    assert (await tab.state(Offering)).status == "gone"


async def test_visitors_read_times_in_the_zone_of_their_browser(
    sqlite_database: Database, tabs: Tabs
) -> None:
    tunde, token = sign_up(sqlite_database, "tunde", Role.TUTOR)
    (offering_id,) = offer(sqlite_database, tunde, "Hooks")
    places: dict[str, str] = {}
    for zone in ("", "America/New_York", "Asia/Kathmandu", "../etc/passwd", "Mars/Olympus"):
        tab = Tab(tabs, f"in {zone}", zone=zone)
        await tab.open("/mentorship?when=week")
        (card,) = (await market(tab)).cards
        await tab.open(f"/mentorship/offering/{offering_id}")
        shown = await tab.state(Offering)
        places[zone] = shown.zone
        assert card.next_time.endswith(shown.days[0].times[0])
    assert places == {
        "": "Lagos",
        "America/New_York": "New York",
        "Asia/Kathmandu": "Kathmandu",
        "../etc/passwd": "Lagos",
        "Mars/Olympus": "Lagos",
    }
    own = Tab(tabs, "own", cookie=token, zone="America/New_York")
    await own.open(f"/mentorship/offering/{offering_id}")
    assert (await own.state(Offering)).zone == "Lagos"
