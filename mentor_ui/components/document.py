"""What every page's document loads: the stylesheet, the icon and the small script."""

import hashlib
from pathlib import Path

import reflex as rx

ASSETS = Path(__file__).resolve().parents[2] / "assets"
STYLESHEETS = ["styles/mentor.css"]
LIGHT_PAPER = "#fbfaf6"
DARK_PAPER = "#0f1512"


def asset(path: str) -> str:
    """Address a file of `assets/` so that browsers may keep it for ever.

    Args:
        path: Path below `assets/`.

    Returns:
        The address with a mark of the file's content.
    """
    return f"/{path}?v={hashlib.sha256((ASSETS / path).read_bytes()).hexdigest()[:10]}"


def head() -> list[rx.Component]:
    """Make the elements for the document's head.

    The display font is not among them: browsers draw nothing until a font that is named here has come.

    Returns:
        For `rx.App(head_components=...)`.
    """
    return [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
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
