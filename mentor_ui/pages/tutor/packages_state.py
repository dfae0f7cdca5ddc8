"""What a tutor does about packages: put them on sale, change and retire them, and see what was sold."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from mentor_ui.domain.errors import DomainError, NotFound
from mentor_ui.domain.fees import FeeBearer
from mentor_ui.domain.identifiers import new_id, parse_id
from mentor_ui.domain.local_time import long_day
from mentor_ui.domain.money import paystack_fee, show_naira, split_price
from mentor_ui.domain.packages import USUAL_DAYS, USUAL_SESSIONS, saving
from mentor_ui.domain.roles import TEACHING, Actor
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.package_words import PackageShown, package_shown
from mentor_ui.pages.tutor.offering_rows import package_form
from mentor_ui.services import offerings, package_lists, packages
from mentor_ui.services.packages import PackageDraft
from mentor_ui.settings import get_settings

FIELDS = frozenset({"sessions", "package_price", "valid_days"})


@dataclass(frozen=True)
class OwnPackage:
    """A package on sale; `fill` is what the form begins with when it is changed (JSON)."""

    package: PackageShown
    sold: str
    fill: str


@dataclass(frozen=True)
class SoldRow:
    """A package of which sessions are still owed."""

    id: str
    student: str
    title: str
    left: str
    owed: str
    until: str


@dataclass(frozen=True)
class PackageErrors:
    """What is wrong with the form, by field; `whole` concerns no single one."""

    sessions: str = ""
    package_price: str = ""
    valid_days: str = ""
    whole: str = ""


class PackagesState(rx.State):
    """The packages of one offering, in a dialog, and the list of what was sold.

    Attributes:
        on_sale: The packages of the offering that the dialog is about.
        blank: What its form begins with for a new one (JSON).
        refill: The same after one was stored, each time with another mark.
        preview: What the typed package means for both sides.
        busy: Something is being stored.
        sold: What sessions are still owed of.
        owed: What they are worth together.
    """

    on_sale: list[OwnPackage] = []
    blank: str = ""
    refill: str = ""
    preview: str = ""
    errors: PackageErrors = PackageErrors()
    busy: bool = False
    sold: list[SoldRow] = []
    owed: str = ""
    _offering_id: int = 0
    _single_kobo: int = 0
    _typed: tuple[str, str] = ("", "")

    @rx.event
    @allow(TEACHING)
    async def load(self) -> None:
        """Show what was sold, and keep it up to date."""
        await follow(self, MINE)
        await self._reload()

    async def _reload(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: package_lists.sold(session, actor))
        if isinstance(found, Refused):
            return
        self.sold = [
            SoldRow(
                id=str(one.id),
                student=one.student_name,
                title=one.title,
                left=f"{one.left} of {one.sessions} to schedule",
                owed=show_naira(one.owed_kobo),
                until=long_day(one.expires_at, actor.timezone),
            )
            for one in found
        ]
        self.owed = show_naira(sum(one.owed_kobo for one in found))

    @rx.event
    @allow(TEACHING)
    async def open(self, offering_id: str) -> None:
        """Show the packages of an offering in the dialog."""
        self._offering_id = parse_id(offering_id) or 0
        self.on_sale, self.blank = [], ""
        self.start_over()
        await self._read()

    async def _read(self) -> None:
        actor, offering_id = await acting(self), self._offering_id
        found = await reading(lambda session: _read_packages(session, actor, offering_id))
        if isinstance(found, Refused):
            self.errors = PackageErrors(whole=found.message)
            return
        self._single_kobo, self.blank, self.on_sale = found

    @rx.event
    @allow(TEACHING)
    def start_over(self) -> None:
        """Forget what was wrong with the form and what it meant."""
        self.errors, self.preview, self._typed = PackageErrors(), "", (str(USUAL_SESSIONS), "")

    def _start_anew(self) -> None:
        self.start_over()
        if self.blank:
            self.refill = json.dumps({**json.loads(self.blank), "mark": str(new_id())})

    @rx.event
    @allow(TEACHING)
    def type_sessions(self, text: str) -> None:
        """Say what the package means with so many sessions."""
        self._typed = (str(text)[:8], self._typed[1])
        self._look()

    @rx.event
    @allow(TEACHING)
    def type_price(self, text: str) -> None:
        """Say what the package means at this price."""
        self._typed = (self._typed[0], str(text)[:20])
        self._look()

    def _look(self) -> None:
        self.preview = _preview(*self._typed, self._single_kobo)

    @rx.event
    @allow(TEACHING)
    async def save(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Put the typed package on sale, or say beside the fields what is wrong."""
        if self.busy:
            return
        actor, now = await acting(self), datetime.now(UTC)
        offering_id, changed = parse_id(form_text(form, "offering")) or 0, form_text(form, "package")
        draft = PackageDraft(
            form_text(form, "sessions"), form_text(form, "package_price"), form_text(form, "valid_days")
        )
        self.busy, self.errors = True, PackageErrors()
        yield
        done = await writing(
            lambda session: (
                packages.change(session, actor, package_id=_known(changed), draft=draft, now=now)
                if changed
                else packages.offer(session, actor, offering_id=offering_id, draft=draft, now=now)
            )
        )
        self.busy = False
        if isinstance(done, Refused):
            field = done.field if done.field in FIELDS else "whole"
            self.errors = replace(PackageErrors(), **{field: done.message})
            return
        self._start_anew()
        await self._read()
        await say(self, f"{done.sessions} sessions for {show_naira(done.price_kobo)} are on sale.")

    @rx.event
    @allow(TEACHING)
    async def retire(self, package_id: str) -> None:
        """Take a package off sale."""
        actor, now = await acting(self), datetime.now(UTC)
        done = await writing(
            lambda session: packages.retire(session, actor, package_id=_known(package_id), now=now)
        )
        if isinstance(done, Refused):
            self.errors = PackageErrors(whole=done.message)
        else:
            await say(self, "The package is off sale. What was bought of it stays as it is.")
        await self._read()


def _known(package_id: str) -> int:
    found = parse_id(package_id)
    if found is None:
        raise NotFound("This package is not on sale any more.", code="package_gone")
    return found


def _read_packages(session: Session, actor: Actor, offering_id: int) -> tuple[int, str, list[OwnPackage]]:
    details = offerings.details(session, actor, offering_id=offering_id)
    if not details.own:
        raise NotFound("We cannot find this offering. It may have been deleted.")
    sold = package_lists.times_sold(session, offering_id)
    blank = package_form(actor, str(offering_id), details.title, details.price_kobo)
    own = [
        OwnPackage(
            package=package_shown(one),
            sold=f"bought {sold[one.id]:,} times"
            if sold.get(one.id, 0) > 1
            else "bought once"
            if sold.get(one.id)
            else "",
            fill=json.dumps(
                {
                    **json.loads(blank),
                    "package": str(one.id),
                    "sessions": str(one.sessions),
                    "package_price": show_naira(one.price_kobo).removeprefix("₦"),
                    "valid_days": str(one.valid_days),
                }
            ),
        )
        for one in packages.of_offering(session, offering_id)
    ]
    return details.price_kobo, blank, own


def _preview(sessions: str, price: str, single_kobo: int) -> str:
    if not price.strip() or not single_kobo:
        return ""
    try:
        terms = packages.checked(PackageDraft(sessions, price, USUAL_DAYS), single_kobo)
    except DomainError:
        return ""
    deal = saving(terms.price_kobo, terms.sessions, single_kobo)
    settings = get_settings()
    share = split_price(deal.each_kobo, settings.platform_share_percent).tutor_kobo
    if settings.fee_bearer == FeeBearer.TUTOR:
        share = max(0, share + -paystack_fee(terms.price_kobo) // terms.sessions)
    return (
        f"{show_naira(deal.each_kobo)} each, and students save {show_naira(deal.saved_kobo)}. "
        f"You receive about {show_naira(share)} of each session after it was held."
    )
