"""A link to a room of the tutor's own: what may be followed by the people of a session."""

import re
from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from mentor_ui.domain.errors import InvalidInput

LONGEST = 500
FIELD = "link"

_LOCAL_ENDINGS = ("localhost", "local", "internal", "lan", "home", "intranet", "test", "invalid", "arpa")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)


def checked_room_link(typed: str, *, own_hosts: Collection[str]) -> str:
    """Return a link that both people can be led to.

    It is never fetched by us, only by their browsers: what counts is that it leads to a place on the public
    net, over https, and tells nobody a password in its address.

    Args:
        typed: What the tutor wrote.
        own_hosts: Names under which we ourselves are reached; a link back to us would go in circles.

    Raises:
        InvalidInput: Which of these it is not; `field` is `link`.
    """
    link = typed.strip()
    if not link:
        raise InvalidInput("Paste the link of the room.", field=FIELD, code="link_missing")
    if len(link) > LONGEST:
        raise InvalidInput(f"Use a link of at most {LONGEST} characters.", field=FIELD, code="link_long")
    # Browsers read a backslash as a slash, and drop line breaks.
    if not link.isascii() or "\\" in link or any(ord(sign) < 33 or ord(sign) == 127 for sign in link):
        raise _unreadable()
    try:
        parts = urlsplit(link)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise _unreadable() from None
    if parts.scheme != "https":
        raise InvalidInput("Use a link that begins with https://.", field=FIELD, code="link_not_https")
    if "@" in parts.netloc:
        raise InvalidInput(
            "Leave the name and the password out of the link.", field=FIELD, code="link_credentials"
        )
    _check_host(host.removesuffix("."), own_hosts)
    return link


def _check_host(host: str, own_hosts: Collection[str]) -> None:
    if host in own_hosts:
        raise InvalidInput(
            "This leads back to mentor. Paste the link of the room itself.", field=FIELD, code="link_own_host"
        )
    try:
        address = ip_address(host)
    except ValueError:
        labels = host.split(".")
        # A name that ends in a number is read as an address by browsers: 127.1 and 0x7f.1 are this machine.
        odd = _NUMBER.fullmatch(labels[-1]) or not all(_NAME.fullmatch(label) for label in labels)
        if odd and host:
            raise _unreadable() from None
        if len(labels) < 2 or labels[-1] in _LOCAL_ENDINGS:
            raise _private() from None
    else:
        if not address.is_global or address.is_multicast:
            raise _private()


def _unreadable() -> InvalidInput:
    return InvalidInput(
        "This is no link. Copy it from your browser or the invitation.", field=FIELD, code="link_unreadable"
    )


def _private() -> InvalidInput:
    return InvalidInput(
        "This address is on a private network. Use a link that others can open.",
        field=FIELD,
        code="link_private",
    )
