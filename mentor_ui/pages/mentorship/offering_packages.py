"""Packages on an offering's page: what they cost and save, and buying one."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from mentor_ui.components.buttons import button, link_button
from mentor_ui.components.cards import card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, opens
from mentor_ui.components.leaving import leaves, page_leave
from mentor_ui.components.notices import message_notice, notice
from mentor_ui.components.pills import choice_card, choice_group
from mentor_ui.components.values import shown
from mentor_ui.domain.fees import FeeBearer, asked_kobo
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import long_day
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Actor
from mentor_ui.domain.ways_to_pay import Way, parse_way
from mentor_ui.gate import Anyone, Refused, SignedIn, allow, current_actor, reading
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.package_words import UNUSED, PackageShown, left_of, package_shown
from mentor_ui.pages.paying import package_paid_with_credit, package_payment_page
from mentor_ui.pages.route import id_in
from mentor_ui.services import credit, package_uses, packages
from mentor_ui.settings import get_settings

DIALOG = "buy-package"


@dataclass(frozen=True)
class Choice:
    """A package to buy, and what the dialog begins with for it (JSON)."""

    package: PackageShown
    fill: str


class OfferingPackages(rx.State):
    """The packages of the offering on the page.

    Attributes:
        offering: Whose they are.
        choices: What can be bought.
        signed_in: Whether somebody is.
        price: Of the package that the dialog is about.
        asked: The same with Paystack's fee, where that is added.
        credit: What the viewer can pay with; empty for nothing.
        credit_pays: Whether that pays for the package that the dialog is about.
        own: What the viewer has left of a package of this offering, in words.
        paying: Paystack's page is being opened.
        problem: Why it was not.
        leave_to: Paystack's page, once it is known.
    """

    offering: str = ""
    choices: list[Choice] = []
    signed_in: bool = False
    own: str = ""
    price: str = ""
    asked: str = ""
    credit: str = ""
    credit_pays: bool = False
    paying: bool = False
    problem: str = ""
    leave_to: str = ""
    _credit_kobo: int = 0
    _looked_at: tuple[int, int] = (0, 0)

    @rx.event
    @allow(Anyone)
    async def load(self) -> None:
        """Show the packages of the offering that the address names."""
        self.paying, self.problem, self.leave_to = False, "", ""
        offering_id, actor = id_in(self) or 0, await current_actor(self)
        if self.offering != str(offering_id):
            self.choices, self.own = [], ""
        self.offering, self.signed_in = str(offering_id), actor is not None
        await self._read()

    async def _read(self) -> None:
        actor, offering_id = await current_actor(self), parse_id(self.offering) or 0
        found = await reading(lambda session: _read(session, actor, offering_id, datetime.now(UTC)))
        if not isinstance(found, Refused):
            self.choices, self.own, self._credit_kobo = found
            self.credit = show_naira(self._credit_kobo) if self._credit_kobo > 0 else ""

    @rx.event
    @allow(SignedIn)
    def look_at(self, package_id: str) -> None:
        """Say what a package costs on the button that leads to paying for it."""
        self.problem, self.price, self.asked = "", "", ""
        self.credit_pays, self._looked_at = False, (0, 0)
        for one in self.choices:
            if one.package.id == package_id:
                price_kobo = one.package.price_kobo
                self.price, self._looked_at = one.package.price, (parse_id(package_id) or 0, price_kobo)
                self.asked = show_naira(asked_kobo(price_kobo, FeeBearer(get_settings().fee_bearer)))
                self.credit_pays = self._credit_kobo >= price_kobo

    @rx.event
    @allow(SignedIn)
    async def buy_with_credit(self) -> AsyncGenerator[EventSpec | None]:
        """Buy the package that the dialog is about with the viewer's credit, and show the receipt."""
        package_id, seen_kobo = self._looked_at
        if not package_id or self.paying:
            return
        # The second of two clicks comes after the first is done, and buys nothing.
        self.paying, self.problem, self._looked_at = True, "", (0, 0)
        yield None
        bought = await package_paid_with_credit(self, package_id, seen_kobo)
        self.paying = False
        if isinstance(bought, Refused):
            self.problem, self._looked_at = bought.message, (package_id, seen_kobo)
            await self._read()
            self.credit_pays = self._credit_kobo >= seen_kobo
        else:
            yield rx.redirect(receipt_path(bought))

    @rx.event
    @allow(SignedIn)
    async def buy(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Go to Paystack's page for a package."""
        package_id, seen_kobo = (
            parse_id(form_text(form, "package")),
            parse_id(form_text(form, "price_kobo")),
        )
        if package_id is None or seen_kobo is None or self.paying:
            return
        self.paying, self.problem, self.leave_to = True, "", ""
        yield
        way = parse_way(form_text(form, "way")) or Way.CARD
        opened = await package_payment_page(self, package_id, seen_kobo, way)
        self.paying = False
        if isinstance(opened, Refused):
            self.problem = opened.message
            await self._read()
        else:
            self.leave_to = opened


def _read(
    session: Session, actor: Actor | None, offering_id: int, now: datetime
) -> tuple[list[Choice], str, int]:
    choices = [_choice(package_shown(one)) for one in packages.of_offering(session, offering_id)]
    usable = package_uses.usable(session, actor.person_id, offering_id, now) if actor else None
    credit_kobo = credit.free_kobo(session, actor.person_id) if actor and choices else 0
    if usable is None or actor is None:
        return choices, "", credit_kobo
    until = long_day(usable.expires_at, actor.timezone)
    return choices, f"{left_of(usable.left, usable.sessions)}, until {until}", credit_kobo


def _choice(package: PackageShown) -> Choice:
    fill = {
        "package": package.id,
        "price_kobo": str(package.price_kobo),
        "named": f"{package.name} for {package.price}",
        "terms": f"{package.each}. {f'{package.saved}. ' if package.saved else ''}You have {package.valid}."
        f"{_about_the_fee(package.price_kobo)}",
    }
    return Choice(package, json.dumps(fill))


def _about_the_fee(price_kobo: int) -> str:
    """Return what of Paystack's fee is the buyer's, in sentences; nothing when that is not so."""
    settings = get_settings()
    fee_kobo = asked_kobo(price_kobo, FeeBearer(settings.fee_bearer)) - price_kobo
    added = f" Paystack's fee of {show_naira(fee_kobo)} is added." if fee_kobo else ""
    kept = settings.refund_fee_bearer == FeeBearer.STUDENT
    return f"{added} Paystack's fee on what you give back is left out." if kept else added


def own_package() -> rx.Component:
    """Say what the viewer has left of a package of this offering."""
    return rx.cond(
        OfferingPackages.own,
        notice(
            "You have a package of this session",
            OfferingPackages.own,
            tone="success",
            action=link_button(
                "Choose a time", to=f"/mentorship/checkout/{OfferingPackages.offering}", size="sm"
            ),
        ),
    )


def offering_packages(*, own: rx.Var[bool]) -> rx.Component:
    """Show what can be bought several at once.

    Args:
        own: Whether the offering is the viewer's own, who cannot buy.
    """
    return rx.fragment(
        rx.cond(
            OfferingPackages.choices,
            card(
                rx.el.h2("Several sessions for less", class_name="title"),
                rx.el.ul(
                    rx.foreach(OfferingPackages.choices, lambda choice: _row(choice, own)),
                    class_name="flex flex-col divide-y",
                ),
                rx.el.p(
                    "You choose a time for each session later. ", UNUSED, class_name="text-sm text-muted"
                ),
                class_name="flex flex-col gap-3 p-[18px]",
                id="packages",
            ),
        ),
        _dialog(),
        page_leave(OfferingPackages.leave_to),
    )


def _row(choice: rx.Var[Choice], own: rx.Var[bool]) -> rx.Component:
    package = choice.package
    words = rx.fragment("Buy ", package.name, rx.el.span(" for ", package.price, class_name="sr-only"))
    return rx.el.li(
        rx.el.div(
            rx.el.p(rx.el.strong(package.name), " for ", rx.el.span(package.price, class_name="price")),
            rx.el.p(
                rx.el.span(package.each),
                shown(package.saved, rx.el.span(package.saved, class_name="font-semibold text-primary")),
                rx.el.span(package.valid),
                class_name="flex flex-wrap gap-x-3 text-sm text-muted",
            ),
            class_name="min-w-0 flex-1 basis-44",
        ),
        rx.cond(
            own,
            rx.fragment(),
            rx.cond(
                OfferingPackages.signed_in,
                button(
                    words,
                    size="sm",
                    on_click=OfferingPackages.look_at(package.id),
                    custom_attrs=opens(DIALOG, fill=choice.fill),
                ),
                link_button(
                    words, to=f"/login?next=/mentorship/offering/{OfferingPackages.offering}", size="sm"
                ),
            ),
        ),
        class_name="flex flex-wrap items-center justify-between gap-x-3 gap-y-2 py-3",
        key=package.id,
    )


def _with_credit() -> rx.Component:
    return rx.cond(
        OfferingPackages.credit_pays,
        rx.el.div(
            rx.el.p("You have ", OfferingPackages.credit, " credit. It can pay for all of it, at once."),
            button(
                rx.el.span("Pay ", OfferingPackages.price, " with your credit"),
                wide=True,
                busy=OfferingPackages.paying,
                on_click=OfferingPackages.buy_with_credit,
            ),
            class_name="flex flex-col gap-3",
        ),
        rx.el.p(
            "Your ",
            OfferingPackages.credit,
            " credit does not cover a package, but it can pay a part of a single session.",
            class_name="text-sm text-muted",
        ),
    )


def _dialog() -> rx.Component:
    return dialog(
        rx.el.form(
            rx.el.input(type="hidden", name="package"),
            rx.el.input(type="hidden", name="price_kobo"),
            rx.el.div(
                rx.el.p(rx.el.output(name="named"), class_name="font-semibold"),
                rx.el.p(rx.el.output(name="terms")),
                rx.el.p(UNUSED, class_name="text-muted"),
                rx.el.p(
                    "You can give the rest back at any time for the same. A session that you cancel comes "
                    "back to the package as long as its cancellation policy gives anything back.",
                    class_name="text-muted",
                ),
                class_name="flex flex-col gap-2",
            ),
            shown(OfferingPackages.credit, _with_credit()),
            choice_group(
                "Way of paying",
                choice_card(
                    "Card or USSD",
                    "Yours within seconds.",
                    name="way",
                    value=Way.CARD.value,
                    default_checked=True,
                ),
                choice_card(
                    "Bank transfer",
                    "Yours as soon as the money has come.",
                    name="way",
                    value=Way.TRANSFER.value,
                ),
                class_name="grid gap-2 sm:grid-cols-2",
            ),
            rx.el.div(
                message_notice(OfferingPackages.problem, tone="warning"), class_name="has-[>:empty]:-mt-5"
            ),
            dialog_actions(
                cancel_button(DIALOG),
                button(
                    rx.el.span("Pay ", OfferingPackages.asked, " with Paystack"),
                    kind="primary",
                    type="submit",
                    busy=OfferingPackages.paying,
                    custom_attrs=leaves(),
                ),
            ),
            on_submit=OfferingPackages.buy,
            class_name="flex flex-col gap-5",
        ),
        id=DIALOG,
        title="Buy a package",
        sheet=True,
    )
