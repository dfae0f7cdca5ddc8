"""The way to Google and Microsoft and back, when a tutor connects an account.

What is asked for stands in a sealed cookie of this browser: who asked, with which PKCE verifier, and the
state that has to come back. An answer that another browser or another person brings is refused, so nobody can
be made to connect somebody else's account.
"""

import hmac
import json
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final
from urllib.parse import urlencode

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.busy_times import CalendarTrouble
from mentor_ui.domain.errors import DomainError, InvalidInput, NotAllowed, SignInRequired
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.sealing import SealBroken, Sealer
from mentor_ui.jobs import calendar_connecting
from mentor_ui.jobs.calendar_access import accounts_of
from mentor_ui.models import CalendarKind
from mentor_ui.providers.oauth import challenge_of, new_verifier
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services import linked_calendars
from mentor_ui.services.calendar_looks import PAGE
from mentor_ui.services.limits import Limit
from mentor_ui.settings import Settings
from mentor_ui.web.requests import signed_in_actor

ANSWER_SECONDS: Final = 600
COOKIE: Final = "mentor_calendar"
COOKIE_PATH: Final = "/api/calendars"
_PAGE: Final = PAGE
_KINDS: Final = {"google": CalendarKind.GOOGLE, "microsoft": CalendarKind.MICROSOFT}
_LONGEST: Final = 2_000
_HEADERS: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class _Question:
    """What an answer has to belong to."""

    person_id: int
    kind: str
    state: str
    verifier: str
    redirect_uri: str


class CalendarConnections:
    """The routes below `/api/calendars`.

    Args:
        settings: The application's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sealer = Sealer(settings.secret_key, "calendar questions")
        limit = partial(Limit, redis_url=settings.redis_url)
        self._tries = limit("30 per hour", name="calendar-connect")

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(f"{COOKIE_PATH}/{{kind}}/connect", self._connect, methods=["GET"]),
            Route(f"{COOKIE_PATH}/{{kind}}/callback", self._callback, methods=["GET"]),
        ]

    async def _connect(self, request: Request) -> Response:
        """Send the tutor to the account's own page."""
        try:
            return await run_in_threadpool(self._ask, request, get_resources())
        except (DomainError, CalendarTrouble) as error:
            return self._refused(error)

    def _ask(self, request: Request, resources: Resources) -> Response:
        kind = _kind(request)
        with resources.database.reading() as session:
            actor = signed_in_actor(session, request)
            linked_calendars.require_teaching(actor)
            hint = _hint(session, actor, request)
        self._tries.check(str(actor.person_id))
        self._tries.count(str(actor.person_id))
        base = self._base(request)
        question = _Question(
            actor.person_id,
            kind,
            new_verifier(),
            new_verifier(),
            f"{base}{COOKIE_PATH}/{kind.lower()}/callback",
        )
        address = accounts_of(resources, kind).authorization_url(
            redirect_uri=question.redirect_uri,
            state=question.state,
            code_challenge=challenge_of(question.verifier),
            hint=hint,
        )
        # The demo's stand-in is found at whichever of our own names the browser uses.
        response = RedirectResponse(
            address.replace(f"{self._settings.public_url}/", f"{base}/", 1), 303, _HEADERS
        )
        response.set_cookie(
            COOKIE,
            self._sealer.seal(json.dumps(asdict(question))),
            max_age=ANSWER_SECONDS,
            path=COOKIE_PATH,
            secure=self._settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )
        return response

    async def _callback(self, request: Request) -> Response:
        """Take the owner's answer and connect the account."""
        try:
            response = await run_in_threadpool(self._take, request, get_resources())
        except DomainError as error:
            response = self._refused(error)
        response.delete_cookie(
            COOKIE,
            path=COOKIE_PATH,
            secure=self._settings.secure_cookies,
            httponly=True,
            samesite="lax",
        )
        return response

    def _take(self, request: Request, resources: Resources) -> Response:
        kind = _kind(request)
        with resources.database.reading() as session:
            actor = signed_in_actor(session, request)
        question = self._asked(request, actor, kind)
        if request.query_params.get("error"):
            raise InvalidInput("Nothing was connected, as access was not given.", code="access_not_given")
        calendar_id = calendar_connecting.connect(
            resources,
            actor,
            kind=kind,
            code=request.query_params.get("code", "")[:_LONGEST],
            code_verifier=question.verifier,
            redirect_uri=question.redirect_uri,
        )
        return RedirectResponse(f"{_PAGE}?{urlencode({'connected': calendar_id})}", 303, _HEADERS)

    def _asked(self, request: Request, actor: Actor, kind: CalendarKind) -> _Question:
        """Return the question that this browser carries, when the answer belongs to it.

        Raises:
            NotAllowed: It does not, or came too late.
        """
        try:
            sealed = request.cookies.get(COOKIE, "")
            question = _Question(**json.loads(self._sealer.unseal(sealed, longest_seconds=ANSWER_SECONDS)))
        except (SealBroken, ValueError, TypeError):
            raise _not_asked() from None
        state = request.query_params.get("state", "")
        same_state = hmac.compare_digest(question.state.encode(), state.encode())
        if not same_state or question.person_id != actor.person_id or question.kind != kind:
            raise _not_asked()
        return question

    def _base(self, request: Request) -> str:
        """Return our own address as this browser knows it, if it is one of ours; else the public one."""
        here = f"{request.url.scheme}://{request.headers.get('host', '')}"
        return here if here in self._settings.allowed_origins else self._settings.public_url

    def _refused(self, error: DomainError | CalendarTrouble) -> Response:
        if isinstance(error, SignInRequired):
            return RedirectResponse(f"/login?{urlencode({'next': _PAGE})}", 303, _HEADERS)
        code = error.code if isinstance(error, DomainError) else "calendar_not_connected"
        return RedirectResponse(f"{_PAGE}?{urlencode({'problem': code})}", 303, _HEADERS)


def _kind(request: Request) -> CalendarKind:
    kind = _KINDS.get(request.path_params["kind"])
    if kind is None:
        raise _not_asked()
    return kind


def _hint(session: Session, actor: Actor, request: Request) -> str:
    """Return the address of the account that is to be connected again; empty for a new one."""
    calendar_id = parse_id(request.query_params.get("again", ""))
    return "" if calendar_id is None else linked_calendars.own(session, actor, calendar_id).name


def _not_asked() -> NotAllowed:
    return NotAllowed("This answer belongs to no question of this browser.", code="connection_not_asked")
