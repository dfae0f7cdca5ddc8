"""What a form's page finds in its address after the form was refused or done."""

from collections.abc import Mapping
from dataclasses import dataclass

from mentor_ui.domain.account_rules import told
from mentor_ui.domain.local_path import local_path

DONE = {
    "signed_out_everywhere": "You are signed out in every browser.",
    "password_reset": "Your new password is set. Sign in with it.",
    "sent": "If there is an account with this e-mail, a link is on its way. It works once, for an hour.",
    "password": "Your password is changed, and all other browsers are signed out.",
}


@dataclass(frozen=True)
class SentBack:
    """What was typed, except passwords, and what is said about it.

    Attributes:
        next: Where to go after signing in; a path of this application or empty.
        done: A sentence about what has just worked.
        problem: A sentence about the whole form.
        email_error: A sentence beside the field; the others alike.
    """

    email: str = ""
    name: str = ""
    role: str = "student"
    token: str = ""
    next: str = ""
    done: str = ""
    problem: str = ""
    email_error: str = ""
    name_error: str = ""
    password_error: str = ""
    current_error: str = ""


def sent_back(query: Mapping[str, str]) -> SentBack:
    """Return what a form's address tells; sentences come from our own list alone."""
    field, sentence = told(query.get("error", ""), query.get("minutes", ""))
    own_fields = {"email", "name", "password", "current"}
    errors = {f"{field}_error": sentence} if field in own_fields else {"problem": sentence}
    return SentBack(
        email=query.get("email", "")[:254],
        name=query.get("name", "")[:80],
        role="tutor" if query.get("role") == "tutor" else "student",
        token=query.get("token", "")[:200],
        next=local_path(query.get("next"), ""),
        done=DONE.get(query.get("done", ""), ""),
        **errors,
    )
