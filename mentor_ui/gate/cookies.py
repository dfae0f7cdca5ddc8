"""The session cookie as the browser sent it when it opened the socket."""

SESSION_COOKIE = "mentor_session"


def session_token(cookie_header: object) -> str:
    """Return the secret in a `Cookie` header; empty when there is none.

    Cookies of other applications on this host may be malformed, so ours alone is read. Its alphabet needs no
    quoting.

    Args:
        cookie_header: The header's text, or whatever else came.
    """
    if not isinstance(cookie_header, str):
        return ""
    for part in cookie_header.split(";"):
        name, _, value = part.strip().partition("=")
        if name == SESSION_COOKIE:
            return value
    return ""
