"""What a page's document says about itself to search engines and to whoever shares its address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]
"""One thing in schema.org's words, without `@context`."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a page's State has found out about the document.

    Attributes:
        status: 404 where the address names nothing.
        canonical: Path and query by which search engines are to know the page; empty for its path alone.
        indexed: Whether search engines may list it.
        kind: Open Graph's word for it: `website`, `profile`, `product`, `article`.
        image: Address of a picture, or empty.
        facts: For search engines; addresses in them are paths here.
    """

    status: int = 200
    canonical: str = ""
    indexed: bool = True
    kind: str = "website"
    image: str = ""
    facts: tuple[Facts, ...] = field(default=())


MISSING = Head(status=404, indexed=False)
"""The address names nothing."""
