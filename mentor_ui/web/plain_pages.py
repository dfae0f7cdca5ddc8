"""Small pages that need nothing but themselves: no stylesheet, no socket, and a script only to count down.

They stand where a person may come without ever having opened the application, such as behind a join link.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil

from starlette.responses import HTMLResponse

from mentor_ui.components.document import asset
from mentor_ui.web.headers import NOT_KEPT

_FONT = 'system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif'

_STYLE = (
    ":root{color-scheme:light dark;--bg:#fbfaf6;--surface:#fff;--ink:#17201b;--muted:#56635c;--line:#e3e0d5;"
    "--primary:#0a6847;--on-primary:#fff;"
    "--shadow:0 1px 2px rgb(23 32 27/.05),0 6px 20px -12px rgb(23 32 27/.18)}"
    "@media (prefers-color-scheme:dark){:root{--bg:#0f1512;--surface:#161e1a;--ink:#edf2ee;--muted:#9faea5;"
    "--line:#2a362f;--primary:#46c492;--on-primary:#062519;--shadow:none}}"
    "*{box-sizing:border-box}"
    f"body{{margin:0;min-height:100dvh;background:var(--bg);color:var(--ink);font:400 15px/1.55 {_FONT}}}"
    "header{display:flex;align-items:center;height:64px;padding:0 20px;background:var(--surface);"
    "border-bottom:1px solid var(--line)}"
    "header a{display:flex;align-items:center;gap:10px;min-height:40px;color:inherit;text-decoration:none;"
    "font-weight:800;font-size:20px;letter-spacing:-.03em}"
    "header svg{fill:var(--primary)}header path+path{fill:none;stroke:var(--on-primary);stroke-width:3.6;"
    "stroke-linecap:round;stroke-linejoin:round}"
    "main{max-width:520px;margin:0 auto;padding:clamp(24px,9vh,88px) 16px 48px}"
    ".card{padding:28px 24px;background:var(--surface);border:1px solid var(--line);border-radius:14px;"
    "box-shadow:var(--shadow)}"
    "section.card{margin-top:16px}h2{margin:0 0 6px;font-size:17px;line-height:1.3}"
    "h1{margin:0 0 10px;font-size:24px;line-height:1.2;letter-spacing:-.02em;text-wrap:balance}"
    "p{margin:0 0 10px;overflow-wrap:anywhere}.about{color:var(--muted)}"
    ".actions{display:flex;flex-wrap:wrap;gap:12px;margin-top:20px}"
    ".btn{display:inline-flex;align-items:center;min-height:44px;padding:0 18px;border:1px solid var(--line);"
    "border-radius:10px;color:inherit;font-weight:600;text-decoration:none}"
    ".btn:first-child{background:var(--primary);border-color:var(--primary);color:var(--on-primary)}"
    "a:focus-visible{outline:2px solid var(--primary);outline-offset:2px}"
    ".wait{width:28px;height:28px;margin-bottom:16px;border:3px solid var(--line);"
    "border-top-color:var(--primary);border-radius:50%;animation:turn 1s linear infinite}"
    ".count{margin:16px 0 12px;font-size:44px;font-weight:800;line-height:1.1;letter-spacing:-.03em;"
    "font-variant-numeric:tabular-nums}"
    "@keyframes turn{to{transform:rotate(1turn)}}"
    "@media (prefers-reduced-motion:reduce){.wait{animation:none}}"
)

_LOGO = (
    '<svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">'
    '<path d="M10 0h12a10 10 0 0 1 10 10v12a10 10 0 0 1-10 10H3a3 3 0 0 1-3-3V10A10 10 0 0 1 10 0Z"/>'
    '<path d="M8.5 22v-9.5m0 4a3.75 3.75 0 0 1 7.5 0V22m0-5.5a3.75 3.75 0 0 1 7.5 0V22"/></svg>'
)

_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"


_COUNTING = asset("waiting.js")


@dataclass(frozen=True, slots=True)
class Countdown:
    """Time that is left until the page is loaded again, shown as it runs out.

    Attributes:
        seconds: How many are left.
        then: Path that is loaded at the end.
        label: What it counts down to, for screen readers.
    """

    seconds: float
    then: str
    label: str


@dataclass(frozen=True, slots=True)
class Action:
    """A link at the foot of the page; the first is the main one."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of a list: its heading, what there is to know, and where it leads."""

    title: str
    lines: Sequence[str]
    actions: Sequence[Action] = ()


def plain_page(
    title: str,
    *paragraphs: str,
    about: str = "",
    actions: Sequence[Action] = (),
    status: int = 200,
    refresh_seconds: int = 0,
    refresh_path: str = "",
    countdown: Countdown | None = None,
) -> HTMLResponse:
    """Return a page that says one thing.

    Args:
        title: What it says, as its heading and in the browser's tab.
        *paragraphs: What that means and what happens next; plain text.
        about: What it is about, such as a session's title and time.
        actions: Where to go from here.
        status: HTTP status.
        refresh_seconds: After how long the browser loads the page again; 0 for never.
        refresh_path: What it loads then; the same again unless given.
        countdown: Shown under the heading. It runs by a script; without one it stands still and
            `refresh_seconds` does the rest.
    """
    said = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
    card = (
        ('<div class="wait" aria-hidden="true"></div>' if refresh_seconds and countdown is None else "")
        + f"<h1>{escape(title)}</h1>"
        + (f'<p class="about">{escape(about)}</p>' if about else "")
        + ("" if countdown is None else _counting(countdown))
        + f"<div>{said}</div>"
        + _links(actions)
    )
    script = "" if countdown is None else f'<script src="{_COUNTING}"></script>'
    document = _document(title, f'<div class="card">{card}</div>', script)
    headers = {
        "cache-control": "no-store",
        "content-security-policy": f"{_SECURITY_POLICY}; img-src data:"
        + ("" if countdown is None else "; script-src 'self'"),
        # The address of the page is a secret of its own.
        "referrer-policy": "no-referrer",
    }
    if refresh_seconds:
        # The header and not its twin in the page, so that what reads the page has only what it says.
        headers["refresh"] = (
            f"{refresh_seconds}; url={refresh_path}" if refresh_path else str(refresh_seconds)
        )
    return HTMLResponse(document, status, headers)


def plain_list(
    title: str,
    lead: str,
    entries: Sequence[Entry],
    *,
    nothing: str,
    actions: Sequence[Action] = (),
    lead_when_kept: str = "",
) -> HTMLResponse:
    """Return a page that lists things; the service worker keeps a copy of its own, and nobody else.

    Args:
        title: Its heading, and in the browser's tab.
        lead: One sentence below the heading.
        entries: What there is.
        nothing: Said when there is nothing.
        actions: Where to go from here.
        lead_when_kept: What a copy read offline says in its place (`client/service_worker.js`).
    """
    kept = f' data-kept="{escape(lead_when_kept)}"' if lead_when_kept else ""
    cards = "".join(
        f'<section class="card"><h2>{escape(one.title)}</h2>'
        + "".join(f'<p class="about">{escape(line)}</p>' for line in one.lines)
        + f"{_links(one.actions)}</section>"
        for one in entries
    )
    body = (
        f'<h1>{escape(title)}</h1><p class="about"{kept}>{escape(lead)}</p>'
        + (cards or f'<div class="card"><p>{escape(nothing)}</p></div>')
        + _links(actions)
    )
    headers = {
        "cache-control": NOT_KEPT,
        "content-security-policy": f"{_SECURITY_POLICY}; img-src data:",
        "referrer-policy": "no-referrer",
    }
    return HTMLResponse(_document(title, body), headers=headers)


def _links(actions: Sequence[Action]) -> str:
    links = "".join(f'<a class="btn" href="{escape(one.path)}">{escape(one.label)}</a>' for one in actions)
    return f'<div class="actions">{links}</div>' if links else ""


def _document(title: str, body: str, script: str = "") -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{escape(title)} · mentor</title>'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>'
        f'<header><a href="/">{_LOGO}mentor</a></header><main>{body}</main>{script}</body></html>'
    )


def _counting(countdown: Countdown) -> str:
    return (
        f'<p class="count" role="timer" aria-label="{escape(countdown.label)}" '
        f'data-seconds="{countdown.seconds:.1f}" data-then="{escape(countdown.then)}">'
        f"{time_left(countdown.seconds)}</p>"
    )


def time_left(seconds: float) -> str:
    """Return `2 d 3 h`, `3:05:09` or `5:09`, as `assets/waiting.js` counts on."""
    whole = max(0, ceil(seconds))
    days, hours, minutes = whole // 86_400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h"
    clock = f"{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"
    return f"{hours}:{clock}" if hours else clock
