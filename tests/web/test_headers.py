"""Headers and caching, seen from outside the middleware."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from mentor_ui.web.headers import HeadersMiddleware


async def echo(request: Request) -> Response:
    kind = request.query_params.get("as", "html")
    if kind == "own":
        return JSONResponse({}, headers={"cache-control": "private", "x-frame-options": "SAMEORIGIN"})
    if kind in {"text/css", "text/javascript", "font/woff2", "image/svg+xml"}:
        return Response(b"", media_type=kind)
    if kind == "bundle":
        validators = {"last-modified": "Mon, 30 Nov 2026 21:38:42 GMT", "vary": "Accept-Encoding, Origin"}
        return Response(b"", media_type="text/javascript", headers={"etag": '"1"', **validators})
    if kind == "known":
        return Response(status_code=304)
    if kind == "json":
        return JSONResponse({})
    return HTMLResponse(request.url.path, int(request.query_params.get("status", "200")))


def ask(static_folder: Path, path: str, *, https: bool = False) -> httpx.Response:
    app = HeadersMiddleware(
        Starlette(routes=[Route("/{path:path}", echo)]), https=https, static_folder=static_folder
    )

    async def fetch() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mentor.test") as client:
            return await client.get(path)

    return asyncio.run(fetch())


def test_every_answer_is_protected(tmp_path: Path) -> None:
    headers = ask(tmp_path, "/any").headers
    assert "'unsafe-eval'" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("kind", ["text/css", "text/javascript", "font/woff2"])
def test_what_is_no_document_carries_only_what_protects_it(tmp_path: Path, kind: str) -> None:
    headers = ask(tmp_path, f"/assets/some?as={kind}", https=True).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" in headers
    assert "content-security-policy" not in headers


def test_a_picture_that_is_opened_runs_and_fetches_nothing(tmp_path: Path) -> None:
    headers = ask(tmp_path, "/icon?as=image/svg%2Bxml").headers
    assert headers["content-security-policy"].startswith("default-src 'none';")
    assert headers["x-content-type-options"] == "nosniff"


def test_what_is_kept_for_long_says_nothing_more_about_it(tmp_path: Path) -> None:
    headers = ask(tmp_path, "/assets/root-27foBbIo.js?as=bundle").headers
    assert (headers["vary"], headers["etag"]) == ("Accept-Encoding", '"1"')
    assert "last-modified" not in headers
    assert ask(tmp_path, "/assets/plain.js?as=bundle").headers["vary"] == "Accept-Encoding, Origin"


def test_a_picture_is_asked_for_again_by_its_mark_alone(tmp_path: Path) -> None:
    headers = ask(tmp_path, "/icons/icon-192.png?as=bundle").headers
    assert headers["etag"] == '"1"'
    assert "last-modified" not in headers


def test_what_is_kept_already_keeps_its_own_policy(tmp_path: Path) -> None:
    answer = ask(tmp_path, "/mentorship/checkout/1?as=known")
    assert answer.status_code == 304
    assert "content-security-policy" not in answer.headers


def test_https_is_insisted_on_where_it_is_used(tmp_path: Path) -> None:
    assert (
        ask(tmp_path, "/any", https=True).headers["strict-transport-security"].startswith("max-age=31536000")
    )


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/mentorship", "no-cache"),
        ("/mentorship?status=404", "no-cache"),
        ("/assets/root-27foBbIo.js", "public, max-age=31536000, immutable"),
        ("/assets/root-27foBbIo.js?status=404", "no-cache"),
        ("/assets/plain.js", "no-cache"),
        ("/mentor.js?v=2d3f", "public, max-age=31536000, immutable"),
        ("/mentorship?v=2d3f", "no-cache"),
        ("/fonts/display.woff2", "public, max-age=604800"),
        ("/api/health?as=json", None),
        ("/api/health?as=own", "private"),
    ],
)
def test_what_may_be_kept(tmp_path: Path, path: str, kept: str | None) -> None:
    assert ask(tmp_path, path).headers.get("cache-control") == kept


def test_a_route_may_set_its_own_header(tmp_path: Path) -> None:
    assert ask(tmp_path, "/any?as=own").headers["x-frame-options"] == "SAMEORIGIN"


def test_a_prerendered_page_needs_no_closing_slash(tmp_path: Path) -> None:
    (tmp_path / "tutor" / "wallet").mkdir(parents=True)
    (tmp_path / "tutor" / "wallet" / "index.html").touch()
    assert ask(tmp_path, "/tutor/wallet").text == "/tutor/wallet/"
    assert ask(tmp_path, "/tutor").text == "/tutor"
    assert ask(tmp_path, "/").text == "/"
