"""A password that changes while somebody signs in with the old one leaves no open door."""

import threading

from sqlmodel import func, select

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.roles import Role
from mentor_ui.models import Person, WebSession
from mentor_ui.services import accounts
from mentor_ui.services.passwords import hash_password
from tests.world import make_person

OLD, NEW = "correct horse", "battery staple"


def test_a_sign_in_with_the_old_password_does_not_outlive_its_change(database: Database) -> None:
    actor = make_person(database, Role.STUDENT)
    with database.transaction() as session:
        person = session.get_one(Person, actor.person_id)
        person.password_hash = hash_password(OLD)
        session.add(person)
    with database.reading() as session:
        verified = accounts.verify_sign_in(session, email=person.email, password=OLD)
        change = accounts.prepare_password_change(session, actor, current=OLD, new=NEW)
    changed, may_commit = threading.Event(), threading.Event()
    refused: list[str] = []

    def change_it() -> None:
        with database.transaction() as session:
            accounts.change_password(session, actor, change, keep="")
            changed.set()
            may_commit.wait(10)

    def sign_in() -> None:
        try:
            with database.transaction() as session:
                accounts.sign_in(session, verified, browser="")
        except InvalidInput as error:
            refused.append(error.code)

    threads = [threading.Thread(target=change_it), threading.Thread(target=sign_in)]
    threads[0].start()
    assert changed.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    may_commit.set()
    for thread in threads:
        thread.join()
    assert refused == ["sign_in_failed"]
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(WebSession)).one() == 0
