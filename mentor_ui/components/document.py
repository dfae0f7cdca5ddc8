"""What every page's document loads: the stylesheet, the icon and the small script."""

import hashlib
from pathlib import Path
from urllib.parse import quote

import reflex as rx

ASSETS = Path(__file__).resolve().parents[2] / "assets"
STYLESHEETS = ["styles/mentor.css"]
LIGHT_PAPER = "#fbfaf6"
DARK_PAPER = "#0f1512"
PLAIN = " /:='()"
"""What stands in a picture's address as it is, since it then squeezes better."""


def asset(path: str) -> str:
    """Address a file of `assets/` so that browsers may keep it for ever.

    Args:
        path: Path below `assets/`.

    Returns:
        The address with a mark of the file's content.
    """
    return f"/{path}?v={hashlib.sha256((ASSETS / path).read_bytes()).hexdigest()[:10]}"


def icon_link() -> str:
    """Write the element for the icon with the picture in it, as its headers alone are twice as long as it is.

    Not among the elements of `head`, which are both in the document and in a script.
    """
    svg = (ASSETS / "favicon.svg").read_text(encoding="utf-8").strip().replace('"', "'")
    return f'<link href="data:image/svg+xml,{quote(svg, safe=PLAIN)}" rel="icon" type="image/svg+xml"/>'


def head() -> list[rx.Component]:
    """Make the elements for the document's head.

    The display font is not among them: browsers draw nothing until a font that is named here has come.

    Returns:
        For `rx.App(head_components=...)`.
    """
    return [
        rx.el.link(rel="apple-touch-icon", href="/icons/apple-touch-icon.png"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.meta(
            name="theme-color", content=LIGHT_PAPER, custom_attrs={"media": "(prefers-color-scheme: light)"}
        ),
        rx.el.meta(
            name="theme-color", content=DARK_PAPER, custom_attrs={"media": "(prefers-color-scheme: dark)"}
        ),
        rx.el.script(src=asset("mentor.js"), defer=True),
    ]
