"""Secrets at rest."""

import time

import pytest
import time_machine

from mentor_ui.domain.sealing import SealBroken, Sealer


def test_what_was_sealed_opens_again_and_shows_nothing() -> None:
    sealer = Sealer("k" * 40, "calendars")
    sealed = sealer.seal("https://calendar.test/private-123.ics")
    assert "private" not in sealed
    assert sealed != sealer.seal("https://calendar.test/private-123.ics")
    assert Sealer("k" * 40, "calendars").unseal(sealed) == "https://calendar.test/private-123.ics"


@pytest.mark.parametrize(("key", "purpose"), [("x" * 40, "calendars"), ("k" * 40, "states")])
def test_another_key_or_purpose_opens_nothing(key: str, purpose: str) -> None:
    sealed = Sealer("k" * 40, "calendars").seal("secret")
    with pytest.raises(SealBroken):
        Sealer(key, purpose).unseal(sealed)
    with pytest.raises(SealBroken):
        Sealer("k" * 40, "calendars").unseal(sealed[:-4])


def test_a_seal_can_be_too_old() -> None:
    sealer = Sealer("k" * 40, "states")
    sealed = sealer.seal("secret")
    assert sealer.unseal(sealed, longest_seconds=60) == "secret"
    with time_machine.travel(time.time() + 120), pytest.raises(SealBroken):
        sealer.unseal(sealed, longest_seconds=60)
