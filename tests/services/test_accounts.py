"""Signing up, in and out, passwords and profiles, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import col, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import OutgoingMessage, PasswordReset, Person, WebSession
from mentor_ui.models.columns import utc_now
from mentor_ui.services import accounts, password_resets

PASSWORD = "correct horse"


def prepared(email: str = "ada@demo.test", **changes: str) -> accounts.NewAccount:
    values = {
        "name": " Ada  Obi ",
        "email": email,
        "password": PASSWORD,
        "role": "student",
        "timezone": "Africa/Lagos",
    }
    return accounts.prepare_account(**(values | changes))


def signed_up(database: Database, email: str = "ada@demo.test", **changes: str) -> accounts.SignedIn:
    with database.transaction() as session:
        return accounts.sign_up(session, prepared(email, **changes), browser="Firefox")


def who(database: Database, token: str) -> Actor | None:
    with database.reading() as session:
        return accounts.person_for_token(session, token)


def signed_in(
    database: Database, email: str = "ada@demo.test", password: str = PASSWORD, replaces: str = ""
) -> str:
    with database.reading() as session:
        verified = accounts.verify_sign_in(session, email=email, password=password)
    with database.transaction() as session:
        return accounts.sign_in(session, verified, browser="Chromium", replaces=replaces).token


def test_a_new_account_is_signed_in_and_keeps_neither_password_nor_token(database: Database) -> None:
    new = signed_up(database, "Ada@Demo.Test", role="tutor", timezone="Africa/Nairobi")
    actor = who(database, new.token)
    assert actor == Actor(new.person_id, frozenset({Role.TUTOR}), "Africa/Nairobi")
    with database.reading() as session:
        person = session.exec(select(Person)).one()
        row = session.exec(select(WebSession)).one()
    assert (person.email, person.name) == ("ada@demo.test", "Ada Obi")
    assert PASSWORD not in person.password_hash
    assert person.password_hash.startswith("$argon2id$")
    assert new.token not in row.token_hash
    assert len(row.token_hash) == 64


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"email": "ada at example"}, "email", "email_invalid"),
        ({"email": ""}, "email", "email_invalid"),
        ({"email": "a" * 250 + "@demo.test"}, "email", "email_invalid"),
        ({"name": " \u200b\n "}, "name", "name_missing"),
        ({"name": "a" * 81}, "name", "name_long"),
        ({"password": "short"}, "password", "password_short"),
        ({"password": "x" * 129}, "password", "password_long"),
        ({"password": "ADA@demo.test"}, "password", "password_is_email"),
        ({"role": "admin"}, "role", "role_unknown"),
        ({"role": "mentor"}, "role", "role_unknown"),
        ({"timezone": "Mars/Olympus"}, "timezone", "timezone_unknown"),
        ({"timezone": "../../etc/passwd"}, "timezone", "timezone_unknown"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, str], field: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        prepared(**changes)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_one_email_has_one_account_however_it_is_written(database: Database) -> None:
    signed_up(database)
    with pytest.raises(InvalidInput) as refused:
        signed_up(database, "ADA@demo.test", name="Impostor")
    assert refused.value.code == "email_taken"
    with database.reading() as session:
        assert [person.name for person in session.exec(select(Person))] == ["Ada Obi"]


def test_of_many_sign_ups_with_one_email_at_once_one_wins(database: Database) -> None:
    account = prepared()

    def attempt(_number: int) -> bool:
        try:
            with database.transaction() as session:
                accounts.sign_up(session, account, browser="")
        except InvalidInput:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_signing_in_takes_the_right_password_and_tells_nothing_else(database: Database) -> None:
    signed_up(database)
    assert who(database, signed_in(database, " ADA@demo.test ")) is not None
    sentences: set[str] = set()
    for email, password in (("ada@demo.test", "wrong horse"), ("nobody@demo.test", PASSWORD), ("", "")):
        with pytest.raises(InvalidInput) as refused:
            signed_in(database, email, password)
        assert refused.value.code == "sign_in_failed"
        sentences.add(refused.value.message)
    assert len(sentences) == 1


def test_each_sign_in_has_a_new_token_and_ends_the_one_it_replaces(database: Database) -> None:
    first = signed_up(database).token
    second = signed_in(database, replaces=first)
    assert first != second
    assert who(database, first) is None
    assert who(database, second) is not None


def test_a_proof_is_void_when_the_password_changed_meanwhile(database: Database) -> None:
    new = signed_up(database)
    with database.reading() as session:
        verified = accounts.verify_sign_in(session, email="ada@demo.test", password=PASSWORD)
    change(database, new, PASSWORD, "another horse")
    with pytest.raises(InvalidInput), database.transaction() as session:
        accounts.sign_in(session, verified, browser="")


def test_an_expired_or_unknown_token_is_nobody(database: Database) -> None:
    token = signed_up(database).token
    later = utc_now() + accounts.SESSION_LIFE + timedelta(seconds=1)
    with database.reading() as session:
        assert accounts.person_for_token(session, token, now=later) is None
        for wrong in ("", "x", token + "x", token[:-1], "a" * 10_000):
            assert accounts.person_for_token(session, wrong) is None


def test_signing_out_ends_one_browser_and_everywhere_all(database: Database) -> None:
    first, second, third = signed_up(database).token, signed_in(database), signed_in(database)
    other = signed_up(database, "bola@demo.test").token
    with database.transaction() as session:
        accounts.sign_out(session, first)
    assert who(database, first) is None
    actor = who(database, second)
    assert actor is not None
    with database.transaction() as session:
        assert accounts.sign_out_everywhere(session, actor) == 2
    assert who(database, second) is None
    assert who(database, third) is None
    assert who(database, other) is not None


def change(database: Database, browser: accounts.SignedIn, current: str, new: str) -> None:
    actor = who(database, browser.token)
    assert actor is not None
    with database.reading() as session:
        prepared_change = accounts.prepare_password_change(session, actor, current=current, new=new)
    with database.transaction() as session:
        accounts.change_password(session, actor, prepared_change, keep=browser.token)


def test_changing_the_password_needs_the_old_one_and_ends_other_browsers(database: Database) -> None:
    mine, other = signed_up(database), signed_in(database)
    with pytest.raises(InvalidInput) as refused:
        change(database, mine, "wrong horse", "another horse")
    assert refused.value.code == "password_wrong"
    with pytest.raises(InvalidInput) as refused:
        change(database, mine, PASSWORD, "short")
    assert refused.value.code == "password_short"
    assert who(database, other) is not None
    change(database, mine, PASSWORD, "another horse")
    assert who(database, mine.token) is not None
    assert who(database, other) is None
    assert signed_in(database, password="another horse")


def test_an_old_hash_is_renewed_at_sign_in(database: Database) -> None:
    signed_up(database)
    weak = "$argon2id$v=19$m=8,t=1,p=1$"
    with database.transaction() as session:
        person = session.exec(select(Person)).one()
        person.password_hash = accounts_hash(weak)
        session.add(person)
    signed_in(database)
    with database.reading() as session:
        assert not session.exec(select(Person)).one().password_hash.startswith(weak)
    signed_in(database)


def accounts_hash(prefix: str) -> str:
    from argon2 import PasswordHasher  # noqa: PLC0415 - only this test makes weak hashes

    made = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    assert made.startswith(prefix)
    return made


def asked_for_reset(database: Database, email: str = "ada@demo.test") -> str:
    with database.transaction() as session:
        password_resets.request_reset(session, email=email, public_url="https://mentor.example")
    with database.reading() as session:
        mail = session.exec(select(OutgoingMessage).order_by(col(OutgoingMessage.id).desc())).first()
    if mail is None:
        return ""
    assert mail.recipient == "ada@demo.test"
    return mail.text.split("https://mentor.example/login/reset?token=")[1].split()[0]


def reset(database: Database, token: str, new: str) -> None:
    with database.reading() as session:
        prepared_reset = password_resets.prepare_reset(session, token=token, new=new)
    with database.transaction() as session:
        password_resets.reset_password(session, prepared_reset, token=token)


def test_a_reset_link_works_once_and_ends_every_browser(database: Database) -> None:
    browser = signed_up(database).token
    token = asked_for_reset(database)
    spare = asked_for_reset(database)
    with pytest.raises(InvalidInput) as refused:
        reset(database, token, "short")
    assert refused.value.code == "password_short"
    reset(database, token, "another horse")
    assert who(database, browser) is None
    assert signed_in(database, password="another horse")
    for used in (token, spare, "", "made-up"):
        with pytest.raises(InvalidInput) as refused:
            reset(database, used, "a third horse")
        assert refused.value.code == "reset_used"


def test_a_reset_link_is_stored_hashed_and_dies_after_an_hour(database: Database) -> None:
    signed_up(database)
    token = asked_for_reset(database)
    with database.transaction() as session:
        row = session.exec(select(PasswordReset)).one()
        assert token not in row.token_hash
        row.expires_at = utc_now() - timedelta(seconds=1)
        session.add(row)
    with pytest.raises(InvalidInput):
        reset(database, token, "another horse")


def test_a_reset_for_an_unknown_address_is_silent(database: Database) -> None:
    assert asked_for_reset(database, "nobody@demo.test") == ""


def test_a_profile_is_read_and_changed(database: Database) -> None:
    actor = who(database, signed_up(database).token)
    assert actor is not None
    with database.transaction() as session:
        changed = accounts.update_profile(
            session, actor, name=" Ada  Obi-Eze", headline=" Builds \n things ", timezone="Europe/London"
        )
    assert (changed.name, changed.headline, changed.timezone) == (
        "Ada Obi-Eze",
        "Builds things",
        "Europe/London",
    )
    assert changed.browsers == 1
    with pytest.raises(InvalidInput) as refused, database.transaction() as session:
        accounts.update_profile(session, actor, name="Ada", headline="x" * 161, timezone="Europe/London")
    assert refused.value.field == "headline"
