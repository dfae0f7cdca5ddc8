"""The built documents: what stands round a page, with the styles in it and the scripts behind it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, cast

from mentor_ui.components.document import icon_link
from mentor_ui.pages.registry import NOT_FOUND
from mentor_ui.web.first_paint_plugin import FIRST_STATE
from mentor_ui.web.headers import inline_hashes
from mentor_ui.web.page_styles import Words, own_styles, rules_of, words_of

_MANIFEST = re.compile(r'"(/assets/manifest-[\w-]+\.js)"')
_ROUTE_MODULE = re.compile(r'import \* as route1 from "([^"]+)";')
_ROUTE_NAME = re.compile(r'"root":route0,("(?:[^"\\]|\\.)*"):route1')
_PRELOADED = re.compile(r'<link rel="modulepreload" href="([^"]+)"/>')
_STYLESHEET = re.compile(r'<link href="([^"]+\.css)" rel="stylesheet" type="text/css"/>')
_STYLE_PRELOAD = re.compile(r'<link as="style" href="[^"]+\.css" rel="preload"/>')
_OWN_HEAD = re.compile(
    r"<title>.*?</title>|<meta content=\"[^\"]*\" (?:name=\"description\"|property=\"og:image\")/>"
)
_STYLES = "<style></style>"
_FRAMEWORK = "framework-"
_SMALL_SCRIPTS = "those of every page"
_END_OF_BODY = "<script>((storageKey"
# React Router's own data come in a stream. The scripts know that there are none (`light_scripts`).
_STREAM = re.compile(r"(__reactRouterContext\.stream = )new ReadableStream.*?(?=</script>)")
_STREAMED = re.compile(r"<!--\$\?-->.*(?=</body></html>)", re.DOTALL)


class BuildChanged(ValueError):
    """The built documents are not as this module knows them."""


@dataclass(frozen=True, slots=True)
class Document:
    """What stands round a page.

    Attributes:
        head: From the doctype on, up to what belongs to the page itself.
        scripts: From behind the page's elements to the end.
        script_hashes: Of its inline scripts, as a content security policy names them.
    """

    head: str
    scripts: str
    script_hashes: tuple[str, ...]

    def filled(self, *, head: str, body: str, state: Mapping[str, Any] | None) -> str:
        """Return the whole document.

        Args:
            head: HTML that belongs to the page itself.
            body: The page's elements.
            state: The values with which the page's scripts begin, where they are not the build's.
        """
        data = (
            ""
            if state is None
            else f'<script type="application/json" id="{FIRST_STATE}">{data_of(state)}</script>'
        )
        return f"{self.head}{head}</head><body>{body}{data}{self.scripts}"


def data_of(value: object) -> str:
    """Return a value as JSON that may stand in a `script` element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def meta(name: str, content: str) -> str:
    """Return a `meta` element; names with a colon are Open Graph's."""
    kind = "property" if ":" in name else "name"
    # In the order in which React writes it.
    return f'<meta content="{escape(content)}" {kind}="{name}"/>'


def documents(folder: Path) -> dict[str, Document]:
    """Read the documents of a build.

    Args:
        folder: The built front end.

    Returns:
        By route as Reflex writes it.

    Raises:
        BuildChanged: The build is not as this module knows it.
    """
    html = (folder / "index.html").read_text(encoding="utf-8")
    manifest = _manifest(folder, html)
    module, name = _found(_ROUTE_MODULE, html), _found(_ROUTE_NAME, html)
    stylesheet = _found(_STYLESHEET, html)
    css = (folder / stylesheet.lstrip("/")).read_text(encoding="utf-8")
    head, _, rest = html.partition("</head>")
    _, found, scripts = rest.partition(_END_OF_BODY)
    scripts, streams = _STREAM.subn(r"\1true", scripts)
    scripts, streamed = _STREAMED.subn("", scripts)
    if not found or "</style" in css or (streams, streamed) != (1, 1):
        raise BuildChanged("the end of the page cannot be told")
    preloaded = _PRELOADED.findall(head)
    head += icon_link()
    head = _PRELOADED.sub("", _OWN_HEAD.sub("", head))
    # Neither is fetched, and React, which looks for both, finds them.
    head = _STYLE_PRELOAD.sub(lambda link: link[0].replace("/>", ' media="not all"/>'), head)
    head = _STYLESHEET.sub(lambda link: _STYLES + link[0].replace("/>", ' disabled=""/>'), head)
    rules, words = rules_of(css), _words(folder)
    all_pages = Words.of(words.values())
    made: dict[str, Document] = {}
    for route in manifest["routes"].values():
        if route["id"] == "root":
            continue
        own = scripts.replace(module, route["module"]).replace(name, json.dumps(route["id"]))
        shared = (one for one in preloaded if one != module)
        modules = dict.fromkeys((*shared, *route["imports"], route["module"]))
        # Behind the page, which has the network to itself until it is there.
        links = "".join(f'<link rel="modulepreload" href="{one}"/>' for one in modules)
        end = f"{links}{_END_OF_BODY}{own}"
        page = Words.of(words[one] for one in (_SMALL_SCRIPTS, *modules) if one in words)
        styled = head.replace(_STYLES, f"<style>{own_styles(rules, page, all_pages)}</style>")
        made[_route_of(route)] = Document(styled, end, inline_hashes(styled + end))
    return made


def _words(folder: Path) -> dict[str, Words]:
    """Return the words of the scripts that give classes to elements, which those of the framework do not."""
    found = {
        f"/assets/{path.name}": words_of(path.read_text(encoding="utf-8"))
        for path in (folder / "assets").glob("*.js")
        if not path.name.startswith(_FRAMEWORK)
    }
    small = (words_of(path.read_text(encoding="utf-8")) for path in folder.glob("*.js"))
    return {**found, _SMALL_SCRIPTS: Words.of(small)}


def _manifest(folder: Path, html: str) -> dict[str, Any]:
    script = (folder / _found(_MANIFEST, html).lstrip("/")).read_text(encoding="utf-8")
    return cast("dict[str, Any]", json.loads(script.partition("=")[2].rstrip().rstrip(";")))


def _found(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html)
    if match is None:
        raise BuildChanged(f"{pattern.pattern} is not in the built document")
    return match[1]


def _route_of(route: Mapping[str, Any]) -> str:
    path = str(route.get("path") or "")
    if path == "*":
        return NOT_FOUND
    return "/" + "/".join(f"[{part[1:]}]" if part.startswith(":") else part for part in path.split("/"))
