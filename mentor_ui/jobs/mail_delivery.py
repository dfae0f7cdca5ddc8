"""Sending the mails of the outbox."""

from datetime import UTC, datetime

import structlog
from dbos import DBOS

from mentor_ui.models import OutgoingMessage
from mentor_ui.providers.errors import ProviderError, ProviderRejected
from mentor_ui.providers.mail import Attachment, OutgoingMail
from mentor_ui.resources import get_resources
from mentor_ui.services.calendar_files import FILE_NAME, with_organizer
from mentor_ui.services.notifications import DELIVER_MAIL

log = structlog.get_logger()


@DBOS.workflow(name=DELIVER_MAIL)
def deliver_mail(outbox_id: str) -> None:
    """Send one mail.

    Args:
        outbox_id: Decimal string.
    """
    send(outbox_id)


@DBOS.step(name="send_mail", retries_allowed=True, max_attempts=8, interval_seconds=1, backoff_rate=2)
def send(outbox_id: str) -> None:
    """Hand a mail to the mailer unless it was sent or has become useless, and write down how it went.

    The mail's own key goes along, so a mailer that knows such keys takes a repeated mail once.
    """
    resources = get_resources()
    with resources.database.reading() as session:
        row = session.get_one(OutgoingMessage, int(outbox_id))
    if row.sent_at is not None or (row.useful_until is not None and row.useful_until <= datetime.now(UTC)):
        return
    failure: ProviderError | ValueError | None = None
    try:
        resources.mailer.send(_mail(row, resources.settings.mail_from))
    except (ProviderError, ValueError) as error:
        failure = error
    with resources.database.transaction() as session:
        kept = session.get_one(OutgoingMessage, row.id)
        kept.attempts += 1
        kept.last_error = "" if failure is None else str(failure)[:300]
        kept.sent_at = datetime.now(UTC) if failure is None else None
        session.add(kept)
    if isinstance(failure, ProviderRejected | ValueError):
        # Such a mail is refused every time; it stays in the outbox with the reason.
        log.error("a mail cannot be delivered", outbox_id=row.id, kind=row.kind, reason=str(failure))
    elif failure is not None:
        raise failure


def _mail(row: OutgoingMessage, sender: str) -> OutgoingMail:
    attachments: tuple[Attachment, ...] = ()
    if row.calendar_file:
        content = with_organizer(row.calendar_file, sender)
        content_type = f"text/calendar; charset=utf-8; method={row.calendar_method}"
        attachments = (Attachment(FILE_NAME, content, content_type),)
    return OutgoingMail(
        row.recipient,
        row.subject,
        row.text,
        row.html,
        idempotency_key=f"mentor-{row.dedupe_key}",
        attachments=attachments,
    )
