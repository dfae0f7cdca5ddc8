"""What every answer carries: security headers, how long it may be kept, and no needless redirect.

Wraps the whole application, the built front end included.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

YEAR_SECONDS = 31_536_000
WEEK_SECONDS = 604_800

NOT_KEPT = "private, no-store"
"""Of an answer with one person's data: the Back button of whoever sits there next must not find it."""

CONTENT_SECURITY_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: https:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self' https://checkout.paystack.com",
    "frame-ancestors": "'none'",
}


def security_policy(script_hashes: Iterable[str] = ()) -> str:
    """Return the content security policy of a document.

    Args:
        script_hashes: Of its inline scripts; React Router boots from some. No other inline script runs.
    """
    sources = CONTENT_SECURITY_POLICY | {
        "script-src": " ".join((CONTENT_SECURITY_POLICY["script-src"], *script_hashes))
    }
    return "; ".join(f"{name} {source}" for name, source in sources.items())


SECURITY_HEADERS = {
    "content-security-policy": security_policy(),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

FOR_EVER = f"public, max-age={YEAR_SECONDS}, immutable"
NEEDLESS = (b"accept-ranges", b"last-modified", b"vary")
"""Of what is kept for long: each page loads ten such files, and their headers are not squeezed."""

PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A picture that is opened as a document runs nothing and fetches nothing."""

NOT_DOCUMENTS = ("application/javascript", "font/", "text/css", "text/javascript")
"""What no browser shows by itself, so that only the kind has to be protected: a kilobyte less for each."""

# Named by its content, or asked for with a mark of it (`components.document.asset`).
BUNDLED = re.compile(r"^/assets/.+-[\w-]{8}\.\w+$|\.(?:css|js)\?v=$")
_INLINE = re.compile(r"<script(?![^>]* src=)(?![^>]* type=\"application/)[^>]*>(.*?)</script>", re.DOTALL)
PICTURE_OR_FONT = re.compile(r"\.(?:avif|ico|png|svg|webp|woff2)$")


class HeadersMiddleware:
    """Adds the headers of this module to HTTP answers that do not set them.

    Args:
        app: The application within.
        https: Whether people reach us by https, which browsers are then told to insist on.
        static_folder: The built front end, whose folders are answered without a redirect to a closing slash.
    """

    def __init__(self, app: ASGIApp, *, https: bool, static_folder: Path) -> None:
        self._app = app
        headers = dict(SECURITY_HEADERS)
        if https:
            headers["strict-transport-security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"
        # As they are sent, since this happens to every answer.
        self._headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        bare = {b"strict-transport-security", b"x-content-type-options"}
        self._bare = [header for header in self._headers if header[0] in bare]
        self._pictures = [*self._bare, (b"content-security-policy", PICTURE_POLICY.encode("latin-1"))]
        policy = _policy_of_documents(static_folder).encode("latin-1")
        self._documents = [
            (name, policy if name == b"content-security-policy" else value) for name, value in self._headers
        ]
        self._pages = frozenset(
            f"/{path.parent.relative_to(static_folder).as_posix()}"
            for path in static_folder.rglob("*/index.html")
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with our headers on it.

        Args:
            scope: The ASGI scope.
            receive: Where the request's body comes from.
            send: Where the answer goes.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        address = f"{path}?v=" if scope["query_string"].startswith(b"v=") else path
        if path in self._pages:
            scope = {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given: list[tuple[bytes, bytes]] = list(message["headers"])
                names = dict(given)
                content_type = names.get(b"content-type", b"").decode("latin-1")
                # A 304 is of something kept, whose own policy it would replace.
                bare = message["status"] == 304 or content_type.startswith(NOT_DOCUMENTS)
                more = self._bare if bare else self._headers_of(content_type)
                given += [header for header in more if header[0] not in names]
                keep = _cache_control(address, message["status"], content_type)
                if keep and b"cache-control" not in names:
                    given.append((b"cache-control", keep.encode("latin-1")))
                if keep.startswith("public"):
                    given = [header for header in given if header[0] not in NEEDLESS]
                    given.append((b"vary", b"Accept-Encoding"))
                message = {**message, "headers": given}
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _headers_of(self, content_type: str) -> list[tuple[bytes, bytes]]:
        if content_type.startswith("image/"):
            return self._pictures
        return self._documents if content_type.startswith("text/html") else self._headers


def inline_hashes(html: str) -> tuple[str, ...]:
    """Return the hashes of a document's inline scripts, as a content security policy names them."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(html))
    return tuple(dict.fromkeys(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests))


def _policy_of_documents(static_folder: Path) -> str:
    """Return a policy that fits every built document, for those that are sent as they are."""
    hashes = (
        one
        for path in sorted(static_folder.rglob("*.html"))
        for one in inline_hashes(path.read_text(encoding="utf-8"))
    )
    return security_policy(dict.fromkeys(hashes))


def _cache_control(path: str, status: int, content_type: str) -> str:
    """How long an answer may be kept, or nothing where its route has to say.

    A 304 repeats the header but has no content type, hence the look at the path first.
    """
    if status not in {200, 206, 304}:
        return "no-cache" if content_type.startswith("text/html") else ""
    if BUNDLED.search(path):
        return FOR_EVER
    if PICTURE_OR_FONT.search(path):
        return f"public, max-age={WEEK_SECONDS}"
    if not content_type or content_type.startswith(("text/", "application/javascript")):
        return "no-cache"
    return ""
