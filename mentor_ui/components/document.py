"""What every page's document loads: the stylesheet, the display font, the icon and the small script."""

import hashlib
from pathlib import Path

import reflex as rx

ASSETS = Path(__file__).resolve().parents[2] / "assets"
STYLESHEETS = ["styles/mentor.css"]
FONT = "/fonts/bricolage-grotesque-700-2.woff2"
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

    Returns:
        For `rx.App(head_components=...)`.
    """
    return [
        rx.el.link(rel="icon", href="/favicon.svg", type="image/svg+xml"),
        rx.el.link(rel="apple-touch-icon", href="/icons/apple-touch-icon.png"),
        rx.el.link(rel="manifest", href="/manifest.webmanifest"),
        rx.el.link(
            rel="preload",
            href=FONT,
            type="font/woff2",
            custom_attrs={"as": "font", "crossOrigin": "anonymous"},
        ),
        rx.el.meta(
            name="theme-color", content=LIGHT_PAPER, custom_attrs={"media": "(prefers-color-scheme: light)"}
        ),
        rx.el.meta(
            name="theme-color", content=DARK_PAPER, custom_attrs={"media": "(prefers-color-scheme: dark)"}
        ),
        rx.el.script(src=asset("mentor.js"), defer=True),
    ]
