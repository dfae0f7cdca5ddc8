"""What our HTTP routes read of a request: who sends it, from where, and its fields."""

import json
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import cast
from urllib.parse import parse_qsl

from sqlmodel import Session
from starlette.requests import Request

from mentor_ui.domain.account_rules import refusal
from mentor_ui.domain.errors import InvalidInput, NotAllowed, SignInRequired
from mentor_ui.domain.roles import Actor
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.services.accounts import person_for_token
from mentor_ui.settings import get_settings

BODY_MAXIMUM = 16_384
FIELDS_MAXIMUM = 40
ADDRESS_LENGTH = 64
HOME_BITS = 64


class BodyTooLarge(InvalidInput):
    """More was sent than any of our forms holds."""

    code = "body_too_large"
    status = 413


def token_of(request: Request) -> str:
    """Return the secret of the session cookie; empty without one."""
    return request.cookies.get(SESSION_COOKIE, "")


def actor_of(session: Session, request: Request) -> Actor | None:
    """Return who sends the request; None for a visitor."""
    return person_for_token(session, token_of(request))


def signed_in_actor(session: Session, request: Request) -> Actor:
    """Return who sends the request.

    Raises:
        SignInRequired: Nobody is signed in.
    """
    actor = actor_of(session, request)
    if actor is None:
        raise SignInRequired
    return actor


def address_of(request: Request) -> str:
    """Return the address of the client; of IPv6 the network, since one home has 2**64 addresses of it.

    Behind proxies that the settings name, the server has already taken it from X-Forwarded-For.
    """
    return _network_of(request.client.host) if request.client else "unknown"


def _network_of(address: str) -> str:
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:ADDRESS_LENGTH]
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((known, HOME_BITS), strict=False))


def refuse_other_sites(request: Request) -> None:
    """Let a changing request through only from our own pages, or from a program that is no browser.

    Raises:
        NotAllowed: Another site's page sent it.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        own = site in {"same-origin", "none"}
    else:
        own = origin is None or origin in get_settings().allowed_origins
    if not own:
        raise NotAllowed(refusal("cross_site").message, code="cross_site")


def is_json(request: Request) -> bool:
    """Whether the request carries JSON, and so wants JSON back."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def body_of(request: Request, most_bytes: int) -> bytes:
    """Return the raw body.

    Raises:
        BodyTooLarge: There is more of it than `most_bytes`; the rest is not read.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most_bytes:
            raise BodyTooLarge("This is more than the form holds.")
        parts.append(part)
    return b"".join(parts)


async def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form, or of a JSON object with text values.

    Raises:
        BodyTooLarge: There is more of it than `BODY_MAXIMUM` bytes.
        InvalidInput: It is neither.
    """
    body = await body_of(request, BODY_MAXIMUM)
    try:
        pairs = _json_fields(body) if is_json(request) else _form_fields(body)
    except ValueError:
        raise InvalidInput("The request could not be read.", code="unreadable") from None
    return {_storable(name): _storable(value) for name, value in pairs.items()}


def _form_fields(body: bytes) -> dict[str, str]:
    return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAXIMUM))


def _json_fields(body: bytes) -> dict[str, str]:
    found = cast("object", json.loads(body or b"{}"))
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - it is the value that is wrong
    members = cast("dict[str, object]", found)
    if not all(isinstance(value, str) for value in members.values()):
        raise ValueError("a value is no text")
    return cast("dict[str, str]", members)


def _storable(text: str) -> str:
    # PostgreSQL refuses NUL, and half a surrogate pair is no character.
    return text.replace("\0", "").encode("utf-8", "ignore").decode()
