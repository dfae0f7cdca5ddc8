"""Our cookies as the browser sent them when it opened the socket."""

from mentor_ui.domain.local_time import DEFAULT_ZONE, is_zone

SESSION_COOKIE = "mentor_session"
ZONE_COOKIE = "mentor_zone"
"""The browser's own zone, for visitors; `assets/mentor.js` writes it."""

LONGEST_ZONE = 64


def session_token(cookie_header: object) -> str:
    """Return the secret in a `Cookie` header; empty when there is none.

    Cookies of other applications on this host may be malformed, so ours alone is read. Its alphabet needs no
    quoting.

    Args:
        cookie_header: The header's text, or whatever else came.
    """
    return _value(cookie_header, SESSION_COOKIE)


def browser_zone(cookie_header: object) -> str:
    """Return the IANA name of the zone in a `Cookie` header; that of Lagos when there is no such zone in it.

    Args:
        cookie_header: The header's text, or whatever else came.
    """
    name = _value(cookie_header, ZONE_COOKIE)
    return name if name and len(name) <= LONGEST_ZONE and is_zone(name) else DEFAULT_ZONE


def _value(cookie_header: object, wanted: str) -> str:
    if not isinstance(cookie_header, str):
        return ""
    for part in cookie_header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted:
            return value
    return ""
