"""What a cancellation policy gives back, put into one line for whoever is about to book or to cancel."""

from datetime import timedelta

from mentor_ui.domain.cancellation import TERMS, CancellationPolicy

_DAYS_FROM = timedelta(days=3)
"""From here on people count in days."""


def policy_line(policy: str) -> str:
    """Return `Cancel up to 24 hours before the start and get all of it back, up to 2 hours before half.`.

    Args:
        policy: Of `CancellationPolicy`, as tables hold it.
    """
    terms = TERMS[CancellationPolicy(policy)]
    return (
        f"Cancel up to {stretch(terms.full_until)} before the start and get all of your money back, "
        f"up to {stretch(terms.half_until)} before half of it. If the tutor cancels, all of it comes back."
    )


def package_policy_line(policy: str) -> str:
    """Return what cancelling means for a session of a package, which cannot be halved.

    Args:
        policy: Of `CancellationPolicy`, as tables hold it.
    """
    return (
        f"Cancel up to {stretch(TERMS[CancellationPolicy(policy)].half_until)} before the start and the "
        "session is back in your package; later it counts as used. If the tutor cancels, it always comes "
        "back."
    )


def stretch(length: timedelta) -> str:
    """Return a length of time in whole days, hours or minutes: `7 days`, `20 hours`, `1 minute`."""
    minutes = int(length.total_seconds()) // 60
    if length >= _DAYS_FROM:
        return _counted(minutes // 1440, "day")
    if minutes >= 60:
        return _counted(minutes // 60, "hour")
    return _counted(max(minutes, 0), "minute")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
