"""What a cancelled session gives back: the presets that tutors choose from, in hours before the start."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class CancellationPolicy(StrEnum):
    """A tutor's preset; a booking pins the one that stood when its time was taken."""

    FLEXIBLE = "FLEXIBLE"
    MODERATE = "MODERATE"
    STRICT = "STRICT"


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """How much of the price comes back when a student cancels.

    Attributes:
        full_until: All of it, up to this long before the start.
        half_until: Half of it, up to this long before the start; nothing later.
    """

    full_until: timedelta
    half_until: timedelta


TERMS = {
    CancellationPolicy.FLEXIBLE: CancellationTerms(timedelta(hours=24), timedelta(hours=2)),
    CancellationPolicy.MODERATE: CancellationTerms(timedelta(hours=48), timedelta(hours=24)),
    CancellationPolicy.STRICT: CancellationTerms(timedelta(days=7), timedelta(hours=48)),
}


def student_refund_kobo(
    policy: CancellationPolicy, *, price_kobo: int, starts_at: datetime, now: datetime
) -> int:
    """Return what a student gets back who cancels at `now`; half a price is rounded up to the kobo."""
    terms, ahead = TERMS[policy], starts_at - now
    if ahead >= terms.full_until:
        return price_kobo
    return -(-price_kobo // 2) if ahead >= terms.half_until else 0


def credit_comes_back(policy: CancellationPolicy, starts_at: datetime) -> datetime:
    """Return until when a student who cancels has one of a package's sessions back.

    It cannot be halved: it comes back whole as long as the policy gives anything back.
    """
    return starts_at - TERMS[policy].half_until


def next_step(policy: CancellationPolicy, starts_at: datetime, now: datetime) -> datetime | None:
    """Return the moment after which a student who cancels gets less than now; None when that is nothing."""
    terms = TERMS[policy]
    steps = (starts_at - terms.full_until, starts_at - terms.half_until)
    return next((step for step in steps if now <= step), None)
