"""Telling people: in the application at once, and by mail through the outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.insert_once import insert_once
from mentor_ui.domain.roles import Actor
from mentor_ui.models import AppMessage, OutgoingMessage, Person
from mentor_ui.services.calendar_files import Invitation
from mentor_ui.services.letters import Letter

DELIVER_MAIL = "deliver_mail"
"""Name of the job that sends one mail of the outbox."""

SEND_TIME = timedelta(minutes=5)
"""What the first job gets to send a mail."""

MAIL_LIFE = timedelta(days=3)

LONGEST_BODY = 500
"""Characters below the title of a message in the application."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its reader sees it."""

    id: int
    title: str
    body: str
    link: str
    created_at: datetime
    unread: bool


def tell(
    session: Session, person_id: int, *, key: str, kind: str, title: str, body: str = "", link: str = ""
) -> None:
    """Put a message into a person's application, once per `key`; their open pages take it up at once."""
    insert_once(
        session,
        AppMessage(person_id=person_id, dedupe_key=key, kind=kind, title=title, body=body, link=link),
    )


def owe_mail(
    session: Session,
    recipient: str,
    *,
    key: str,
    kind: str,
    subject: str,
    text: str,
    html: str,
    invitation: Invitation | None = None,
    useful_until: datetime | None = None,
) -> None:
    """Write a mail into the outbox and enqueue its delivery, once per `key`, in the session's transaction.

    Args:
        session: Of the writing transaction.
        recipient: Address.
        key: A second mail with it is not written.
        kind: What the mail is about, for the operator.
        subject: One line.
        text: The letter as plain text.
        html: The same as HTML.
        invitation: What changes in the reader's calendar.
        useful_until: After it the mail is not sent any more; None for ever.
    """
    mail = OutgoingMessage(
        dedupe_key=key,
        kind=kind,
        recipient=recipient,
        subject=subject,
        text=text,
        html=html,
        calendar_file=invitation.text if invitation else "",
        calendar_method=invitation.method if invitation else "",
        useful_until=useful_until,
    )
    if insert_once(session, mail):
        enqueue(session, DELIVER_MAIL, f"mail-{mail.id}", str(mail.id))


def tell_and_mail(
    session: Session,
    reader: Person,
    letter: Letter,
    *,
    key: str,
    kind: str,
    body: str,
    link: str,
    invitation: Invitation | None = None,
    useful_until: datetime | None = None,
) -> None:
    """Tell a person the same in the application and by mail, once per `key`.

    Args:
        session: Of the writing transaction.
        reader: Whom to tell.
        letter: The mail; its subject is the message's title too.
        key: Distinguishes this news from all other.
        kind: What it is about, for the operator.
        body: The message below its title; cut when it is longer than the application shows.
        link: Path to which the message leads.
        invitation: What changes in the reader's calendar.
        useful_until: After it the mail is not sent any more; None for ever.
    """
    short = body if len(body) <= LONGEST_BODY else f"{body[: LONGEST_BODY - 1].rstrip()}…"
    tell(session, reader.id, key=key, kind=kind, title=letter.subject, body=short, link=link)
    owe_mail(
        session,
        reader.email,
        key=key,
        kind=kind,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        invitation=invitation,
        useful_until=useful_until,
    )


def unsent(session: Session, now: datetime, limit: int = 50) -> list[int]:
    """Return the mails that should have gone out by now; those tried least come first.

    A mail that nobody took for `MAIL_LIFE` stays in the outbox, with the last error beside it.
    """
    return list(
        session.exec(
            select(OutgoingMessage.id)
            .where(
                col(OutgoingMessage.sent_at).is_(None),
                col(OutgoingMessage.created_at) < now - SEND_TIME,
                col(OutgoingMessage.created_at) > now - MAIL_LIFE,
                or_(
                    col(OutgoingMessage.useful_until).is_(None),
                    col(OutgoingMessage.useful_until) > now,
                ),
            )
            .order_by(col(OutgoingMessage.attempts), col(OutgoingMessage.id))
            .limit(limit)
        )
    )


def latest(session: Session, actor: Actor, limit: int = 20) -> list[Message]:
    """Return the person's newest messages."""
    rows = session.exec(
        select(AppMessage)
        .where(AppMessage.person_id == actor.person_id)
        .order_by(col(AppMessage.id).desc())
        .limit(limit)
    )
    return [
        Message(row.id, row.title, row.body, row.link, row.created_at, row.read_at is None) for row in rows
    ]


def unread_count(session: Session, actor: Actor) -> int:
    """Return how many messages the person has not read."""
    return session.exec(
        select(func.count())
        .select_from(AppMessage)
        .where(AppMessage.person_id == actor.person_id, col(AppMessage.read_at).is_(None))
    ).one()


def mark_read(session: Session, actor: Actor, now: datetime) -> None:
    """Mark all of the person's messages as read."""
    session.connection().execute(
        update(AppMessage)
        .where(col(AppMessage.person_id) == actor.person_id, col(AppMessage.read_at).is_(None))
        .values(read_at=now)
    )
