"""What stands still is counted, with its money, and what moves is not."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from mentor_ui.db.engine import Database
from mentor_ui.models import MentorshipSession, OutgoingMessage, ProviderEvent
from mentor_ui.services.monitoring import PATIENCE, stuck
from tests.paid import buy
from tests.world import make_pair

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {one.what: one.count for one in stuck(session, NOW)}


def test_nothing_stands_still_in_an_empty_database(database: Database) -> None:
    found = counts(database)
    assert set(found.values()) == {0}
    assert set(found) == {
        "payment_unasked",
        "payment_unused",
        "refund",
        "payout",
        "incident",
        "webhook",
        "mail",
        "sale_untold",
    }


def test_a_webhook_and_a_mail_count_once_they_are_late(database: Database) -> None:
    late, young = NOW - PATIENCE - timedelta(seconds=1), NOW - PATIENCE + timedelta(minutes=1)
    with database.transaction() as session:
        for key, moment in (("late", late), ("young", young)):
            session.add(
                ProviderEvent(
                    provider="paystack", dedupe_key=key, event="charge.success", body=b"", received_at=moment
                )
            )
            session.add(
                OutgoingMessage(
                    dedupe_key=key,
                    kind="booked",
                    recipient="ada@demo.test",
                    subject="",
                    text="",
                    created_at=moment,
                )
            )
    found = counts(database)
    assert (found["webhook"], found["mail"]) == (1, 1)


def test_a_sale_that_nobody_was_told_of_counts_once_it_is_late(database: Database) -> None:
    pair = make_pair(database)
    late, young = (buy(database, pair, NOW + timedelta(days=day), now=NOW) for day in (2, 3))
    with database.transaction() as session:
        for booking_id, age in ((late, PATIENCE * 2), (young, PATIENCE / 2)):
            session.connection().execute(
                update(MentorshipSession)
                .where(col(MentorshipSession.id) == booking_id)
                .values(news_due=True, updated_at=NOW - age)
            )
    assert counts(database)["sale_untold"] == 1
