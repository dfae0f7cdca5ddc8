"""Letters over real SMTP: what arrives, and which failures may be tried again."""

import email
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mentor_ui.providers.errors import ProviderMisconfigured, ProviderRejected, ProviderUnavailable
from mentor_ui.providers.mail import Attachment, Mailer, OutgoingMail, SmtpMailer

CERTIFICATE = Path(__file__).with_name("localhost.pem")  # self-signed, for these tests alone
SENDER = "Mentor <hello@mentor.example>"
INVITATION = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


class Postbox:
    """An aiosmtpd handler that keeps letters and answers what the test says."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.sender = ""
        self.encrypted: list[bool] = []
        self.rcpt_answer = "250 OK"
        self.data_answer = "250 OK"
        self.hang_up = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient or not."""
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep a letter and answer."""
        content = envelope.content
        assert isinstance(content, bytes)
        letter = email.message_from_bytes(content, policy=default)
        self.letters.append(letter)
        self.sender, self.recipients = str(envelope.mail_from), envelope.rcpt_tos
        self.encrypted.append(session.ssl is not None)
        if self.hang_up:
            assert server.transport is not None
            server.transport.abort()
        return self.data_answer


@contextmanager
def smtp_server(postbox: Postbox, *, address: str = "127.0.0.1", **options: Any) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
    controller = Controller(postbox, hostname=address, port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def mailer(postbox: Postbox) -> Iterator[SmtpMailer]:
    with smtp_server(postbox) as port:
        yield SmtpMailer(url=f"smtp://127.0.0.1:{port}", sender=SENDER, timeout_seconds=2)


def letter(**changes: Any) -> OutgoingMail:
    values: dict[str, Any] = {
        "to": "ada@example.com",
        "subject": "You are booked: ₦5,000 · 18:30",
        "text": "See you on Wednesday.\n\nJoin: https://mentor.example/j/abc\n",
        "html": "<p>See you on <b>Wednesday</b>.</p>",
        "idempotency_key": "booked-7301234567890123-student",
    }
    return OutgoingMail(**{**values, **changes})


def test_a_letter_arrives_as_text_and_html(mailer: SmtpMailer, postbox: Postbox) -> None:
    kept: Mailer = mailer
    message_id = kept.send(letter())

    [arrived] = postbox.letters
    assert (postbox.sender, postbox.recipients) == ("hello@mentor.example", ["ada@example.com"])
    assert arrived["From"] == SENDER
    assert arrived["To"] == "ada@example.com"
    assert arrived["Subject"] == "You are booked: ₦5,000 · 18:30"
    assert arrived["Message-ID"] == message_id
    assert arrived["Date"].datetime.tzinfo is not None
    assert arrived.get_content_type() == "multipart/alternative"
    text, html = arrived.get_body(("plain",)), arrived.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "https://mentor.example/j/abc" in text.get_content()
    assert "<b>Wednesday</b>" in html.get_content()


def test_a_letter_without_html_is_plain(mailer: SmtpMailer, postbox: Postbox) -> None:
    mailer.send(letter(html=""))
    assert postbox.letters[0].get_content_type() == "text/plain"


def test_the_message_id_is_the_same_on_every_try(mailer: SmtpMailer, postbox: Postbox) -> None:
    mailer.send(letter())
    mailer.send(letter())
    mailer.send(letter(idempotency_key="another"))
    first, again, other = (str(arrived["Message-ID"]) for arrived in postbox.letters)
    assert first == again != other
    assert first.endswith("@mentor.example>")


def test_an_invitation_is_shown_and_attached(mailer: SmtpMailer, postbox: Postbox) -> None:
    invitation = Attachment(
        "session.ics", INVITATION.encode(), "text/calendar; method=REQUEST; charset=utf-8"
    )
    picture = Attachment("card.png", b"\x89PNG\x00\xff", "image/png")

    mailer.send(letter(attachments=(invitation, picture)))

    [arrived] = postbox.letters
    kinds = [part.get_content_type() for part in arrived.walk()]
    assert kinds == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "text/calendar",
        "image/png",
    ]
    shown = next(part for part in arrived.walk() if part.get_content_type() == "text/calendar")
    assert shown.get_param("method") == "REQUEST"
    assert shown.get_param("charset") == "utf-8"
    assert "METHOD:REQUEST" in shown.get_content()
    files = {part.get_filename(): part.get_content() for part in arrived.iter_attachments()}
    assert files["card.png"] == b"\x89PNG\x00\xff"
    attached = files["session.ics"]
    assert (
        attached if isinstance(attached, str) else attached.decode()
    ).splitlines() == INVITATION.splitlines()


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "ada@example.com\r\nBcc: eve@example.com"},
        {"to": "ada@example.com, eve@example.com"},
        {"to": "Ada <ada@example.com>"},
        {"to": "ada"},
        {"to": ""},
        {"subject": "Hi\nBcc: eve@example.com"},
        {"subject": "Hi\r\n\r\nbody"},
        {"subject": "Hi\u2028there"},
        {"idempotency_key": "a\nb"},
        {"idempotency_key": ""},
    ],
)
def test_headers_cannot_be_slipped_in(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"to|subject|idempotency_key"):
        letter(**changes)


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [("a\nb.ics", "text/plain"), ("a.ics", "text/plain\r\nX: y"), ("a.ics", "plain")],
)
def test_attachments_cannot_slip_headers_in(filename: str, content_type: str) -> None:
    with pytest.raises(ValueError, match=r"filename|content_type"):
        Attachment(filename, b"", content_type)


def refuse_recipient(postbox: Postbox, answer: str) -> None:
    postbox.rcpt_answer = answer


def refuse_letter(postbox: Postbox, answer: str) -> None:
    postbox.data_answer = answer


@pytest.mark.parametrize("where", [refuse_recipient, refuse_letter])
def test_a_refusal_for_good_is_a_bounce(
    mailer: SmtpMailer, postbox: Postbox, where: Callable[[Postbox, str], None]
) -> None:
    where(postbox, "550 5.1.1 no such mailbox")
    with pytest.raises(ProviderRejected, match="no such mailbox") as caught:
        mailer.send(letter())
    assert caught.value.code == "550"


@pytest.mark.parametrize("where", [refuse_recipient, refuse_letter])
def test_a_passing_refusal_may_be_tried_again(
    mailer: SmtpMailer, postbox: Postbox, where: Callable[[Postbox, str], None]
) -> None:
    where(postbox, "451 4.7.1 greylisted")
    with pytest.raises(ProviderUnavailable, match="greylisted") as caught:
        mailer.send(letter())
    assert not caught.value.effect_unknown


def test_a_connection_lost_after_the_letter_leaves_doubt(mailer: SmtpMailer, postbox: Postbox) -> None:
    postbox.hang_up = True
    with pytest.raises(ProviderUnavailable) as caught:
        mailer.send(letter())
    assert caught.value.effect_unknown
    assert len(postbox.letters) == 1


def test_a_server_that_is_not_there_leaves_none() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ProviderUnavailable) as caught:
        SmtpMailer(url=f"smtp://127.0.0.1:{port}", sender=SENDER).send(letter())
    assert not caught.value.effect_unknown


def test_a_server_that_stays_silent_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        mailer = SmtpMailer(
            url=f"smtp://127.0.0.1:{silent.getsockname()[1]}", sender=SENDER, timeout_seconds=0.2
        )
        with pytest.raises(ProviderUnavailable) as caught:
            mailer.send(letter())
    assert not caught.value.effect_unknown


def only_ada(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    # handled=False: the server itself says 535.
    right = (data.login, data.password) == (b"ada@example.com", b"p@ss:word")
    return AuthResult(success=right, handled=False)


@pytest.fixture
def tls() -> ssl.SSLContext:
    """A server's TLS for `localhost`, with a certificate that only says so itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def test_user_and_password_are_percent_decoded(
    postbox: Postbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with smtp_server(postbox, tls_context=tls, authenticator=only_ada, auth_required=True) as port:
        url = f"smtp://ada%40example.com:{{}}@localhost:{port}"
        SmtpMailer(url=url.format("p%40ss%3Aword"), sender=SENDER).send(letter())
        assert len(postbox.letters) == 1
        with pytest.raises(ProviderMisconfigured, match="SMTP_URL: 535") as caught:
            SmtpMailer(url=url.format("wrong-word"), sender=SENDER).send(letter())
    assert "wrong-word" not in str(caught.value)


def test_a_server_that_wants_a_user_gets_no_letter_without_one(
    postbox: Postbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with smtp_server(postbox, tls_context=tls, authenticator=only_ada, auth_required=True) as port:
        mailer = SmtpMailer(url=f"smtp://localhost:{port}", sender=SENDER)
        with pytest.raises(ProviderMisconfigured, match="530"):
            mailer.send(letter())


def test_a_user_for_a_server_that_takes_none_is_the_operators_business(mailer: SmtpMailer) -> None:
    named = SmtpMailer(url=f"smtp://ada:word@127.0.0.1:{mailer._port}", sender=SENDER)
    with pytest.raises(ProviderMisconfigured, match="takes none"):
        named.send(letter())


def test_a_password_does_not_cross_the_network_in_the_clear(postbox: Postbox) -> None:
    # 127.0.0.2 is this machine too, but nothing that the mailer may take for granted.
    with smtp_server(postbox, address="127.0.0.2", authenticator=only_ada) as port:
        mailer = SmtpMailer(url=f"smtp://ada%40example.com:p%40ss%3Aword@127.0.0.2:{port}", sender=SENDER)
        with pytest.raises(ProviderMisconfigured, match="no TLS"):
            mailer.send(letter())
    assert not postbox.letters


def test_starttls_is_used_when_it_is_offered(
    postbox: Postbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with smtp_server(postbox, tls_context=tls, require_starttls=True) as port:
        SmtpMailer(url=f"smtp://localhost:{port}", sender=SENDER).send(letter())
    assert postbox.encrypted == [True]


def test_smtps_is_encrypted_from_the_start(
    postbox: Postbox, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with smtp_server(postbox, ssl_context=tls) as port:
        SmtpMailer(url=f"smtps://localhost:{port}", sender=SENDER).send(letter())
    assert len(postbox.letters) == 1


def test_a_server_that_nobody_vouches_for_gets_no_letter(postbox: Postbox, tls: ssl.SSLContext) -> None:
    with smtp_server(postbox, tls_context=tls) as port:
        mailer = SmtpMailer(url=f"smtp://localhost:{port}", sender=SENDER)
        with pytest.raises(ProviderMisconfigured, match="certificate"):
            mailer.send(letter())
    assert not postbox.letters


@pytest.mark.parametrize("url", ["", "http://host", "smtp://", "host:587"])
def test_an_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL"):
        SmtpMailer(url=url, sender=SENDER)


@pytest.mark.parametrize("sender", ["Mentor", "Mentor <hello>", "a@b.example\nBcc: c@d.example"])
def test_an_unusable_sender_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        SmtpMailer(url="smtp://localhost", sender=sender)
