"""The longest and strangest names that the forms take never stand between money and its session."""

import pytest
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.account_rules import NAME_MAXIMUM
from mentor_ui.domain.roles import Role
from mentor_ui.models import AppMessage, OutgoingMessage, PaymentState
from mentor_ui.providers.mail import OutgoingMail
from mentor_ui.providers.paystack import PaystackClient
from mentor_ui.services import offering_drafts, offerings
from tests.sandbox_process import SandboxProcess
from tests.services.test_settlement import settled, start
from tests.world import NOON, Pair, make_offering, make_person


def test_the_longest_title_and_names_are_booked_and_told(
    database: Database, gateway: PaystackClient, sandbox: SandboxProcess
) -> None:
    tutor = make_person(database, Role.TUTOR, name="T" * NAME_MAXIMUM)
    student = make_person(database, Role.STUDENT, name="S" * NAME_MAXIMUM)
    offering_id = make_offering(database, tutor, title="A" * offering_drafts.LONGEST_TITLE)
    reference = start(database, gateway, Pair(tutor, student, offering_id, 500_000))
    sandbox.settle(reference)
    assert settled(database, gateway, reference) == PaymentState.PAID
    with database.reading() as session:
        titles = session.exec(select(AppMessage.title)).all()
        mails = session.exec(select(OutgoingMessage)).all()
    assert len(titles) == len(mails) == 2
    assert all(title.startswith(("Booked: AAA", "New booking: AAA")) for title in titles)
    assert all(len(mail.subject) <= 160 and mail.subject.endswith("…") for mail in mails)


@pytest.mark.parametrize("strange", ["\x07", "\x1b", "\x7f", "\u2028", "\r\nBcc: a@b.c"])
def test_a_title_can_always_stand_in_the_subject_of_a_mail(sqlite_database: Database, strange: str) -> None:
    tutor = make_person(sqlite_database, Role.TUTOR)
    draft = offerings.OfferingDraft(title=f"Maths{strange}1:1", duration_minutes=60, price="5000")
    with sqlite_database.transaction() as session:
        made = offerings.create(session, tutor, draft=draft, now=NOON)
    mail = OutgoingMail("a@demo.test", f"Booked: {made.title}", "text", idempotency_key="a-key")
    assert mail.subject.startswith("Booked: Maths ")
