"""Links of the tutor's own: what both can follow, and what is refused with which words."""

import pytest

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.room_links import checked_room_link

OWN = frozenset({"mentor.example", "localhost"})


@pytest.mark.parametrize(
    "link",
    [
        "https://meet.google.com/abc-defg-hij",
        "https://us02web.zoom.us/j/123?pwd=x#success",
        " https://meet.jit.si/Room ",
        "https://video.example.org:8443/r/1",
        "https://[2606:4700:4700::1111]/r",
        "https://8.8.8.8/r",
    ],
)
def test_a_public_link_is_taken_as_it_is(link: str) -> None:
    assert checked_room_link(link, own_hosts=OWN) == link.strip()


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("", "link_missing"),
        ("http://meet.example.org/r", "link_not_https"),
        ("javascript:alert(1)", "link_not_https"),
        ("meet.example.org/r", "link_not_https"),
        ("https://me:secret@meet.example.org/r", "link_credentials"),
        ("https://meet.example.org@evil.example.org/r", "link_credentials"),
        ("https://mentor.example/j/abc", "link_own_host"),
        ("https://MENTOR.example./j/abc", "link_own_host"),
        ("https://localhost/r", "link_own_host"),
        ("https://127.0.0.1/r", "link_private"),
        ("https://10.0.0.8/r", "link_private"),
        ("https://192.168.1.4/r", "link_private"),
        ("https://169.254.169.254/latest", "link_private"),
        ("https://100.64.0.1/r", "link_private"),
        ("https://224.0.0.1/r", "link_private"),
        ("https://[::1]/r", "link_private"),
        ("https://[fd00::1]/r", "link_private"),
        ("https://[::ffff:10.0.0.1]/r", "link_private"),
        ("https://router/r", "link_private"),
        ("https://nas.local/r", "link_private"),
        ("https://svc.internal/r", "link_private"),
        ("https://127.1/r", "link_unreadable"),
        ("https://2130706433/r", "link_unreadable"),
        ("https://0x7f.0x1/r", "link_unreadable"),
        ("https://", "link_private"),
        ("https://a..b.org/r", "link_unreadable"),
        ("https://meet.example.org\\@evil.org/r", "link_unreadable"),
        ("https://meet.example.org/r\r\nx", "link_unreadable"),
        ("https://meet.exämple.org/r", "link_unreadable"),
        ("https://meet.example.org:99999/r", "link_unreadable"),
        ("https://[oops/r", "link_unreadable"),
        ("https://meet.example.org/" + "r" * 500, "link_long"),
    ],
)
def test_any_other_link_is_refused_beside_its_field(link: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        checked_room_link(link, own_hosts=OWN)
    assert (refusal.value.code, refusal.value.field) == (code, "link")
