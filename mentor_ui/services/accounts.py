"""Accounts: signing up and in, the browsers somebody is signed in with, passwords and profiles.

Hashing a password takes tens of milliseconds and SQLite has one writer, so what needs a hash comes in two
steps: a check that may run while reading, whose result a short writing transaction then uses.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.account_rules import (
    PASSWORD_MAXIMUM,
    checked_email,
    checked_headline,
    checked_name,
    checked_password,
    checked_timezone,
    refusal,
)
from mentor_ui.domain.errors import SignInRequired
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models.columns import utc_now
from mentor_ui.models.people import Person, PersonRole, WebSession
from mentor_ui.services.availability import refresh_next_free
from mentor_ui.services.password_resets import void_resets
from mentor_ui.services.passwords import hash_password, matches, outdated, token_hash
from mentor_ui.services.search_texts import refresh_search_text

SESSION_LIFE = timedelta(days=30)
SIGN_UP_ROLES = frozenset({Role.STUDENT, Role.TUTOR})

__all__ = ["hash_password"]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A checked wish for an account, its password hashed."""

    email: str
    name: str
    role: Role
    timezone: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Somebody who has just proven a password.

    Attributes:
        password_hash: The hash it was proven against; a change in between voids the proof.
        fresh_hash: What to store instead, when the old hash was made with other parameters.
    """

    person_id: int
    password_hash: str
    fresh_hash: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that has just been signed in.

    Attributes:
        token: The cookie's value, known to nobody else; the database keeps its SHA-256.
    """

    person_id: int
    roles: frozenset[Role]
    token: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person sees and changes of the own account."""

    person_id: int
    email: str
    name: str
    headline: str
    avatar: str
    timezone: str
    roles: frozenset[Role]
    browsers: int


def prepare_account(*, name: str, email: str, password: str, role: str, timezone: str) -> NewAccount:
    """Check what was typed to sign up and hash the password; touches no database.

    Raises:
        InvalidInput: With the field that is wrong.
    """
    clean_name = checked_name(name)
    clean_email = checked_email(email)
    checked_password(password, clean_email)
    if role not in SIGN_UP_ROLES:
        raise refusal("role_unknown")
    return NewAccount(
        clean_email, clean_name, Role(role), checked_timezone(timezone), hash_password(password)
    )


def sign_up(session: Session, account: NewAccount, *, browser: str) -> SignedIn:
    """Make the account and sign its browser in.

    Raises:
        InvalidInput: `email_taken`.
    """
    person = Person(
        email=account.email,
        name=account.name,
        password_hash=account.password_hash,
        timezone=account.timezone,
    )
    if not insert_once(session, person):
        raise refusal("email_taken")
    session.add(PersonRole(person_id=person.id, role=account.role))
    return SignedIn(person.id, frozenset({account.role}), _open_session(session, person.id, browser))


def verify_sign_in(session: Session, *, email: str, password: str) -> Verified:
    """Check e-mail and password; takes as long for an unknown address as for a wrong password.

    Raises:
        InvalidInput: `sign_in_failed`, which does not tell which of both is wrong.
    """
    statement = select(Person.id, Person.password_hash).where(Person.email == email.strip().lower()[:254])
    found = session.exec(statement).first()
    right = matches(found[1] if found else None, password[: PASSWORD_MAXIMUM + 1])
    if found is None or not right:
        raise refusal("sign_in_failed")
    person_id, stored = found
    return Verified(person_id, stored, hash_password(password) if outdated(stored) else None)


def sign_in(session: Session, verified: Verified, *, browser: str, replaces: str = "") -> SignedIn:
    """Sign a browser in with a new secret.

    Args:
        session: A writing session.
        verified: From `verify_sign_in`.
        browser: Its User-Agent, shown to the person.
        replaces: The secret that the browser held until now; it ends.

    Raises:
        InvalidInput: `sign_in_failed`, when the password changed since it was verified.
    """
    # A password that changes just now ends all sessions there are; this one has to be among them or fail.
    person = session.get(Person, verified.person_id, with_for_update={"key_share": True})
    if person is None or person.password_hash != verified.password_hash:
        raise refusal("sign_in_failed")
    if verified.fresh_hash:
        person.password_hash = verified.fresh_hash
        session.add(person)
    if replaces:
        sign_out(session, replaces)
    ended = col(WebSession.person_id) == person.id, col(WebSession.expires_at) <= utc_now()
    session.exec(delete(WebSession).where(*ended))
    return SignedIn(person.id, _roles(session, person.id), _open_session(session, person.id, browser))


def person_for_token(session: Session, token: str, *, now: datetime | None = None) -> Actor | None:
    """Return who is signed in with this cookie, with the roles of this very moment; None for nobody."""
    if not token or len(token) > 200:
        return None
    statement = (
        select(Person.id, Person.timezone, PersonRole.role)
        .join(WebSession, col(WebSession.person_id) == col(Person.id))
        .join(PersonRole, col(PersonRole.person_id) == col(Person.id))
        .where(WebSession.token_hash == token_hash(token), WebSession.expires_at > (now or utc_now()))
    )
    rows = session.exec(statement).all()
    if not rows:
        return None
    person_id, timezone, _ = rows[0]
    return Actor(person_id, frozenset(Role(role) for _, _, role in rows), timezone)


def sign_out(session: Session, token: str) -> None:
    """End the session of one browser; an unknown secret changes nothing."""
    session.exec(delete(WebSession).where(col(WebSession.token_hash) == token_hash(token)))


def sign_out_everywhere(session: Session, actor: Actor) -> int:
    """End the sessions of all browsers of a person and return how many there were."""
    return session.exec(delete(WebSession).where(col(WebSession.person_id) == actor.person_id)).rowcount


def confirm_password(session: Session, actor: Actor, password: str) -> None:
    """Make sure that whoever acts knows the account's password, not only holds its browser.

    Raises:
        InvalidInput: `password_wrong`.
    """
    if not matches(_person(session, actor).password_hash, password[: PASSWORD_MAXIMUM + 1]):
        raise refusal("password_wrong")


def prepare_password_change(
    session: Session, actor: Actor, *, current: str, new: str
) -> tuple[Verified, str]:
    """Check the present password and hash the new one.

    Returns:
        What `change_password` takes.

    Raises:
        InvalidInput: `password_wrong`, or what is wrong with the new one.
    """
    person = _person(session, actor)
    if not matches(person.password_hash, current[: PASSWORD_MAXIMUM + 1]):
        raise refusal("password_wrong")
    return Verified(person.id, person.password_hash), hash_password(checked_password(new, person.email))


def change_password(session: Session, actor: Actor, change: tuple[Verified, str], *, keep: str) -> None:
    """Store the new password and end the sessions of all other browsers.

    Args:
        session: A writing session.
        actor: Whose password it is.
        change: From `prepare_password_change`.
        keep: The secret of the browser that stays signed in.

    Raises:
        InvalidInput: `password_wrong`, when it changed meanwhile.
    """
    verified, new_hash = change
    statement = update(Person).where(
        col(Person.id) == actor.person_id, col(Person.password_hash) == verified.password_hash
    )
    if session.exec(statement.values(password_hash=new_hash)).rowcount != 1:
        raise refusal("password_wrong")
    others = col(WebSession.person_id) == actor.person_id, col(WebSession.token_hash) != token_hash(keep)
    session.exec(delete(WebSession).where(*others))
    void_resets(session, actor.person_id)


def profile(session: Session, actor: Actor) -> Profile:
    """Return the person's own account.

    Raises:
        SignInRequired: The account is gone.
    """
    person = _person(session, actor)
    count = select(func.count()).select_from(WebSession)
    open_browsers = count.where(WebSession.person_id == person.id, WebSession.expires_at > utc_now())
    return Profile(
        person_id=person.id,
        email=person.email,
        name=person.name,
        headline=person.headline,
        avatar=person.avatar,
        timezone=person.timezone,
        roles=_roles(session, person.id),
        browsers=session.exec(open_browsers).one(),
    )


def update_profile(session: Session, actor: Actor, *, name: str, headline: str, timezone: str) -> Profile:
    """Change name, headline and time zone.

    Raises:
        InvalidInput: With the field that is wrong.
        SignInRequired: The account is gone.
    """
    person = _person(session, actor)
    before = person.name, person.timezone
    person.name = checked_name(name)
    person.headline = checked_headline(headline)
    person.timezone = checked_timezone(timezone)
    session.add(person)
    session.flush()
    if actor.teaches and before != (person.name, person.timezone):
        # Offerings are found by their tutor's name, and weekly hours are kept in the tutor's zone.
        refresh_search_text(session, tutor_id=person.id)
        refresh_next_free(session, person.id, utc_now())
    return profile(session, actor)


def _open_session(session: Session, person_id: int, browser: str) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_hash=token_hash(token),
            person_id=person_id,
            expires_at=utc_now() + SESSION_LIFE,
            browser=browser[:200],
        )
    )
    session.flush()
    return token


def _person(session: Session, actor: Actor) -> Person:
    person = session.get(Person, actor.person_id)
    if person is None:
        raise SignInRequired
    return person


def _roles(session: Session, person_id: int) -> frozenset[Role]:
    rows = session.exec(select(PersonRole.role).where(PersonRole.person_id == person_id)).all()
    return frozenset(Role(role) for role in rows)
