"""How long a time is held for each way of paying."""

from datetime import UTC, datetime, timedelta

from mentor_ui.domain.ways_to_pay import CHANNELS, TRANSFER_HOLD, Way, parse_way, transfer_held_until

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FAR = NOW + timedelta(days=7)


def until(**changes: datetime | None) -> datetime:
    facts = {"now": NOW, "first_chosen_at": NOW, "account_expires_at": None, "starts_at": FAR}
    return transfer_held_until(**{**facts, **changes})  # type: ignore[arg-type]


def test_a_transfers_hold_lasts_as_long_as_its_account_and_its_grace() -> None:
    assert until() == NOW + timedelta(minutes=45)
    assert until(account_expires_at=NOW + timedelta(minutes=20)) == NOW + timedelta(minutes=35)


def test_it_never_reaches_beyond_the_start_nor_goes_on_for_ever() -> None:
    assert until(starts_at=NOW + timedelta(minutes=30)) == NOW + timedelta(minutes=30)
    assert until(first_chosen_at=NOW - timedelta(minutes=40)) == NOW + timedelta(minutes=45)
    assert until(first_chosen_at=NOW - timedelta(minutes=60)) == NOW + timedelta(minutes=30)
    assert until(account_expires_at=NOW + timedelta(hours=8)) == NOW + 2 * TRANSFER_HOLD


def test_a_card_page_offers_no_transfer_and_a_transfer_page_nothing_else() -> None:
    assert "bank_transfer" not in CHANNELS[Way.CARD]
    assert CHANNELS[Way.TRANSFER] == ("bank_transfer",)


def test_only_the_two_ways_are_ways() -> None:
    assert [parse_way(text) for text in ("card", "transfer", "", "cash", None, ["card"])] == [
        Way.CARD,
        Way.TRANSFER,
        None,
        None,
        None,
        None,
    ]
