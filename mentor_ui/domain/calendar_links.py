"""Links that open a person's own calendar with a session filled in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """A session as a calendar keeps it; `join_url` is the one link that never changes."""

    title: str
    other_name: str
    starts_at: datetime
    ends_at: datetime
    join_url: str

    @property
    def summary(self) -> str:
        """Return `React Mastery 1:1 with Tunde Bakare`."""
        return f"{self.title} with {self.other_name}"

    @property
    def notes(self) -> str:
        """Return what the entry says below its title."""
        return f"Join on Zoom: {self.join_url}"


def google_link(entry: CalendarEntry) -> str:
    """Return the address of Google Calendar's form for a new event, times in UTC."""
    moments = (entry.starts_at, entry.ends_at)
    span = "/".join(f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in moments)
    facts = {
        "action": "TEMPLATE",
        "text": entry.summary,
        "dates": span,
        "details": entry.notes,
        "location": entry.join_url,
    }
    return f"{GOOGLE}?{urlencode(facts)}"


def outlook_link(entry: CalendarEntry) -> str:
    """Return the address of Outlook's form for a new event, times in UTC."""
    facts = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": entry.summary,
        "startdt": f"{entry.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{entry.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "body": entry.notes,
        "location": entry.join_url,
    }
    return f"{OUTLOOK}?{urlencode(facts)}"
