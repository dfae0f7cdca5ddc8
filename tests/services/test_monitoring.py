"""What stands still is counted, with its money, and what moves is not."""

from datetime import UTC, datetime, timedelta

from mentor_ui.db.engine import Database
from mentor_ui.models import OutgoingMessage, ProviderEvent
from mentor_ui.services.monitoring import PATIENCE, stuck

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
