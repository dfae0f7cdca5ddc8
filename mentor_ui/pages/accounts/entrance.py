"""The narrow card in which all forms before the door stand."""

import reflex as rx

from mentor_ui.components.cards import card
from mentor_ui.components.fields import text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.components.values import Child
from mentor_ui.domain.account_rules import PASSWORD_MAXIMUM, PASSWORD_MINIMUM
from mentor_ui.pages.accounts.sent_back import SentBack
from mentor_ui.pages.frame import framed


def entrance(title: str, lead: Child, *children: Child, form: rx.Var[SentBack], below: Child) -> rx.Component:
    """Show one form before the door.

    Args:
        title: The page's heading.
        lead: One sentence below it.
        *children: The form and what belongs to it.
        form: What the address tells of the last try.
        below: Where else to go.
    """
    return framed(
        rx.el.div(
            rx.el.h1(title),
            rx.el.p(lead, class_name="mt-1.5 text-muted"),
            class_name="mb-5",
        ),
        rx.el.div(
            message_notice(form.done, tone="success"),
            message_notice(form.problem),
            class_name="[&:has(p)]:mb-4",
        ),
        card(
            *children,
            class_name="p-5 md:p-6 flex flex-col gap-4",
        ),
        rx.el.p(below, class_name="mt-5 text-center text-muted"),
        width="narrow",
    )


def email_field(form: rx.Var[SentBack]) -> rx.Component:
    """Ask for the e-mail; what was typed comes back with a refused form."""
    return text_field(
        "Email",
        name="email",
        type="email",
        error=form.email_error,
        auto_complete="email",
        default_value=form.email,
        max_length=254,
        # A default counts when the field appears, so it appears anew with what was typed.
        key=form.email,
    )


def new_password_field(label: str, form: rx.Var[SentBack]) -> rx.Component:
    """Ask for a password that is to be."""
    return text_field(
        label,
        name="password",
        type="password",
        hint=f"At least {PASSWORD_MINIMUM} characters; a few words make a good one.",
        error=form.password_error,
        auto_complete="new-password",
        min_length=PASSWORD_MINIMUM,
        max_length=PASSWORD_MAXIMUM,
    )


def hidden(name: str, value: str | rx.Var[str]) -> rx.Component:
    """Send a value along."""
    return rx.el.input(type="hidden", name=name, value=value, read_only=True)
