"""No secret reaches a log."""

import pytest

from mentor_ui.logs import HIDDEN, hide_secrets


@pytest.mark.parametrize("name", ["cookie", "Set-Cookie", "authorization", "password", "token", "start_url"])
def test_values_of_secret_names_are_hidden_at_any_depth(name: str) -> None:
    event = {"event": "sent", name: "s3cret", "headers": {name: "s3cret"}, "many": [{name: ["s3cret"]}]}
    assert "s3cret" not in str(hide_secrets(None, "", event))


@pytest.mark.parametrize(
    "text",
    [
        "headers {'cookie': 'mentor=s3cret; theme=dark', 'host': 'x'}",
        '{"cookie": "mentor=s3cret; theme=dark", "host": "x"}',
        "[(b'cookie', b'mentor=s3cret'), (b'host', b'x')]",
        "Cookie: mentor=s3cret; b=2\r\nhost: x",
        "HTTPHeaders(cookie='mentor=s3cret', host='x')",
        "authorization: Bearer s3cret",
    ],
)
def test_cookies_within_a_message_are_hidden(text: str) -> None:
    hidden = str(hide_secrets(None, "", {"event": text})["event"])
    assert "s3cret" not in hidden
    assert HIDDEN in hidden


def test_the_rest_is_left_as_it_is() -> None:
    event = {"event": "booking paid", "booking": "42", "amounts_kobo": [1, 2], "cookies_seen": 3}
    assert hide_secrets(None, "", dict(event)) == event
