"""The front page: what this is, in one screen."""

import reflex as rx

from mentor_ui.pages.registry import page

DESCRIPTION = "Book an hour with the tutor who taught the course."


@page("/", title="Learn it twice", description=DESCRIPTION)
def home_page() -> rx.Component:
    """Show what this is."""
    return rx.el.main(
        rx.el.h1(
            "Learn it twice: once in the course, once with its tutor", class_name="text-3xl font-semibold"
        ),
        rx.el.p(DESCRIPTION),
        rx.el.a("Find a mentor", href="/mentorship"),
        class_name="mx-auto max-w-2xl p-6 space-y-4",
    )
