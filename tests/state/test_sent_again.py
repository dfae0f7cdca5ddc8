"""A press that reached a server which ended before the page heard of it, sent to the next server."""

from datetime import UTC, datetime

import pytest
from reflex_base.registry import RegistrationContext

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import Notice
from mentor_ui.gate.taps import Tap, Tapped
from mentor_ui.gate.work import SAVED_BEFORE
from mentor_ui.pages.tutor.schedule_state import ScheduleState
from mentor_ui.services import accounts
from tests import catalogue
from tests.state.client import Tab, running

pytestmark = pytest.mark.anyio

SCHEDULE = "/tutor/mentorship/schedule"


async def test_a_copy_is_made_once(sqlite_database: Database, registration: RegistrationContext) -> None:
    account = accounts.NewAccount("t@demo.test", "Tunde", Role.TUTOR, "Africa/Lagos", "no password")
    with sqlite_database.transaction() as session:
        new = accounts.sign_up(session, account, browser="")
        actor = Actor(new.person_id, frozenset({Role.TUTOR}))
        offering = str(catalogue.offering(session, actor, "Career hour", now=datetime.now(UTC)))
    titles: list[set[str]] = []
    for again in (False, True):
        # Each knows nothing of the other but what the database tells.
        async with running(registration) as server:
            tab = Tab(server, "tab-1", new.token)
            await tab.open(SCHEDULE)
            press = Tapped(
                name=f"{ScheduleState.get_full_name()}.duplicate",
                router_data=tab._router_data(),
                payload={"offering_id": offering},
                tap=Tap(tab.name, "a page", 1, again),
            )
            await (await server.processor.enqueue(tab.name, press)).wait_all()
            assert server.failures == []
            titles.append({row.title for row in (await tab.state(ScheduleState)).standalone})
            assert ((await tab.state(Notice)).text == SAVED_BEFORE.message) == again
    assert titles == [{"Career hour", "Career hour (copy)"}] * 2
