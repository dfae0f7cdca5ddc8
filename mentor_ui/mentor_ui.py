"""The application object: pages, middleware, HTTP routes and lifespan are put together here."""

import reflex as rx

from mentor_ui.pages import home

app = rx.App(
    # Our own frame shows messages and a lost connection, for 11 KB less on every page.
    toaster=None,
    app_wraps={},
    html_lang="en",
)

app.add_page(home.page, route="/", title=home.TITLE, description=home.DESCRIPTION)
