"""The account's calendar: the address at which a person's sessions can be followed."""

from datetime import UTC, datetime

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.buttons import button, outside_link_button
from mentor_ui.components.cards import section_card
from mentor_ui.components.copying import copy_button
from mentor_ui.components.dialogs import confirm_dialog, dialog_button
from mentor_ui.components.fields import text_field
from mentor_ui.domain.roles import Actor
from mentor_ui.gate import Refused, SignedIn, acting, allow, reading, say, writing
from mentor_ui.services import calendar_feeds
from mentor_ui.settings import get_settings

NEW_ADDRESS = "new-calendar-address"
TURN_OFF = "turn-calendar-off"


class CalendarFeedState(rx.State):
    """The person's feed.

    Attributes:
        address: Where calendars read it; empty when it is turned off.
        app_address: The same, as calendar applications open it.
    """

    address: str = ""
    app_address: str = ""

    @rx.event
    @allow(SignedIn)
    async def load(self) -> None:
        """Show the address."""
        actor = await acting(self)
        found = await reading(lambda session: _address(session, actor))
        if isinstance(found, Refused):
            await say(self, found.message, trouble=True)
            return
        self._show(found)

    @rx.event
    @allow(SignedIn)
    async def make_address(self) -> None:
        """Give the feed an address, and end the one before."""
        actor, had_one = await acting(self), bool(self.address)
        made = await writing(lambda session: _new_address(session, actor))
        if isinstance(made, Refused):
            await say(self, made.message, trouble=True)
            return
        self._show(made)
        await say(
            self,
            "Your calendar has a new address. The old one no longer works."
            if had_one
            else "Your calendar has an address.",
        )

    @rx.event
    @allow(SignedIn)
    async def turn_off(self) -> None:
        """End the feed."""
        actor = await acting(self)
        done = await writing(lambda session: calendar_feeds.turn_off(session, actor))
        if isinstance(done, Refused):
            await say(self, done.message, trouble=True)
            return
        self._show("")
        await say(self, "Your calendar is turned off. Its address no longer works.")

    def _show(self, token: str) -> None:
        url = f"{get_settings().public_url}/api/calendar/{token}.ics" if token else ""
        self.address = url
        self.app_address = f"webcal:{url.partition(':')[2]}" if url else ""


def _address(session: Session, actor: Actor) -> str:
    return calendar_feeds.address_token(session, actor, secret_key=get_settings().secret_key)


def _new_address(session: Session, actor: Actor) -> str:
    now = datetime.now(UTC)
    return calendar_feeds.make_address(session, actor, secret_key=get_settings().secret_key, now=now)


def calendar_section() -> rx.Component:
    """Show the feed: its address and how to use it, or how to get one."""
    return section_card(
        "Your sessions in your calendar",
        rx.el.p(
            "Google Calendar, Outlook and Apple Calendar can follow all your sessions by one private "
            "address. They look for changes in their own time, some only once a day; what you see here is "
            "always up to date.",
            class_name="text-muted",
        ),
        rx.cond(CalendarFeedState.address, _turned_on(), _turned_off()),
    )


def _turned_off() -> rx.Component:
    return rx.el.div(button("Make an address", icon="calendar-plus", on_click=CalendarFeedState.make_address))


def _turned_on() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                text_field(
                    "Private address",
                    name="calendar-address",
                    value=CalendarFeedState.address,
                    read_only=True,
                    hint="Whoever has it can see your sessions and join them. Keep it to yourself.",
                ),
                class_name="min-w-0 flex-1 basis-72",
            ),
            rx.el.div(copy_button(CalendarFeedState.address, what="private address"), class_name="sm:pt-7"),
            class_name="flex flex-wrap items-start gap-x-3 gap-y-2",
        ),
        _how_to(),
        rx.el.div(
            outside_link_button(
                "Open in calendar app", href=CalendarFeedState.app_address, icon="calendar-plus"
            ),
            dialog_button("Make a new address", dialog=NEW_ADDRESS, kind="quiet"),
            dialog_button("Turn off", dialog=TURN_OFF, kind="quiet"),
            class_name="flex flex-wrap items-center gap-3",
        ),
        confirm_dialog(
            id=NEW_ADDRESS,
            title="Make a new address?",
            body="The address you have now stops working at once. Calendars that follow it show no more "
            "changes until you give them the new one.",
            confirm="Make a new address",
            on_confirm=CalendarFeedState.make_address,
            danger=False,
        ),
        confirm_dialog(
            id=TURN_OFF,
            title="Turn the calendar off?",
            body="The address stops working at once. Calendars that follow it show no more changes. "
            "Your sessions stay as they are.",
            confirm="Turn off",
            on_confirm=CalendarFeedState.turn_off,
        ),
        class_name="flex flex-col gap-4",
    )


def _how_to() -> rx.Component:
    ways = (
        (
            "Google Calendar",
            "on a computer: beside “Other calendars” press +, then “From URL”, and paste it.",
        ),
        ("Outlook", "on the web: “Add calendar”, then “Subscribe from web”, and paste it."),
        ("Apple Calendar", "“File”, then “New Calendar Subscription”, and paste it."),
    )
    return rx.el.details(
        rx.el.summary("How to subscribe", class_name="cursor-pointer py-1 font-semibold"),
        rx.el.ul(
            *(
                rx.el.li(rx.el.b(name, class_name="font-semibold text-ink"), f", {steps}")
                for name, steps in ways
            ),
            class_name="mt-2 flex flex-col gap-2 text-sm text-muted",
        ),
    )
