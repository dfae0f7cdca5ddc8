"""The mail client against the provider sandbox, over real HTTP, with its faults switched on."""

import pytest

from mentor_ui.providers.errors import (
    ProviderError,
)
from mentor_ui.providers.mail import Attachment, MailboxMailer, OutgoingMail
from tests.sandbox_process import SandboxProcess

BOOKING = 7301234567890123
LOST = ["500_after", "lost_reply", "garbage"]


def test_letters_in_the_demo_mailbox(sandbox: SandboxProcess) -> None:
    mailer = MailboxMailer(
        mailbox_url=f"{sandbox.base_url}/mail", sender="Mentor <hello@mentor.test>", timeout_seconds=3
    )
    letter = OutgoingMail(
        to="ada@example.com",
        subject="You are booked: ₦5,000",
        text="See you.",
        html="<p>See you.</p>",
        idempotency_key="booked-1-student",
        attachments=(Attachment("session.ics", b"BEGIN:VCALENDAR", "text/calendar; method=REQUEST"),),
    )
    sandbox.fault("mail.send", "500_after")
    first = mailer.send(letter)
    assert mailer.send(letter) == first
    mailer.close()

    [mail] = sandbox.mails("ada@example.com")
    assert (mail["id"], mail["subject"], mail["from"]) == (
        first,
        "You are booked: ₦5,000",
        "Mentor <hello@mentor.test>",
    )
    assert mail["attachments"][0]["filename"] == "session.ics"
    page = sandbox.http.get(f"/mail/{first}").text
    assert "session.ics" in page


def test_a_mailbox_that_is_gone(sandbox: SandboxProcess) -> None:
    sandbox.fault("mail.send", "500_before", times=3)
    mailer = MailboxMailer(mailbox_url=f"{sandbox.base_url}/mail", sender="Mentor <hello@mentor.test>")
    letter = OutgoingMail(to="ada@example.com", subject="s", text="t", idempotency_key="k")
    with pytest.raises(ProviderError):
        mailer.send(letter)
    assert mailer.send(letter)
    mailer.close()
