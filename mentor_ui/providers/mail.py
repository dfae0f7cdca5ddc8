"""Mail: one letter to one person, by SMTP or into the demo mailbox."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage, Message
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from mentor_ui.providers.errors import (
    ProviderError,
    ProviderMisconfigured,
    ProviderRejected,
    ProviderThrottled,
    ProviderUnavailable,
)
from mentor_ui.providers.http import JsonApi, Reply
from mentor_ui.providers.replies import JsonObject, required_text, text, whole_number

MAIL: Final = "Mail"
_ADDRESS: Final = re.compile(r"[^\s,;:<>\"()\[\]\\@]+@[^\s,;:<>\"()\[\]\\@]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_NOT_ALLOWED_CODES: Final = frozenset({530, 534, 535, 538})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a letter.

    Attributes:
        filename: Name without folders.
        content: The bytes.
        content_type: Such as `text/calendar; method=REQUEST; charset=utf-8`.
    """

    filename: str
    content: bytes = field(repr=False)
    content_type: str

    def __post_init__(self) -> None:
        _refuse_control_characters("filename", self.filename)
        _refuse_control_characters("content_type", self.content_type)
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", self.content_type):
            raise ValueError("content_type is no MIME type")


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A letter to one person.

    Attributes:
        to: One bare address.
        subject: One line.
        text: The letter as plain text.
        html: The same as HTML, or empty.
        idempotency_key: The same for every try at sending this letter.
        attachments: Files; an invitation (`text/calendar` with a method) is shown as such by mail programs.

    Raises:
        ValueError: `to` is not one address, or a header would hold a line break or control character.
    """

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False, default="")
    idempotency_key: str = field(kw_only=True)
    attachments: Sequence[Attachment] = ()

    def __post_init__(self) -> None:
        _refuse_control_characters("to", self.to)
        _refuse_control_characters("subject", self.subject)
        _refuse_control_characters("idempotency_key", self.idempotency_key)
        if not _ADDRESS.fullmatch(self.to):
            raise ValueError("to is not one mail address")
        if not self.idempotency_key:
            raise ValueError("idempotency_key is empty")


class Mailer(Protocol):
    """What the jobs need to send letters."""

    def send(self, mail: OutgoingMail) -> str:
        """Hand a letter over and return the id it got; see the mailers for errors."""
        ...

    def close(self) -> None:
        """Close the connections of this process."""
        ...


class MailboxMailer:
    """Puts letters into the demo mailbox, which keeps one for each idempotency key.

    Args:
        mailbox_url: Base address of the mailbox.
        sender: From, such as `Mentor <hello@mentor.test>`.
        timeout_seconds: Longest wait for an answer.
    """

    def __init__(self, *, mailbox_url: str, sender: str, timeout_seconds: float = 10.0) -> None:
        self._sender = sender
        self._api = JsonApi(MAIL, mailbox_url, judge=_judge_mailbox, timeout_seconds=timeout_seconds)

    def send(self, mail: OutgoingMail) -> str:
        """Deliver a letter and return its id in the mailbox. Repeating it is safe.

        Raises:
            ProviderError: See `mentor_ui.providers.errors`.
        """
        body = {
            "to": mail.to,
            "from": self._sender,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "attachments": [
                {
                    "filename": attachment.filename,
                    "content_type": attachment.content_type,
                    "content": base64.b64encode(attachment.content).decode(),
                }
                for attachment in mail.attachments
            ],
        }
        # A header holds ASCII only, a key may be anything: its digest is as good.
        headers = {"Idempotency-Key": _digest(mail.idempotency_key)}
        return self._api.call("POST", "/messages", _message_id, json=body, headers=headers, repeatable=True)

    def close(self) -> None:
        """Close the connections of this process."""
        self._api.close()


class SmtpMailer:
    """Hands letters to an SMTP server, one connection for each.

    Args:
        url: `smtp://user:password@host:587` (STARTTLS when offered) or `smtps://user:password@host:465`.
            User and password are percent-encoded.
        sender: From, such as `Mentor <hello@mentor.example>`.
        timeout_seconds: Longest wait for each answer.

    Raises:
        ValueError: The URL or the sender cannot be used.
    """

    def __init__(self, *, url: str, sender: str, timeout_seconds: float = 20.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("SMTP_URL has the form smtp://user:password@host:587")
        _refuse_control_characters("sender", sender)
        self._sender = sender
        self._from_address = parseaddr(sender)[1]
        if not _ADDRESS.fullmatch(self._from_address):
            raise ValueError("the sender is not a mail address")
        self._host = parts.hostname
        self._tls_from_start = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls_from_start else 587)
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")
        self._timeout = timeout_seconds

    def send(self, mail: OutgoingMail) -> str:
        """Hand a letter over and return its Message-ID, which is the same on every try.

        Raises:
            ProviderRejected: The server refuses the address or the letter for good (5xx).
            ProviderMisconfigured: User, password or TLS are wrong.
            ProviderUnavailable: Anything that may pass. With `effect_unknown` the letter may have gone out;
                sent again it bears the same Message-ID.
        """
        message = compose(mail, sender=self._sender)
        handed_over = False
        try:
            server = self._connect()
            try:
                self._secure_and_log_in(server)
                handed_over = True
                server.send_message(message, self._from_address, [mail.to])
            finally:
                # The letter's fate is known by now; how the goodbye goes changes nothing.
                with contextlib.suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except ProviderError:
            raise
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = error.recipients[mail.to]
            raise _refusal(code, reason) from error
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise ProviderRejected(
                MAIL, f"the server lacks something: {error}", code="unsupported"
            ) from error
        except ssl.SSLCertVerificationError as error:
            raise ProviderMisconfigured(MAIL, f"SMTP_URL: the certificate was refused: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            name = type(error).__name__
            raise ProviderUnavailable(
                MAIL, f"the server gave no full answer ({name})", effect_unknown=handed_over
            ) from error
        return str(message["Message-ID"])

    def close(self) -> None:
        """Do nothing: no connection outlives its letter."""

    def _connect(self) -> smtplib.SMTP:
        if self._tls_from_start:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _secure_and_log_in(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        encrypted = self._tls_from_start
        if not encrypted and server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
            server.ehlo()
            encrypted = True
        if not self._user:
            return
        if not encrypted and self._host not in _LOOPBACK:
            raise ProviderMisconfigured(
                MAIL, "SMTP_URL: the server offers no TLS, so the password stays here"
            )
        if not server.has_extn("auth"):
            raise ProviderMisconfigured(MAIL, "SMTP_URL names a user, but the server takes none")
        server.login(self._user, self._password)


def compose(mail: OutgoingMail, *, sender: str) -> EmailMessage:
    """Make the message: plain text and HTML side by side, attachments after them.

    An invitation stands beside them too, as one more way to read the letter (RFC 6047 section 2.4), and is
    attached once more for programs that only know files.

    The Message-ID comes from the idempotency key, so that a letter sent twice is one to mail programs.

    Args:
        mail: The letter.
        sender: From.
    """
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    domain = parseaddr(sender)[1].rpartition("@")[2]
    message["Message-ID"] = f"<{_digest(mail.idempotency_key)}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    for attachment in mail.attachments:
        kind = _content_type(attachment)
        if kind.get_content_type() == "text/calendar" and kind.get_param("method"):
            invitation = attachment.content.decode()
            method = str(kind.get_param("method"))
            # Base64, so that no server on the way folds its lines anew.
            message.add_alternative(invitation, subtype="calendar", params={"method": method}, cte="base64")
    for attachment in mail.attachments:
        _attach(message, attachment)
    return message


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    kind = _content_type(attachment)
    # Beside the invitation itself, a second METHOD would make some programs ask twice.
    extra = {name: value for name, value in (kind.get_params() or [])[1:] if name != "method"}
    message.add_attachment(
        attachment.content,
        maintype=kind.get_content_maintype(),
        subtype=kind.get_content_subtype(),
        filename=attachment.filename,
        params=extra,
    )


def _content_type(attachment: Attachment) -> Message:
    header = Message()
    header["Content-Type"] = attachment.content_type
    return header


def _refusal(code: int, reason: bytes | str) -> ProviderError:
    """Turn an SMTP reply into an error: 4yz may pass, 5yz will not."""
    said = f"{code} {reason.decode(errors='replace') if isinstance(reason, bytes) else reason}"
    if code in _NOT_ALLOWED_CODES:
        return ProviderMisconfigured(MAIL, f"SMTP_URL: {said}")
    if code >= 500:
        return ProviderRejected(MAIL, said, code=str(code))
    return ProviderUnavailable(MAIL, said)


def _judge_mailbox(reply: Reply) -> ProviderError | None:
    if reply.status < 400 or not reply.readable:
        return None
    said = text(reply.body.get("message")) or f"HTTP {reply.status}"
    if reply.status == 429:
        wait = whole_number(reply.headers.get("retry-after"))
        return ProviderThrottled(MAIL, said, retry_after_seconds=None if wait is None else float(wait))
    return ProviderRejected(
        MAIL, said, code=text(reply.body.get("code")) or "unknown", http_status=reply.status
    )


def _message_id(body: JsonObject) -> str:
    return required_text(body, "id")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def _refuse_control_characters(name: str, value: str) -> None:
    if _CONTROL.search(value):
        raise ValueError(f"{name} holds a control character")
