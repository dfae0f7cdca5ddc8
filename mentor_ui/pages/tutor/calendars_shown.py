"""Linked calendars in words, as their page shows them."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from mentor_ui.components.fields import SelectOption
from mentor_ui.domain.local_time import near_start
from mentor_ui.models import CalendarKind
from mentor_ui.services.linked_calendars import Linked

KINDS = {
    CalendarKind.ICS: "By its address",
    CalendarKind.GOOGLE: "Google",
    CalendarKind.MICROSOFT: "Microsoft",
}

_NOT_SEEN = "We have not looked into it for a while."

NOWHERE = "-"
"""Value of the choice to write sessions into no calendar."""

CONNECT_PROBLEMS = {
    "access_not_given": "Nothing was connected, as access was not given. You can try again at any time.",
    "access_in_part": "Access was given only in part. Connect the account once more and allow all of it.",
    "connection_not_asked": "That answer belonged to another attempt. Connect the account once more.",
    "connection_expired": "The answer came too late, or twice. Connect the account once more.",
    "calendar_not_connected": "The account could not be connected. Try again in a few minutes.",
    "calendar_not_found": "That calendar is not linked any more.",
    "too_many_calendars": "You have linked as many calendars as there is room for. Remove one first.",
    "too_many_attempts": "That was tried very often. Wait an hour and try again.",
}
"""What came of a connection that failed, by the code in the address."""


@dataclass(frozen=True)
class OfferRow:
    """One calendar of an account: its checkbox."""

    id: str
    field: str
    name: str
    reads: bool


@dataclass(frozen=True)
class CalendarRow:
    """A linked calendar.

    Attributes:
        kind: How it is reached.
        looked: When it was last looked into, such as `Today 11:02`; empty before the first good look.
        trouble: What is the matter; empty for nothing.
        consequence: What the trouble means for the tutor's times.
        reconnect: Where an ended connection is made anew; empty when it has not ended.
        offers: Calendars of the account; none for an address.
        targets: Calendars into which sessions can be written, and none.
        version: Differs whenever the choice does.
        removing: What the question about removing it is filled with.
    """

    id: str
    name: str
    kind: str
    looked: str
    looked_at: str
    trouble: str
    consequence: str
    reconnect: str
    writes_to: str
    version: str
    is_account: bool
    removing: str
    offers: list[OfferRow] = field(default_factory=list[OfferRow])
    targets: list[SelectOption] = field(default_factory=list[SelectOption])


def calendar_row(linked: Linked, zone: str, now: datetime) -> CalendarRow:
    """Return a linked calendar in words.

    Args:
        linked: What is known of it.
        zone: The tutor's.
        now: The present moment.
    """
    is_account = linked.kind != CalendarKind.ICS
    return CalendarRow(
        id=str(linked.id),
        name=linked.name,
        kind=KINDS[linked.kind],
        looked=near_start(linked.looked_at, zone, now) if linked.looked_at else "",
        looked_at=linked.looked_at.isoformat() if linked.looked_at else "",
        trouble=linked.trouble or ("" if linked.is_known else _NOT_SEEN),
        consequence=_consequence(linked),
        reconnect=(
            f"/api/calendars/{linked.kind.lower()}/connect?again={linked.id}"
            if is_account and linked.has_ended
            else ""
        ),
        writes_to=linked.writes_to or NOWHERE,
        version=f"{linked.id} {sorted(linked.reads)} {linked.writes_to}",
        is_account=is_account,
        removing=json.dumps({"calendar": str(linked.id), "named": linked.name, "stays": _removal(linked)}),
        offers=[
            OfferRow(offer.id, f"reads:{offer.id}", offer.name, offer.id in linked.reads)
            for offer in linked.offers
        ],
        targets=[
            SelectOption(NOWHERE, "Nowhere"),
            *(SelectOption(offer.id, offer.name) for offer in linked.offers if offer.writable),
        ],
    )


def _removal(linked: Linked) -> str:
    """Return what happens to the sessions that we wrote into a calendar when it is removed."""
    count = linked.written_ahead
    ahead = "Your session ahead" if count == 1 else f"Your {count} sessions ahead"
    match linked.kind:
        case CalendarKind.ICS:
            return "We wrote nothing into it, so nothing changes there."
        case CalendarKind.GOOGLE:
            then = "Then we give our access back."
        case CalendarKind.MICROSOFT:
            then = "Then we forget our access. You can also end it at Microsoft, among your account's apps."
    if linked.has_ended:
        return (
            f"{ahead} will stay in it, as we cannot reach it. Delete by hand what should go." if count else ""
        )
    return (
        f"{ahead} will be taken out of it, past ones stay. {then}" if count else then.replace("Then we", "We")
    )


def _consequence(linked: Linked) -> str:
    if not linked.trouble and linked.is_known:
        return ""
    if linked.is_known and linked.has_ended:
        return "We go by what we saw last, for three hours at most."
    if linked.is_known:
        return "We look again by ourselves, and go by what we saw last until then."
    return "Students cannot see your free times now, as we do not know when you are busy."
