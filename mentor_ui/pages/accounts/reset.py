"""Choosing a new password with the link that came by mail."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.forms import native_form
from mentor_ui.components.links import text_link
from mentor_ui.gate import Anyone, allow
from mentor_ui.pages.accounts.entrance import entrance, hidden, new_password_field
from mentor_ui.pages.accounts.sent_back import SentBack, sent_back
from mentor_ui.pages.registry import page


class ResetState(rx.State):
    """What the address tells.

    Attributes:
        form: The link's token and sentences.
    """

    form: SentBack = SentBack()

    @rx.event
    @allow(Anyone)
    def load(self) -> None:
        """Take up the link."""
        self.form = sent_back(self.router.url.query_parameters)


@page(
    "/login/reset",
    title="Choose a new password",
    description="Choose a new password for your account with the link from your mail.",
    on_load=ResetState.load,
)
def reset_page() -> rx.Component:
    """Show the form for the new password."""
    form = ResetState.form
    return entrance(
        "Choose a new password",
        "All browsers in which you are signed in will be signed out.",
        native_form(
            hidden("token", form.token),
            new_password_field("New password", form),
            button("Set the new password", kind="primary", type="submit", wide=True, size="lg"),
            action="/api/auth/reset",
            class_name="flex flex-col gap-4",
        ),
        form=form,
        below=text_link("Ask for another link", to="/login/forgot"),
    )
