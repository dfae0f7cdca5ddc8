"""Links into calendars say the session in UTC, and carry no link but ours."""

from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from mentor_ui.domain.calendar_links import CalendarEntry, google_link, join_link, outlook_link

STARTS_AT = datetime(2026, 11, 22, 23, 30, tzinfo=timezone(timedelta(hours=1)))
LINK = "https://mentor.example/j/abc?as=host"
ENTRY = CalendarEntry("C++ & 50% more", "Tunde Bakare", STARTS_AT, STARTS_AT + timedelta(hours=1), LINK)


def read(link: str) -> tuple[str, dict[str, str]]:
    """Return where a link leads and its query, in which a plus sign is only a plus sign."""
    assert "+" not in link
    parts = urlsplit(link)
    query = {name: value for name, [value] in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", query


def test_google_gets_the_session_in_utc() -> None:
    assert read(google_link(ENTRY)) == (
        "https://calendar.google.com/calendar/render",
        {
            "action": "TEMPLATE",
            "text": "C++ & 50% more with Tunde Bakare",
            "dates": "20261122T223000Z/20261122T233000Z",
            "details": f"Join: {LINK}",
            "location": LINK,
        },
    )


@pytest.mark.parametrize(
    ("at_work", "host"), [(False, "https://outlook.live.com"), (True, "https://outlook.office.com")]
)
def test_outlook_gets_it_at_home_and_at_work(at_work: bool, host: str) -> None:  # noqa: FBT001
    assert read(outlook_link(ENTRY, at_work=at_work)) == (
        f"{host}/calendar/deeplink/compose",
        {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": "C++ & 50% more with Tunde Bakare",
            "startdt": "2026-11-22T22:30:00Z",
            "enddt": "2026-11-22T23:30:00Z",
            "body": f"Join: {LINK}",
            "location": LINK,
        },
    )


def test_only_the_tutor_comes_in_as_host() -> None:
    assert join_link("https://mentor.example", "abc", as_host=False) == "https://mentor.example/j/abc"
    assert join_link("https://mentor.example", "abc", as_host=True) == LINK
