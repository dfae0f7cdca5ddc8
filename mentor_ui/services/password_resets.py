"""Choosing a new password by a link that comes by mail, works once and for an hour."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from mentor_ui.domain.account_rules import checked_email, checked_password, refusal
from mentor_ui.models.columns import utc_now
from mentor_ui.models.people import PasswordReset, Person, WebSession
from mentor_ui.services.letters import password_reset
from mentor_ui.services.notifications import owe_mail
from mentor_ui.services.passwords import hash_password, token_hash

RESET_LIFE = timedelta(hours=1)


def request_reset(session: Session, *, email: str, public_url: str) -> None:
    """Owe the person a mail with a link to choose a new password; the same silence for an unknown address.

    Raises:
        InvalidInput: It is no address.
    """
    person = session.exec(select(Person).where(Person.email == checked_email(email))).first()
    if person is None:
        return
    token = secrets.token_urlsafe(32)
    now = utc_now()
    ended = col(PasswordReset.person_id) == person.id, col(PasswordReset.expires_at) <= now
    session.exec(delete(PasswordReset).where(*ended))
    session.add(PasswordReset(token_hash=token_hash(token), person_id=person.id, expires_at=now + RESET_LIFE))
    letter = password_reset(person.name, f"{public_url}/login/reset?token={token}")
    owe_mail(
        session,
        person.email,
        key=f"reset-{token_hash(token)[:24]}",
        kind="password_reset",
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )


def prepare_reset(session: Session, *, token: str, new: str) -> tuple[int, str]:
    """Check a reset link and hash the new password.

    Returns:
        What `reset_password` takes: whose it is, and the hash.

    Raises:
        InvalidInput: `reset_used`, or what is wrong with the new password.
    """
    person = session.get(Person, _live_reset(session, token).person_id)
    if person is None:
        raise refusal("reset_used")
    return person.id, hash_password(checked_password(new, person.email))


def reset_password(session: Session, prepared: tuple[int, str], *, token: str) -> str:
    """Store the new password, use the link up and end every session of the person.

    Returns:
        The person's e-mail.

    Raises:
        InvalidInput: `reset_used`, when another browser was first.
    """
    person_id, new_hash = prepared
    person = session.get(Person, person_id)
    if person is None or _live_reset(session, token).person_id != person_id:
        raise refusal("reset_used")
    if void_resets(session, person_id) == 0:
        raise refusal("reset_used")
    person.password_hash = new_hash
    session.add(person)
    session.exec(delete(WebSession).where(col(WebSession.person_id) == person_id))
    return person.email


def void_resets(session: Session, person_id: int) -> int:
    """Use up every open link of a person and return how many there were."""
    open_links = update(PasswordReset).where(
        col(PasswordReset.person_id) == person_id, col(PasswordReset.used_at).is_(None)
    )
    return session.exec(open_links.values(used_at=utc_now())).rowcount


def _live_reset(session: Session, token: str) -> PasswordReset:
    found = session.get(PasswordReset, token_hash(token))
    if found is None or found.used_at is not None or found.expires_at <= utc_now():
        raise refusal("reset_used")
    return found
