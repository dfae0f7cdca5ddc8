"""Who came to a session, and what that says about it: from what was seen to a proposed verdict.

Evidence, from strong to weak: Zoom saw somebody come into the room and leave it; somebody was led into the
room by our link; somebody had the session's page open. Only Zoom sees how long two people were together. In
other rooms the link and the page have to do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mentor_ui.domain.door import DOOR_OPENS, LEFT_OPEN

ENOUGH = timedelta(minutes=10)
ENOUGH_SHARE = 3
"""Together for ten minutes, or for a third of a shorter session: it was held. Having waited alone for as
long, one may say that the other did not come."""

BEAT_LASTS = timedelta(seconds=90)
"""What one sign of life of an open page stands for; pages give one a minute."""

SEVERAL_TRIES = 2
"""Coming in this often, without having been together for long, looks like a failing connection."""


class Party(StrEnum):
    """The two people of a session, and whoever else was seen."""

    TUTOR = "tutor"
    STUDENT = "student"
    GUEST = "guest"


class Sight(StrEnum):
    """What was seen."""

    JOINED = "joined"
    LEFT = "left"
    ENDED = "ended"
    LED_IN = "led_in"
    KNOCKED = "knocked"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that was seen.

    Attributes:
        who: `GUEST` for somebody in the room whom nothing names, and for the end of a meeting.
        name: Tells guests apart.
    """

    sight: Sight
    who: Party
    at: datetime
    name: str = ""


class Verdict(StrEnum):
    """What became of a session."""

    HELD = "held"
    STUDENT_ABSENT = "student_absent"
    TUTOR_ABSENT = "tutor_absent"
    NETWORK_FAILURE = "network_failure"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a verdict is proposed."""

    TOGETHER = "together"
    BOTH_LED_IN = "both_led_in"
    WAITED_ALONE = "waited_alone"
    CUT_SHORT = "cut_short"
    MISSED_EACH_OTHER = "missed_each_other"
    LEFT_EARLY = "left_early"
    NOBODY_SEEN = "nobody_seen"
    UNNAMED_GUEST = "unnamed_guest"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A verdict and what it rests on.

    Attributes:
        together: How long both were in Zoom's room at the same time.
    """

    verdict: Verdict
    reason: Reason
    together: timedelta
    tutor_present: timedelta
    student_present: timedelta


Spans = list[tuple[datetime, datetime]]


def enough_of(planned: timedelta) -> timedelta:
    """Return how long together, or waited, is enough for a session of this length."""
    return min(ENOUGH, planned / ENOUGH_SHARE)


def propose(
    seen: Iterable[Sighting], *, starts_at: datetime, ends_at: datetime, now: datetime
) -> Proposal | None:
    """Propose what became of a session.

    The order of what was seen does not matter, and seeing a thing twice is seeing it once.

    Args:
        seen: Everything; what lies outside of the open door is left out.
        starts_at: Planned start.
        ends_at: Planned end.
        now: The present moment.

    Returns:
        None as long as it is too early to say: before the end, unless it was held already.
    """
    opens, closes = starts_at - DOOR_OPENS, ends_at + LEFT_OPEN
    facts = sorted({one for one in seen if opens <= one.at < closes}, key=_order)
    enough = enough_of(ends_at - starts_at)
    rooms = _in_room(facts, min(closes, now))
    guests = {name: spans for (who, name), spans in rooms.items() if who == Party.GUEST}
    tutor, student = _merged(rooms, Party.TUTOR), _merged(rooms, Party.STUDENT)
    unplaced = len(guests)
    if guests and bool(tutor) != bool(student):
        # The room's link is known to two people: an unnamed one is the one who was not seen otherwise.
        everyone = _union([span for spans in guests.values() for span in spans])
        tutor, student, unplaced = tutor or everyone, student or everyone, 0
    elif len(guests) > 1 and not tutor and not student:
        first, second, *_ = (guests[name] for name in sorted(guests))
        tutor, student, unplaced = _union(first), _union(second), 0
    together = _length(_common(tutor, student))
    times = (together, _length(tutor), _length(student))
    if together >= enough:
        return Proposal(Verdict.HELD, Reason.TOGETHER, *times)
    if now < ends_at:
        return None
    showed_tutor = bool(tutor) or _showed(facts, Party.TUTOR)
    showed_student = bool(student) or _showed(facts, Party.STUDENT)
    if showed_tutor and showed_student:
        verdict, reason = _both_came(facts, tutor, student, zoom_saw=bool(rooms))
    elif unplaced:
        verdict, reason = Verdict.UNKNOWN, Reason.UNNAMED_GUEST
    else:
        verdict, reason = _one_came(facts, tutor, student, enough, (showed_tutor, showed_student))
    return Proposal(verdict, reason, *times)


def _both_came(
    facts: Sequence[Sighting], tutor: Spans, student: Spans, *, zoom_saw: bool
) -> tuple[Verdict, Reason]:
    led = {one.who for one in facts if one.sight == Sight.LED_IN}
    if not zoom_saw:
        # A spare room or one of the tutor's own: nobody tells us what went on in it.
        both = {Party.TUTOR, Party.STUDENT} <= led
        return (Verdict.HELD, Reason.BOTH_LED_IN) if both else (Verdict.UNKNOWN, Reason.MISSED_EACH_OTHER)
    tries = {who: _tries(facts, who) for who in (Party.TUTOR, Party.STUDENT)}
    if _common(tutor, student) or max(tries.values()) >= SEVERAL_TRIES:
        return Verdict.NETWORK_FAILURE, Reason.CUT_SHORT
    return Verdict.UNKNOWN, Reason.MISSED_EACH_OTHER


def _one_came(
    facts: Sequence[Sighting],
    tutor: Spans,
    student: Spans,
    enough: timedelta,
    showed: tuple[bool, bool],
) -> tuple[Verdict, Reason]:
    if not any(showed):
        return Verdict.UNKNOWN, Reason.NOBODY_SEEN
    who, spans = (Party.TUTOR, tutor) if showed[0] else (Party.STUDENT, student)
    absent = Verdict.STUDENT_ABSENT if showed[0] else Verdict.TUTOR_ABSENT
    if _length(_union([*spans, *_pages(facts, who)])) >= enough:
        return absent, Reason.WAITED_ALONE
    return Verdict.UNKNOWN, Reason.LEFT_EARLY


def _in_room(facts: Sequence[Sighting], until: datetime) -> dict[tuple[Party, str], Spans]:
    """Pair arrivals with departures; who never left was there until the meeting's end, or until now."""
    rooms: dict[tuple[Party, str], Spans] = {}
    inside: dict[tuple[Party, str], datetime] = {}

    def go(key: tuple[Party, str], at: datetime) -> None:
        came = inside.pop(key, None)
        if came is not None:
            rooms.setdefault(key, []).append((came, max(came, at)))

    for one in facts:
        key = (one.who, one.name if one.who == Party.GUEST else "")
        if one.sight == Sight.JOINED:
            inside.setdefault(key, one.at)
        elif one.sight == Sight.LEFT:
            go(key, one.at)
        elif one.sight == Sight.ENDED:
            for still in list(inside):
                go(still, one.at)
    for still in list(inside):
        go(still, until)
    return rooms


def _showed(facts: Sequence[Sighting], who: Party) -> bool:
    return any(one.who == who and one.sight in (Sight.LED_IN, Sight.KNOCKED, Sight.PAGE) for one in facts)


def _tries(facts: Sequence[Sighting], who: Party) -> int:
    # One entry is seen twice, by our link and by Zoom.
    seen = [one.sight for one in facts if one.who == who]
    return max(seen.count(Sight.JOINED), seen.count(Sight.LED_IN))


def _pages(facts: Sequence[Sighting], who: Party) -> Spans:
    return [(one.at, one.at + BEAT_LASTS) for one in facts if one.who == who and one.sight == Sight.PAGE]


def _merged(rooms: dict[tuple[Party, str], Spans], who: Party) -> Spans:
    return _union([span for (party, _), spans in rooms.items() if party == who for span in spans])


def _union(spans: Spans) -> Spans:
    merged: Spans = []
    for begins, ends in sorted(spans):
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged


def _common(ones: Spans, others: Spans) -> Spans:
    return [(max(a, c), min(b, d)) for a, b in ones for c, d in others if max(a, c) < min(b, d)]


def _length(spans: Spans) -> timedelta:
    return sum((ends - begins for begins, ends in spans), timedelta())


# Of what happened in one moment, leaving comes before coming, so that it closes the stay before.
_FIRST = {Sight.LEFT: 0, Sight.ENDED: 1}


def _order(one: Sighting) -> tuple[datetime, int, str, str, str]:
    return one.at, _FIRST.get(one.sight, 2), one.sight, one.who, one.name
