"""A session as a calendar keeps it, and links that open a person's own calendar with it filled in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/deeplink/compose"
OUTLOOK_AT_WORK = "https://outlook.office.com/calendar/deeplink/compose"


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
        return f"Join: {self.join_url}"


def join_link(public_url: str, join_token: str, *, as_host: bool) -> str:
    """Return the one link of a session that leaves the application, good for its whole life.

    Args:
        public_url: Base of our links, without a closing slash.
        join_token: The session's secret.
        as_host: Whether the reader is the tutor, who comes in as the host.
    """
    return f"{public_url}/j/{join_token}{'?as=host' if as_host else ''}"


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
    return f"{GOOGLE}?{_encoded(facts)}"


def outlook_link(entry: CalendarEntry, *, at_work: bool = False) -> str:
    """Return the address of Outlook's form for a new event, times in UTC.

    Args:
        entry: The session.
        at_work: For an account of a company or school, which another host serves.
    """
    facts = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": entry.summary,
        "startdt": f"{entry.starts_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "enddt": f"{entry.ends_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "body": entry.notes,
        "location": entry.join_url,
    }
    return f"{OUTLOOK_AT_WORK if at_work else OUTLOOK}?{_encoded(facts)}"


def _encoded(facts: dict[str, str]) -> str:
    # Outlook shows a plus sign as it stands, so a space has to be %20.
    return urlencode(facts, quote_via=quote, safe="")
