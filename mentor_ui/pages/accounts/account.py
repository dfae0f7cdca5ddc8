"""One's own account: messages, profile, password, and the browsers one is signed in with."""

from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import section_card
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.fields import kept_text, select_field, text_field
from mentor_ui.components.forms import native_form
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import link
from mentor_ui.components.notices import message_notice
from mentor_ui.components.skeletons import row_skeletons
from mentor_ui.domain.account_rules import HEADLINE_MAXIMUM, NAME_MAXIMUM, PASSWORD_MAXIMUM, timezone_names
from mentor_ui.domain.local_time import near_start
from mentor_ui.domain.roles import Actor
from mentor_ui.gate import MINE, Refused, SignedIn, acting, allow, follow, reading, say, writing
from mentor_ui.gate.acting import tab_of
from mentor_ui.pages.accounts.calendar_feed import CalendarFeedState, calendar_section
from mentor_ui.pages.accounts.entrance import new_password_field
from mentor_ui.pages.accounts.sent_back import SentBack, sent_back
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.viewer import refresh_viewer
from mentor_ui.services import accounts, notifications


@dataclass(frozen=True)
class MessageRow:
    """One message, its time in the reader's zone."""

    id: str
    title: str
    body: str
    link: str
    when: str
    unread: bool


class AccountState(rx.State):
    """The person's account.

    Attributes:
        ready: Whether it was loaded.
        form: What the address tells of the password form.
        browsers: In how many browsers the person is signed in.
        name_error: A sentence beside the field; the others alike.
    """

    ready: bool = False
    email: str = ""
    name: str = ""
    headline: str = ""
    timezone: str = ""
    teaches: bool = False
    browsers: int = 1
    messages: list[MessageRow] = []
    form: SentBack = SentBack()
    name_error: str = ""
    headline_error: str = ""
    timezone_error: str = ""

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Fill the page; opening it reads the messages."""
        await follow(self, MINE)
        self.form = sent_back(self.router.url.query_parameters)
        actor = await acting(self)
        found = await reading(lambda session: accounts.profile(session, actor))
        if isinstance(found, Refused):
            await say(self, found.message, trouble=True)
            return
        self.email, self.name, self.headline = found.email, found.name, found.headline
        self.timezone, self.browsers, self.teaches = found.timezone, found.browsers, actor.teaches
        self.name_error = self.headline_error = self.timezone_error = ""
        self.ready = True
        await self._reload()

    async def _reload(self) -> None:
        actor = await acting(self)
        # A page that is only drawn may be asked for by a link or a prefetch; a tab is opened by its reader.
        work = writing if tab_of(self) else reading
        found = await work(lambda session: _read_messages(session, actor, mark=bool(tab_of(self))))
        if not isinstance(found, Refused):
            self.messages = found
            await refresh_viewer(self)

    @rx.event
    @allow(SignedIn)
    async def save(self, form: dict[str, str]) -> None:
        """Store the profile, or say beside a field what is wrong with it."""
        actor = await acting(self)
        name, headline, zone = (form_text(form, key) for key in ("name", "headline", "timezone"))
        if not self.teaches:
            headline = self.headline
        saved = await writing(
            lambda session: accounts.update_profile(
                session, actor, name=name, headline=headline, timezone=zone
            )
        )
        self.name_error = self.headline_error = self.timezone_error = ""
        if isinstance(saved, Refused):
            match saved.field:
                case "name":
                    self.name_error = saved.message
                case "headline":
                    self.headline_error = saved.message
                case "timezone":
                    self.timezone_error = saved.message
                case _:
                    await say(self, saved.message, trouble=True)
            return
        self.name, self.headline, self.timezone = saved.name, saved.headline, saved.timezone
        await say(self, "Your profile is saved.")
        await refresh_viewer(self)


def _read_messages(session: Session, actor: Actor, *, mark: bool) -> list[MessageRow]:
    now = datetime.now(UTC)
    rows = [
        MessageRow(
            str(message.id),
            message.title,
            message.body,
            message.link,
            near_start(message.created_at, actor.timezone, now),
            message.unread,
        )
        for message in notifications.latest(session, actor)
    ]
    if mark:
        notifications.mark_read(session, actor, now)
    return rows


@page(
    "/account",
    title="Account",
    description="Your messages, your profile and time zone, your calendar, your password and your browsers.",
    on_load=[AccountState.load, CalendarFeedState.load],
    who=SignedIn,
)
def account_page() -> rx.Component:
    """Show the account."""
    return framed(
        page_heading("Account", AccountState.email),
        rx.el.div(
            message_notice(AccountState.form.done, tone="success"),
            message_notice(AccountState.form.problem),
            class_name="[&:has(p)]:mb-5",
        ),
        rx.cond(
            AccountState.ready,
            rx.el.div(
                _messages(),
                _profile(),
                calendar_section(),
                _password(),
                _browsers(),
                class_name="flex flex-col gap-5",
            ),
            row_skeletons(4),
        ),
        current="/account",
        width="reading",
    )


def _messages() -> rx.Component:
    return rx.el.div(
        section_card(
            "Messages",
            rx.cond(
                AccountState.messages,
                rx.el.ul(
                    rx.foreach(AccountState.messages, _message),
                    class_name="flex flex-col divide-y divide-line",
                ),
                empty_state("Nothing new", "News about your sessions appears here.", icon="bell"),
            ),
        ),
        id="messages",
        class_name="scroll-mt-20",
    )


def _message(message: rx.Var[MessageRow]) -> rx.Component:
    inside = rx.el.span(
        rx.el.span(
            rx.cond(
                message.unread,
                rx.el.span(rx.el.span("New", class_name="badge bg-accent-soft text-accent-ink"), " "),
            ),
            message.title,
            class_name="font-semibold wrap-anywhere",
        ),
        rx.el.span(message.when, class_name="text-sm text-muted"),
        class_name="flex flex-wrap items-baseline justify-between gap-x-4",
    )
    body = rx.el.span(message.body, class_name="block text-sm text-muted empty:hidden")
    return rx.el.li(
        rx.cond(
            message.link,
            link(inside, body, to=message.link, class_name="block py-3 hover:text-primary"),
            rx.el.div(inside, body, class_name="py-3"),
        ),
        key=message.id,
    )


def _profile() -> rx.Component:
    return section_card(
        "Profile",
        rx.el.form(
            kept_text(
                text_field(
                    "Name",
                    name="name",
                    error=AccountState.name_error,
                    auto_complete="name",
                    default_value=AccountState.name,
                    max_length=NAME_MAXIMUM,
                )
            ),
            rx.cond(
                AccountState.teaches,
                kept_text(
                    text_field(
                        "Headline",
                        name="headline",
                        hint="One line below your name, such as what you have built.",
                        error=AccountState.headline_error,
                        default_value=AccountState.headline,
                        max_length=HEADLINE_MAXIMUM,
                        optional=True,
                    )
                ),
            ),
            select_field(
                "Time zone",
                [(name, name.replace("_", " ")) for name in timezone_names()],
                name="timezone",
                hint="All times are shown in it; a tutor's weekly hours are kept in it.",
                error=AccountState.timezone_error,
                default_value=AccountState.timezone,
            ),
            rx.el.div(button("Save profile", kind="primary", type="submit")),
            on_submit=AccountState.save,
            class_name="flex flex-col gap-4",
        ),
    )


def _password() -> rx.Component:
    return section_card(
        "Password",
        native_form(
            text_field(
                "Current password",
                name="current",
                type="password",
                error=AccountState.form.current_error,
                auto_complete="current-password",
                max_length=PASSWORD_MAXIMUM,
            ),
            new_password_field("New password", AccountState.form),
            rx.el.p(
                "All other browsers in which you are signed in will be signed out.",
                class_name="text-sm text-muted",
            ),
            rx.el.div(button("Change password", type="submit")),
            action="/api/auth/password",
            class_name="flex flex-col gap-4",
        ),
    )


def _browsers() -> rx.Component:
    return section_card(
        "Signed in",
        rx.el.p(
            rx.cond(
                AccountState.browsers == 1,
                "Only in this browser.",
                f"In {AccountState.browsers} browsers, this one included.",
            ),
            class_name="text-muted",
        ),
        native_form(
            button("Sign out everywhere", type="submit", icon="log-out"),
            action="/api/auth/logout-everywhere",
        ),
    )
