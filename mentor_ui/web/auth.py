"""Signing in and out over plain HTTP, since only a response can set an HttpOnly cookie.

Every route takes a form, answered with a redirect, or JSON, answered with JSON. A form that is refused goes
back to its page with a code, never with a sentence or a password in the address.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mentor_ui.db.current import current_database
from mentor_ui.domain.account_rules import checked_email
from mentor_ui.domain.errors import DomainError, InvalidInput, SignInRequired
from mentor_ui.domain.local_path import local_path
from mentor_ui.domain.local_time import DEFAULT_ZONE, is_zone
from mentor_ui.domain.roles import TEACHING, Role
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.pages.registry import all_pages
from mentor_ui.services import accounts, password_resets
from mentor_ui.services.limits import Limit, Wait
from mentor_ui.settings import Settings
from mentor_ui.web.problems import problem
from mentor_ui.web.requests import (
    address_of,
    fields_of,
    is_json,
    refuse_other_sites,
    signed_in_actor,
    token_of,
)

KEPT_FIELDS = ("email", "name", "role", "timezone", "next", "token")
"""What goes back to the form's page, so that nobody types it twice; passwords never."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it.

    Attributes:
        goes_to: Path for a form's redirect.
        token: A new secret for the cookie; empty clears it, None leaves it.
        facts: The JSON answer; empty for 204.
    """

    goes_to: str
    token: str | None = None
    facts: dict[str, object] = field(default_factory=dict[str, object])


Fields = dict[str, str]
Work = Callable[[Request, Fields], Done]


class Authentication:
    """The routes below `/api/auth`, with their limits.

    Args:
        settings: The application's settings.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limit = partial(Limit, redis_url=settings.redis_url)
        self._account_tries = limit("10 per 15 minutes", name="sign-in-account")
        self._address_tries = limit("60 per 15 minutes", name="sign-in-address")
        self._new_accounts = limit("100 per hour", name="sign-up-address")
        self._address_mails = limit("20 per hour", name="forgot-address")
        self._account_mails = limit("3 per hour", name="forgot-account")

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        table: dict[str, tuple[Work, str]] = {
            "login": (self._sign_in, "/login"),
            "signup": (self._sign_up, "/signup"),
            "logout": (self._sign_out, "/"),
            "logout-everywhere": (self._sign_out_everywhere, "/account"),
            "password": (self._change_password, "/account"),
            "forgot": (self._forgot, "/login/forgot"),
            "reset": (self._reset, "/login/reset"),
        }
        return [
            Route(f"/api/auth/{name}", self._endpoint(work, page), methods=["POST"])
            for name, (work, page) in table.items()
        ]

    def _endpoint(self, work: Work, page: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            fields: Fields = {}
            try:
                refuse_other_sites(request)
                fields = await fields_of(request)
                fields = _page_fields(request) | {name: value for name, value in fields.items() if value}
                done = await run_in_threadpool(work, request, fields)
            except DomainError as error:
                response = _refused(request, error, page, fields)
            else:
                response = self._done(request, done)
            response.headers["Cache-Control"] = "no-store"
            return response

        return answer

    def _done(self, request: Request, done: Done) -> Response:
        if not is_json(request):
            response: Response = RedirectResponse(done.goes_to, 303)
        elif done.facts:
            response = JSONResponse(done.facts)
        else:
            response = Response(status_code=204)
        if done.token is not None:
            life = int(accounts.SESSION_LIFE.total_seconds()) if done.token else 0
            secure = self._settings.secure_cookies
            response.set_cookie(
                SESSION_COOKIE, done.token, max_age=life, secure=secure, httponly=True, samesite="lax"
            )
        return response

    def _welcome(self, person: accounts.SignedIn, fields: Fields) -> Done:
        goes_to = local_path(fields.get("next"), _landing(person.roles))
        roles = sorted(role.value for role in person.roles)
        return Done(goes_to, person.token, {"id": str(person.person_id), "roles": roles, "next": goes_to})

    def _sign_in(self, request: Request, fields: Fields) -> Done:
        email, address = fields.get("email", "").strip().lower(), address_of(request)
        self._address_tries.check(address)
        self._account_tries.count(email)
        try:
            with current_database().reading() as session:
                verified = accounts.verify_sign_in(session, email=email, password=fields.get("password", ""))
        except InvalidInput:
            self._address_tries.has_room(address)
            raise
        self._account_tries.forgive(email)
        with current_database().transaction() as session:
            person = accounts.sign_in(
                session, verified, browser=_browser(request), replaces=token_of(request)
            )
        return self._welcome(person, fields)

    def _sign_up(self, request: Request, fields: Fields) -> Done:
        self._new_accounts.check(address_of(request))
        account = accounts.prepare_account(
            name=fields.get("name", ""),
            email=fields.get("email", ""),
            password=fields.get("password", ""),
            role=fields.get("role", Role.STUDENT),
            timezone=_zone(fields.get("timezone", "")),
        )
        self._new_accounts.count(address_of(request))
        with current_database().transaction() as session:
            person = accounts.sign_up(session, account, browser=_browser(request))
            accounts.sign_out(session, token_of(request))
        return self._welcome(person, fields)

    def _sign_out(self, request: Request, _fields: Fields) -> Done:
        with current_database().transaction() as session:
            accounts.sign_out(session, token_of(request))
        return Done("/", token="")

    def _sign_out_everywhere(self, request: Request, _fields: Fields) -> Done:
        with current_database().transaction() as session:
            accounts.sign_out_everywhere(session, signed_in_actor(session, request))
        return Done("/login?done=signed_out_everywhere", token="")

    def _change_password(self, request: Request, fields: Fields) -> Done:
        with current_database().reading() as session:
            actor = signed_in_actor(session, request)
            key = f"person {actor.person_id}"
            self._account_tries.count(key)
            change = accounts.prepare_password_change(
                session, actor, current=fields.get("current", ""), new=fields.get("password", "")
            )
        self._account_tries.forgive(key)
        with current_database().transaction() as session:
            accounts.change_password(session, actor, change, keep=token_of(request))
        return Done("/account?done=password")

    def _forgot(self, request: Request, fields: Fields) -> Done:
        email = checked_email(fields.get("email", ""))
        self._address_mails.count(address_of(request))
        # Beyond its limit an account gets no more mail, and the answer does not tell.
        if self._account_mails.has_room(email):
            with current_database().transaction() as session:
                password_resets.request_reset(session, email=email, public_url=self._settings.public_url)
        return Done("/login/forgot?done=sent")

    def _reset(self, request: Request, fields: Fields) -> Done:
        self._address_tries.check(address_of(request))
        token = fields.get("token", "")
        try:
            with current_database().reading() as session:
                prepared = password_resets.prepare_reset(session, token=token, new=fields.get("password", ""))
            with current_database().transaction() as session:
                email = password_resets.reset_password(session, prepared, token=token)
        except InvalidInput:
            self._address_tries.has_room(address_of(request))
            raise
        self._account_tries.forgive(email)
        return Done(f"/login?{urlencode({'done': 'password_reset', 'email': email})}", token="")


def _refused(request: Request, error: DomainError, page: str, fields: Fields) -> Response:
    if is_json(request):
        return problem(error, {"Retry-After": str(error.seconds)} if isinstance(error, Wait) else None)
    if isinstance(error, SignInRequired):
        return RedirectResponse(f"/login?{urlencode({'next': page})}", 303)
    query = {name: fields[name] for name in KEPT_FIELDS if fields.get(name)}
    query["error"] = error.code
    if isinstance(error, Wait):
        query["minutes"] = str(error.minutes)
    return RedirectResponse(f"{page}?{urlencode(query)}", 303)


def _page_fields(request: Request) -> Fields:
    """Return what the form's own page carries in its address, for a form sent before any script ran."""
    query = parse_qs(urlsplit(request.headers.get("referer", "")).query)
    return {name: query[name][0] for name in ("next", "token") if name in query}


def _zone(name: str) -> str:
    # The browser names its zone without asking the person, so a strange one is no mistake of theirs.
    return name if is_zone(name) else DEFAULT_ZONE


def _browser(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _landing(roles: frozenset[Role]) -> str:
    """Return where a person begins: the first of the role's pages that this release has."""
    wishes = ["/mentorship"]
    if Role.ADMIN in roles:
        wishes.insert(0, "/admin/mentorship")
    if roles & TEACHING:
        wishes.insert(0, "/tutor/mentorship")
    known = {page.route for page in all_pages()}
    return next((wish for wish in wishes if wish in known), "/")
