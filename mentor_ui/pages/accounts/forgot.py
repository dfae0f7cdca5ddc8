"""Asking for a link to choose a new password."""

import reflex as rx

from mentor_ui.components.buttons import button, outside_link_button
from mentor_ui.components.forms import native_form
from mentor_ui.components.links import text_link
from mentor_ui.components.values import shown
from mentor_ui.gate import Anyone, allow
from mentor_ui.pages.accounts.entrance import email_field, entrance
from mentor_ui.pages.accounts.sent_back import SentBack, sent_back
from mentor_ui.pages.registry import page
from mentor_ui.settings import get_settings


class ForgotState(rx.State):
    """What the address tells of the last try.

    Attributes:
        form: Typed values and sentences.
        demo_mail: Whether mail is kept in the demo's mailbox.
    """

    form: SentBack = SentBack()
    demo_mail: bool = False

    @rx.event
    @allow(Anyone)
    def load(self) -> None:
        """Show the last try."""
        settings = get_settings()
        self.form = sent_back(self.router.url.query_parameters)
        self.demo_mail = settings.demo and not settings.smtp_url


@page(
    "/login/forgot",
    title="Forgot your password",
    description="Have a link sent to you with which you choose a new password.",
    on_load=ForgotState.load,
)
def forgot_page() -> rx.Component:
    """Show the form for a reset link."""
    form = ForgotState.form
    return entrance(
        "Forgot your password?",
        "We send you a link with which you choose a new one.",
        native_form(
            email_field(form),
            button("Send the link", kind="primary", type="submit", wide=True, size="lg"),
            action="/api/auth/forgot",
            class_name="flex flex-col gap-4",
        ),
        shown(
            ForgotState.demo_mail,
            outside_link_button(
                "Open the demo's mailbox", href="/sandbox/mail", icon="mail", wide=True, new_tab=True
            ),
        ),
        form=form,
        below=text_link("Back to sign-in", to="/login"),
    )
