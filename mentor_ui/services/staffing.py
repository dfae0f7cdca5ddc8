"""The operator's hold on accounts: making people, giving and taking roles, ending sign-ins."""

from dataclasses import dataclass

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.account_rules import checked_email, checked_name, checked_password
from mentor_ui.domain.errors import InvalidInput, NotFound
from mentor_ui.domain.roles import Role
from mentor_ui.models import Person, PersonRole, WebSession
from mentor_ui.services.passwords import hash_password


@dataclass(frozen=True, slots=True)
class Account:
    """One person as the operator sees one."""

    person_id: int
    email: str
    name: str
    roles: tuple[str, ...]


def _by_email(session: Session, email: str) -> Person:
    person = session.exec(select(Person).where(Person.email == email.strip().lower())).first()
    if person is None:
        raise NotFound(f"Nobody has the address {email}.", code="person_not_found")
    return person


def make_account(session: Session, *, email: str, name: str, password: str, roles: list[Role]) -> int:
    """Make an account with any roles and return its identifier.

    Raises:
        InvalidInput: A value is wrong, or the address is taken.
    """
    address = checked_email(email)
    checked_password(password, address)
    person = Person(email=address, name=checked_name(name), password_hash=hash_password(password))
    if not insert_once(session, person):
        raise InvalidInput(f"{address} has an account already.", field="email", code="email_taken")
    session.add_all(PersonRole(person_id=person.id, role=role) for role in set(roles))
    return person.id


def give_role(session: Session, *, email: str, role: Role) -> bool:
    """Give a role; return False when the person had it.

    Raises:
        NotFound: `person_not_found`.
    """
    return insert_once(session, PersonRole(person_id=_by_email(session, email).id, role=role))


def take_role(session: Session, *, email: str, role: Role) -> bool:
    """Take a role away; return False when the person did not have it. It counts from the next click.

    Raises:
        NotFound: `person_not_found`.
    """
    person = _by_email(session, email)
    gone = session.connection().execute(
        delete(PersonRole).where(col(PersonRole.person_id) == person.id, col(PersonRole.role) == role)
    )
    return gone.rowcount == 1


def end_sign_ins(session: Session, *, email: str) -> int:
    """Sign a person out of every browser; return of how many.

    Raises:
        NotFound: `person_not_found`.
    """
    person = _by_email(session, email)
    ended = delete(WebSession).where(col(WebSession.person_id) == person.id)
    return session.connection().execute(ended).rowcount


def accounts(session: Session, *, containing: str = "", limit: int = 50) -> list[Account]:
    """Return accounts whose name or address contains a text, newest first."""
    pattern = f"%{containing.strip().lower()}%"
    people = session.exec(
        select(Person)
        .where(func.lower(Person.name).like(pattern) | col(Person.email).like(pattern))
        .order_by(col(Person.id).desc())
        .limit(limit)
    ).all()
    roles: dict[int, list[str]] = {person.id: [] for person in people}
    for row in session.exec(select(PersonRole).where(col(PersonRole.person_id).in_(list(roles)))):
        roles[row.person_id].append(row.role)
    return [
        Account(person.id, person.email, person.name, tuple(sorted(roles[person.id]))) for person in people
    ]
