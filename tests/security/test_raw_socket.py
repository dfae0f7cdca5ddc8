"""A client that is no browser calls every registered handler, and changes nothing.

Generic over the registry: a handler of a page that does not exist yet is covered the day it does.
"""

import hashlib
import inspect
from collections.abc import Iterator

import pytest
from reflex_base.registry import RegistrationContext
from sqlmodel import SQLModel, select

from mentor_ui import mentor_ui
from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Role
from mentor_ui.gate.middleware import INTERNAL
from mentor_ui.gate.policy import policy_of
from mentor_ui.models import Person
from mentor_ui.pages.accounts.account import AccountState
from mentor_ui.services import accounts
from tests.app_process import AppProcess, start_app
from tests.security.socket_client import RawSocket

AT_ONCE = 60
SWEPT = {"next_free_at", "next_check_at", "checks", "updated_at", "sent_at", "attempts", "last_error"}
"""What background jobs may write while the test runs."""

WRITTEN_BY_THE_CLOCK = {"ledger_proof"}
"""Tables that grow by themselves: the sweep proves the ledger."""

WRONG = [
    None,
    -1,
    True,
    "x" * 30_000,
    ["list"],
    {"deep": {"deeper": 1}},
    "\0",
    "\ud800",
]
Call = tuple[str, dict[str, object]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    with start_app(tmp_path_factory.mktemp("raw-socket")) as running:
        yield running


@pytest.fixture(scope="module")
def database(app: AppProcess) -> Iterator[Database]:
    opened = Database(app.database_url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def people(database: Database) -> dict[Role, str]:
    """One person of each role, by the cookie's value."""
    tokens: dict[Role, str] = {}
    for role in Role:
        account = accounts.NewAccount(f"raw-{role}@demo.test", f"Raw {role}", role, "Africa/Lagos", "none")
        with database.transaction() as session:
            tokens[role] = accounts.sign_up(session, account, browser="").token
    return tokens


def fingerprint(database: Database) -> dict[str, str]:
    """Return one checksum per table of ours."""
    sums: dict[str, str] = {}
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name in WRITTEN_BY_THE_CLOCK:
                continue
            columns = [column for column in table.columns if column.name not in SWEPT]
            rows = sorted(repr(tuple(row)) for row in session.connection().execute(select(*columns)))
            sums[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return sums


def registered() -> dict[str, object]:
    """Return every handler's function by its full name, Reflex's own `setvar` of each state included."""
    assert mentor_ui.app is not None
    known = RegistrationContext.ensure_context().event_handlers
    return {name: found.handler.fn for name, found in known.items() if "tests___" not in name}


def arguments(function: object) -> list[str]:
    """Return the names of a handler's arguments."""
    assert callable(function)
    return list(inspect.signature(function).parameters)[1:]


def likely(function: object) -> dict[str, object]:
    """Return arguments as a page might send them."""
    assert callable(function)
    values = {"str": "1", "int": 1, "bool": True, "float": 1.0}
    made: dict[str, object] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        written = getattr(parameter.annotation, "__name__", str(parameter.annotation))
        fields = {"name": "Changed", "title": "Changed", "headline": "Changed", "timezone": "Africa/Nairobi"}
        made[name] = values.get(written, fields)
    return made


def play(app: AppProcess, calls: list[Call], cookie: str = "") -> None:
    """Send calls on as many sockets as the rate limit wants, and wait for all of them."""
    for start in range(0, len(calls), AT_ONCE):
        client = RawSocket(app.url, cookie=cookie)
        client.open("/")
        for name, payload in calls[start : start + AT_ONCE]:
            client.send(name, payload)
        client.settle()
        client.close()


def wrong_calls(name: str, function: object) -> list[Call]:
    """Return calls whose arguments do not fit."""
    names = arguments(function)
    calls: list[Call] = [(name, {"unexpected": 1}), (name, likely(function) | {"self": 1})]
    if names:
        calls.append((name, {}))
        calls += [(name, likely(function) | {names[0]: value}) for value in WRONG]
    return calls


def test_a_signed_out_client_changes_nothing(app: AppProcess, database: Database, people: object) -> None:
    before = fingerprint(database)
    calls = [(name, likely(function)) for name, function in registered().items() if name not in INTERNAL]
    assert calls
    play(app, calls)
    play(app, calls, cookie="made-up")
    assert fingerprint(database) == before


@pytest.mark.parametrize("role", list(Role))
def test_the_wrong_role_changes_nothing(
    role: Role, app: AppProcess, database: Database, people: dict[Role, str]
) -> None:
    before = fingerprint(database)
    calls = [
        (name, likely(function))
        for name, function in registered().items()
        if name not in INTERNAL
        and not ((policy := policy_of(function)) and (not policy.roles or role in policy.roles))
    ]
    assert calls
    play(app, calls, people[role])
    assert fingerprint(database) == before


@pytest.mark.parametrize("role", list(Role))
def test_wrong_arguments_change_nothing(
    role: Role, app: AppProcess, database: Database, people: dict[Role, str]
) -> None:
    before = fingerprint(database)
    calls = [
        call
        for name, function in registered().items()
        if name not in INTERNAL and arguments(function)
        for call in wrong_calls(name, function)
    ]
    play(app, calls, people[role])
    assert fingerprint(database) == before


def test_set_variables_and_private_methods_are_out_of_reach(
    app: AppProcess, database: Database, people: dict[Role, str]
) -> None:
    before = fingerprint(database)
    state = AccountState.get_full_name()
    calls: list[Call] = [
        (f"{state}.setvar", {"var_name": "teaches", "value": True}),
        (f"{state}._reload", {}),
        (f"{state}.reset", {}),
        (f"{state}.get_state", {"state_cls": "x"}),
        ("reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal",
         {"vars": {f"{state}.teaches": "true", f"{state}.ready": "true"}}),
    ]  # fmt: skip
    client = RawSocket(app.url, cookie=people[Role.STUDENT])
    client.open("/account")
    for name, payload in calls:
        client.send(name, payload)
    assert '"teaches_rx_state_": true' not in str(client.settle())
    client.close()
    assert fingerprint(database) == before


def test_the_right_person_does_change_something(
    app: AppProcess, database: Database, people: dict[Role, str]
) -> None:
    """Shows that the client, the arguments and the checksums of the tests above are real."""
    before = fingerprint(database)
    play(app, [(f"{AccountState.get_full_name()}.save", likely(AccountState.save.fn))], people[Role.TUTOR])
    after = fingerprint(database)
    assert {table for table in after if after[table] != before[table]} == {"person"}
    with database.reading() as session:
        tutor = session.exec(select(Person).where(Person.email == "raw-tutor@demo.test")).one()
    assert (tutor.name, tutor.timezone) == ("Changed", "Africa/Nairobi")


def test_a_tab_token_taken_over_shows_nothing_of_its_owner(app: AppProcess, people: dict[Role, str]) -> None:
    owner = RawSocket(app.url, cookie=people[Role.ADMIN])
    owner.open("/account")
    assert "raw-admin@demo.test" in str(owner.updates)
    owner.close()
    thief = RawSocket(app.url, token=owner.token)
    thief.open("/")
    assert "raw-admin@demo.test" not in str(thief.updates)
    thief.close()
