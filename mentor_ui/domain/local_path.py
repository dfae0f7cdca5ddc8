"""Where to go after signing in: only ever a page of this application."""

from urllib.parse import urlsplit

LENGTH = 1_000


def local_path(wish: object, otherwise: str = "/") -> str:
    r"""Return the wish when it is a path on this host, else `otherwise`.

    A browser reads `//host`, `/\host` and paths with control characters as other hosts.

    Args:
        wish: What came in a query or a form; anything.
        otherwise: The answer to everything suspicious.
    """
    if not isinstance(wish, str) or not 0 < len(wish) <= LENGTH:
        return otherwise
    if not wish.startswith("/") or wish.startswith("//") or "\\" in wish:
        return otherwise
    if any(ord(character) < 33 or ord(character) == 127 for character in wish):
        return otherwise
    try:
        parts = urlsplit(wish)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else wish
