"""Squeezing what is made for one request; what the build makes has sidecars."""

import zlib
from collections.abc import Callable
from typing import cast

import brotli as library

QUALITY = 5
"""A millisecond for a page; the next step costs three for two per cent."""

GZIP_WINDOW = 31
"""zlib's word for a gzip header and the largest window."""


def compressed(
    body: bytes, accepted: str, with_brotli: Callable[[bytes], bytes] | None = None
) -> tuple[str, bytes]:
    """Squeeze a body as well as the browser allows.

    Args:
        body: As it is.
        accepted: The header `Accept-Encoding`.
        with_brotli: Does it for browsers that know brotli, where the body is not squeezed anew each time.

    Returns:
        The content encoding, empty for none, and the body in it.
    """
    wanted = (word.replace(" ", "") for word in accepted.split(","))
    words = {word.partition(";")[0] for word in wanted if not word.endswith((";q=0", ";q=0.0", ";q=0.000"))}
    if "br" in words:
        return "br", with_brotli(body) if with_brotli else brotli(body, QUALITY)
    if "gzip" in words:
        maker = zlib.compressobj(6, zlib.DEFLATED, GZIP_WINDOW)
        return "gzip", maker.compress(body) + maker.flush()
    return "", body


def brotli(body: bytes, quality: int) -> bytes:
    """Squeeze a body with brotli.

    Args:
        body: As it is.
        quality: From 0 to 11.
    """
    return cast("bytes", library.compress(body, quality=quality))  # pyright: ignore[reportUnknownMemberType]
