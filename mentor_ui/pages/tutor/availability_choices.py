"""What a tutor chooses among: buffers, notice, how far ahead, and what cancelling gives back."""

from datetime import timedelta

from mentor_ui.domain.availability_rules import LONGEST_HORIZON_DAYS
from mentor_ui.domain.cancellation import TERMS, CancellationPolicy
from mentor_ui.domain.money import show_naira

EXAMPLE_KOBO = 500_000
BUFFERS_MINUTES = (0, 15, 30, 45, 60, 90, 120)
NOTICES_MINUTES = (0, 60, 120, 240, 480, 720, 1440, 2880, 4320, 10_080)
HORIZONS_DAYS = (7, 14, 28, 42, 60, LONGEST_HORIZON_DAYS)
RESCHEDULE_NOTICES_HOURS = (0, 2, 6, 12, 24, 48, 72, 168)
RESCHEDULES = range(6)


def length(minutes: int) -> str:
    """Return `45 minutes`, `1 hour`, `1 hour 30 minutes`, `2 days`."""
    days, rest = divmod(minutes, 1440)
    hours, rest = divmod(rest, 60)
    parts = ((days, "day"), (hours, "hour"), (rest, "minute"))
    return " ".join(f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number)


def buffer_options() -> list[tuple[str, str]]:
    """Return the buffers as values in minutes with labels."""
    return [(str(minutes), length(minutes) or "None") for minutes in BUFFERS_MINUTES]


def notice_options() -> list[tuple[str, str]]:
    """Return the shortest notices as values in minutes with labels."""
    return [(str(minutes), length(minutes) or "None") for minutes in NOTICES_MINUTES]


def horizon_options() -> list[tuple[str, str]]:
    """Return how far ahead, as values in days with labels."""
    return [
        (str(days), f"{days // 7} weeks" if days % 7 == 0 and days > 7 else f"{days} days")
        for days in HORIZONS_DAYS
    ]


def reschedule_notice_options() -> list[tuple[str, str]]:
    """Return until when a student may move a session, as values in hours with labels."""
    return [
        (str(hours), f"{length(hours * 60)} before" if hours else "Until it starts")
        for hours in RESCHEDULE_NOTICES_HOURS
    ]


def reschedule_options() -> list[tuple[str, str]]:
    """Return how often a student may move a session."""
    words = {0: "Not at all", 1: "Once", 2: "Twice"}
    return [(str(number), words.get(number, f"{number} times")) for number in RESCHEDULES]


POLICY_NAMES = {
    CancellationPolicy.FLEXIBLE: "Flexible",
    CancellationPolicy.MODERATE: "Moderate",
    CancellationPolicy.STRICT: "Strict",
}


def policy_sentence(policy: CancellationPolicy) -> str:
    """Return what cancelling gives back, on a price of `EXAMPLE_KOBO`."""
    terms = TERMS[policy]
    whole, half = show_naira(EXAMPLE_KOBO), show_naira(EXAMPLE_KOBO // 2)
    return (
        f"Of {whole} a student gets {whole} back up to {_before(terms.full_until)} before the start, "
        f"{half} up to {_before(terms.half_until)} before, nothing later."
    )


def _before(ahead: timedelta) -> str:
    hours = int(ahead.total_seconds()) // 3600
    return f"{hours} hours" if hours < 72 else f"{hours // 24} days"
