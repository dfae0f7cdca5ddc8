"""A student's bought packages: what is left of each, and giving it back."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import long_day
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME, fee_left_out
from mentor_ui.domain.roles import Role
from mentor_ui.gate import MINE, Refused, acting, allow, follow, reading, say, writing
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.package_words import left_of
from mentor_ui.services import package_ends, package_lists
from mentor_ui.services.package_lists import OwnedPackage
from mentor_ui.settings import get_settings

STUDENTS = (Role.STUDENT,)


@dataclass(frozen=True)
class PackageRow:
    """A bought package with sessions left.

    Attributes:
        left: Such as `2 of 3 left`.
        until: Until when times can be chosen, in words.
        page: Where a time is chosen; empty while the tutor has paused it.
        fill: What the question before giving it back begins with (JSON).
        to_credit: What goes back of it becomes credit.
    """

    id: str
    title: str
    tutor: str
    left: str
    until: str
    page: str
    fill: str
    to_credit: bool


class StudentPackages(rx.State):
    """A student's packages.

    Attributes:
        rows: Those with sessions left.
        busy: One is being given back.
        problem: Why that could not be done.
        done: Grows when it was, which closes the question.
    """

    rows: list[PackageRow] = []
    busy: bool = False
    problem: str = ""
    done: int = 0

    @rx.event
    @allow(STUDENTS)
    async def load(self) -> None:
        """Show the packages, and keep them up to date."""
        self.busy, self.problem = False, ""
        await follow(self, MINE)
        await self._reload()

    async def _reload(self) -> None:
        actor = await acting(self)
        found = await reading(lambda session: package_lists.owned(session, actor, datetime.now(UTC)))
        if not isinstance(found, Refused):
            self.rows = [_row(one, actor.timezone) for one in found]

    @rx.event
    @allow(STUDENTS)
    def forget_problem(self) -> None:
        """Begin the question anew."""
        self.problem = ""

    @rx.event
    @allow(STUDENTS)
    async def give_back(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Give the rest of a package back, unless that would now mean something else."""
        purchase_id, seen_kobo = (
            parse_id(form_text(form, "purchase")),
            parse_id(form_text(form, "refund_kobo")),
        )
        if purchase_id is None or seen_kobo is None or self.busy:
            return
        actor = await acting(self)
        to_credit = next((one.to_credit for one in self.rows if one.id == str(purchase_id)), False)
        where = "is your credit again" if to_credit else f"goes back {THE_WAY_IT_CAME}"
        self.busy, self.problem = True, ""
        yield
        done = await writing(
            lambda session: package_ends.return_rest(
                session,
                actor,
                purchase_id=purchase_id,
                refund_seen_kobo=seen_kobo,
                public_url=get_settings().public_url,
                now=datetime.now(UTC),
            )
        )
        self.busy = False
        if isinstance(done, Refused):
            self.problem = done.message
        else:
            self.done += 1
            await say(self, f"{show_naira(done)} {where}.{'' if to_credit else f' {BANKS_TAKE}'}")
        await self._reload()


def _row(package: OwnedPackage, zone: str) -> PackageRow:
    amount, to_credit = show_naira(package.back_kobo), package.to_credit_kobo > 0
    where = "back as credit" if to_credit else f"back {THE_WAY_IT_CAME}"
    what = "the 1 unused session" if package.left == 1 else f"the {package.left} unused sessions"
    fee = f" {fee_left_out(package.fee_kobo)}" if package.fee_kobo else ""
    fill = {
        "purchase": str(package.id),
        "refund_kobo": str(package.back_kobo),
        "named": package.title,
        "consequence": f"You get {amount} {where}, for {what}.{fee}",
    }
    return PackageRow(
        id=str(package.id),
        title=package.title,
        tutor=package.tutor_name,
        left=left_of(package.left, package.sessions),
        until=long_day(package.expires_at, zone),
        page=f"/mentorship/checkout/{package.offering_id}" if package.on_offer else "",
        fill=json.dumps(fill),
        to_credit=to_credit,
    )
