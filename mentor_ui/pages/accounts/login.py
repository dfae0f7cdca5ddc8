"""Signing in. In the demo, one press signs in as any of its people."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card
from mentor_ui.components.fields import text_field
from mentor_ui.components.forms import native_form
from mentor_ui.components.links import text_link
from mentor_ui.components.values import shown
from mentor_ui.domain.account_rules import PASSWORD_MAXIMUM
from mentor_ui.domain.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from mentor_ui.domain.local_path import local_path
from mentor_ui.gate import Anyone, allow, current_actor
from mentor_ui.pages.accounts.entrance import email_field, entrance, hidden
from mentor_ui.pages.accounts.sent_back import SentBack, sent_back
from mentor_ui.pages.registry import page
from mentor_ui.settings import get_settings


class LoginState(rx.State):
    """What the address tells of the last try.

    Attributes:
        form: Typed values and sentences.
        demo: Whether the demo's people may be chosen.
    """

    form: SentBack = SentBack()
    demo: bool = False

    @rx.event
    @allow(Anyone)
    async def load(self) -> rx.event.EventSpec | None:
        """Show the last try, or go on when somebody is signed in."""
        self.form = sent_back(self.router.url.query_parameters)
        self.demo = get_settings().demo
        if await current_actor(self) and not self.form.done:
            return rx.redirect(local_path(self.form.next, "/account"))
        return None


@page(
    "/login",
    title="Sign in",
    description="Sign in to book mentors, follow your courses and meet your students.",
    on_load=LoginState.load,
)
def login_page() -> rx.Component:
    """Show the sign-in form."""
    form = LoginState.form
    query = rx.cond(form.next, f"?next={form.next}", "")
    return entrance(
        "Sign in",
        "Good to see you again.",
        native_form(
            hidden("next", form.next),
            email_field(form),
            text_field(
                "Password",
                name="password",
                type="password",
                error=form.password_error,
                auto_complete="current-password",
                max_length=PASSWORD_MAXIMUM,
            ),
            button("Sign in", kind="primary", type="submit", wide=True, size="lg"),
            action="/api/auth/login",
            class_name="flex flex-col gap-4",
        ),
        rx.el.p(text_link("Forgot your password?", to="/login/forgot"), class_name="text-sm text-center"),
        shown(LoginState.demo, _demo_people(form)),
        form=form,
        below=rx.fragment("New here? ", text_link("Create account", to=f"/signup{query}")),
    )


def _demo_people(form: rx.Var[SentBack]) -> rx.Component:
    return card(
        rx.el.h2("Look around as", class_name="title"),
        rx.el.div(
            *[
                native_form(
                    hidden("next", form.next),
                    hidden("email", email),
                    hidden("password", DEMO_PASSWORD),
                    button(role.capitalize(), type="submit", wide=True),
                    action="/api/auth/login",
                )
                for role, email in DEMO_SIGN_INS.items()
            ],
            class_name="grid grid-cols-2 gap-2.5",
        ),
        rx.el.p("This is the demo: no real money, no real people.", class_name="text-sm text-muted"),
        class_name="p-4 flex flex-col gap-3 bg-raised!",
    )
