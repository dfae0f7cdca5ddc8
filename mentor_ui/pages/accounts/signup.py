"""Making an account, as somebody who learns or who teaches."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.fields import text_field
from mentor_ui.components.forms import native_form
from mentor_ui.components.links import text_link
from mentor_ui.components.pills import choice_card, choice_group
from mentor_ui.domain.account_rules import NAME_MAXIMUM
from mentor_ui.gate import Anyone, allow
from mentor_ui.pages.accounts.entrance import email_field, entrance, hidden, new_password_field
from mentor_ui.pages.accounts.sent_back import SentBack, sent_back
from mentor_ui.pages.registry import page


class SignupState(rx.State):
    """What the address tells of the last try.

    Attributes:
        form: Typed values and sentences.
    """

    form: SentBack = SentBack()

    @rx.event
    @allow(Anyone)
    def load(self) -> None:
        """Show the last try."""
        self.form = sent_back(self.router.url.query_parameters)


@page(
    "/signup",
    title="Create account",
    description="Create an account to book an hour with a mentor, or to offer your own.",
    on_load=SignupState.load,
)
def signup_page() -> rx.Component:
    """Show the form for a new account."""
    form = SignupState.form
    query = rx.cond(form.next, f"?next={form.next}", "")
    return entrance(
        "Create account",
        "It takes a minute, and costs nothing.",
        native_form(
            hidden("next", form.next),
            rx.el.input(type="hidden", name="timezone", custom_attrs={"data-own-zone": ""}),
            choice_group(
                "What brings you here?",
                choice_card(
                    "Student",
                    "Find a mentor and book time.",
                    name="role",
                    value="student",
                    default_checked=form.role == "student",
                    key=f"student {form.role}",
                ),
                choice_card(
                    "Tutor",
                    "Offer sessions and be paid.",
                    name="role",
                    value="tutor",
                    default_checked=form.role == "tutor",
                    key=f"tutor {form.role}",
                ),
                class_name="grid gap-2.5 sm:grid-cols-2",
            ),
            text_field(
                "Name",
                name="name",
                error=form.name_error,
                auto_complete="name",
                default_value=form.name,
                max_length=NAME_MAXIMUM,
                key=form.name,
            ),
            email_field(form),
            new_password_field("Password", form),
            button("Create account", kind="primary", type="submit", wide=True, size="lg"),
            action="/api/auth/signup",
            class_name="flex flex-col gap-4",
        ),
        form=form,
        below=rx.fragment("Already have an account? ", text_link("Sign in", to=f"/login{query}")),
    )
