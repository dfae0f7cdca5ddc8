"""Owners of stand-in accounts, who say yes or no on the sandbox's page."""

from urllib.parse import parse_qs, urlsplit

import httpx

from mentor_ui.domain.roles import Actor
from mentor_ui.jobs import calendar_connecting
from mentor_ui.models import CalendarKind
from mentor_ui.providers.oauth import challenge_of, new_verifier
from mentor_ui.resources import Resources
from tests.sandbox_process import SandboxProcess

CALLBACK = "http://localhost:3000/api/calendars/callback"


def answer(
    sandbox: SandboxProcess, authorization_url: str, account: str, word: str = "allow"
) -> dict[str, str]:
    """Answer the page as the owner of `account` and return what the application is told."""
    parts = urlsplit(authorization_url)
    path = parts.path.removeprefix("/sandbox")
    reply = httpx.post(
        f"{sandbox.base_url}{path}?{parts.query}", data={"answer": word, "account": account}, trust_env=False
    )
    assert reply.status_code == 303, reply.text
    return {name: values[0] for name, values in parse_qs(urlsplit(reply.headers["location"]).query).items()}


def connected(
    resources: Resources, sandbox: SandboxProcess, actor: Actor, kind: CalendarKind, account: str
) -> int:
    """Connect an account and return the linked calendar."""
    verifier = new_verifier()
    url = resources.calendars.accounts[kind].authorization_url(
        redirect_uri=CALLBACK, state="state", code_challenge=challenge_of(verifier), hint=account
    )
    code = answer(sandbox, url, account)["code"]
    return calendar_connecting.connect(
        resources, actor, kind=kind, code=code, code_verifier=verifier, redirect_uri=CALLBACK
    )


def calendars_of(sandbox: SandboxProcess, account: str) -> dict[str, str]:
    """Return identifiers of an account's calendars by their names."""
    found = sandbox.control("GET", "accounts/calendars")["calendars"]
    return {one["name"]: one["id"] for one in found if one["account"] == account}
