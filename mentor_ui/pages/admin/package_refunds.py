"""Giving the rest of a package back on the operations page: what that means is shown, then it is done."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import text_area
from mentor_ui.components.links import text_link
from mentor_ui.components.notices import message_notice
from mentor_ui.components.session_row import session_row
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.local_time import moment_in_words
from mentor_ui.domain.money import show_naira
from mentor_ui.domain.receipt_links import receipt_path
from mentor_ui.domain.roles import Role
from mentor_ui.gate import Refused, acting, allow, reading, writing
from mentor_ui.pages.admin.refunds import NEWEST, payment_query
from mentor_ui.pages.forms import form_text
from mentor_ui.services import operator_packages
from mentor_ui.services.operator_packages import BoughtPackage, OwedRest
from mentor_ui.services.operator_refunds import LONGEST_REASON, MOST_FOUND
from mentor_ui.settings import get_settings

ADMINS = frozenset({Role.ADMIN})
PACKAGE_DIALOG = "refund-package"


@dataclass(frozen=True)
class PackageLine:
    """A package that was paid for; `give` is empty when nothing of it can go back."""

    id: str
    reference: str
    receipt: str
    title: str
    about: str
    paid: str
    stands: str
    give: str
    meaning: tuple[str, ...]


class PackageRefundsState(rx.State):
    """Packages, and the one whose rest is being given back.

    Attributes:
        chosen: The package that the dialog is about.
        meaning: What giving its rest back does, line by line.
        give: The button that does it, in words.
        done: Counts packages that were given back; the dialog closes when it changes.
        told: What was done, for screen readers.
    """

    rows: list[PackageLine] = []
    chosen: str = ""
    meaning: tuple[str, ...] = ()
    give: str = ""
    busy: bool = False
    problem: str = ""
    problem_field: str = ""
    done: int = 0
    told: str = ""
    _rests: dict[str, OwedRest] = {}
    _seen: OwedRest | None = None

    @rx.event
    @allow(ADMINS)
    async def load(self) -> None:
        """Show the newest packages, or those that the address asks for."""
        self.told = ""
        await self._read()

    @rx.event
    @allow(ADMINS)
    def choose(self, purchase: str) -> None:
        """Say which package the dialog is about, and what giving its rest back means."""
        self.chosen, self._seen = purchase, self._rests.get(purchase)
        self.problem = self.problem_field = ""
        self._say_meaning()

    @rx.event
    @allow(ADMINS)
    async def give_back(self, form: dict[str, Any]) -> AsyncGenerator[None]:
        """Do what was shown."""
        actor, purchase_id, seen = await acting(self), parse_id(self.chosen), self._seen
        if self.busy or purchase_id is None or seen is None:
            return
        reason = form_text(form, "reason")
        self.busy, self.problem, self.problem_field = True, "", ""
        yield
        given = await writing(
            lambda session: operator_packages.give_rest_back(
                session,
                actor,
                purchase_id=purchase_id,
                seen=seen,
                reason=reason,
                public_url=get_settings().public_url,
                now=datetime.now(UTC),
            )
        )
        self.busy = False
        await self._read()
        if isinstance(given, Refused):
            self.problem, self.problem_field = given.message, given.field
            self._seen = self._rests.get(self.chosen)
            self._say_meaning()
        else:
            self.told = f"{show_naira(given)} is on its way back. Student and tutor are told."
            self.done += 1

    def _say_meaning(self) -> None:
        row = next((one for one in self.rows if one.id == self.chosen), None)
        self.meaning, self.give = (row.meaning, row.give) if row else ((), "")

    async def _read(self) -> None:
        actor, query = await acting(self), payment_query(self)
        limit = MOST_FOUND if query else NEWEST
        found = await reading(
            lambda session: operator_packages.find(session, actor, query=query, limit=limit)
        )
        if not isinstance(found, Refused):
            self.rows = [_line(one, actor.timezone) for one in found]
            self._rests = {str(one.purchase_id): one.rest for one in found}


def _line(one: BoughtPackage, zone: str) -> PackageLine:
    rest = one.rest
    unused = f"{rest.left} session{'' if rest.left == 1 else 's'} without a time"
    credit = f"{show_naira(rest.credit_kobo)} of it becomes credit again, as it was paid."
    return PackageLine(
        id=str(one.purchase_id),
        reference=one.reference,
        receipt=receipt_path(one.reference),
        title=f"{one.sessions} × {one.title}",  # noqa: RUF001 - a multiplication sign
        about=f"{one.student_name} to {one.tutor_name} · {moment_in_words(one.paid_at, zone)}",
        paid=show_naira(one.paid_kobo),
        stands=rest.refusal or f"{unused}, worth {show_naira(rest.refund_kobo)}",
        give="" if rest.refusal else f"Give {show_naira(rest.refund_kobo)} back",
        meaning=(
            f"The student gets {show_naira(rest.refund_kobo)} for {unused}.",
            *([credit] if rest.credit_kobo else []),
            f"The tutor would have earned {show_naira(rest.tutor_kobo)} with that and earns nothing.",
            "Sessions that have a time stay as they are. The package ends, and cannot be used any more.",
            *(["Paystack keeps its fee."] if rest.credit_kobo < rest.refund_kobo else []),
        ),
    )


def refundable_packages() -> rx.Component:
    """List packages, with the dialog that gives the rest of one back; nothing while none was bought."""
    state = PackageRefundsState
    return rx.fragment(
        shown(
            state.rows.length() > 0,
            rx.el.section(
                rx.el.h2("Give the rest of a package back", class_name="mb-4"),
                rx.el.div(rx.foreach(state.rows, _drawn), class_name="flex flex-col gap-3"),
            ),
        ),
        rx.el.p(state.told, role="status", class_name="text-sm empty:absolute"),
        _dialog(),
    )


def _drawn(row: rx.Var[PackageLine]) -> rx.Component:
    return session_row(
        title=row.title,
        about=rx.fragment(
            rx.el.p(row.about),
            rx.el.p(text_link(row.reference, to=row.receipt), class_name="tabular-nums break-all"),
            rx.el.p("Paid ", row.paid, " · ", row.stands),
        ),
        badge=shown(~row.give.bool(), badge("Nothing to give back")),
        actions=shown(
            row.give,
            dialog_button(
                "Give back",
                rx.el.span(" ", row.reference, class_name="sr-only"),
                dialog=PACKAGE_DIALOG,
                size="sm",
                on_click=PackageRefundsState.choose(row.id),
            ),
        ),
        key=row.id,
    )


def _dialog() -> rx.Component:
    state = PackageRefundsState
    return dialog(
        rx.el.ul(rx.foreach(state.meaning, rx.el.li), class_name="flex flex-col gap-1 list-disc pl-5"),
        rx.el.form(
            text_area(
                "Reason",
                name="reason",
                id="package-refund-reason",
                rows=2,
                max_length=LONGEST_REASON,
                hint="One sentence. The student reads it.",
                error=rx.cond(state.problem_field == "reason", state.problem, ""),
            ),
            message_notice(rx.cond(state.problem_field == "", state.problem, ""), tone="warning"),
            dialog_actions(
                cancel_button(PACKAGE_DIALOG, "Keep it"),
                shown(state.give, button(state.give, type="submit", kind="stop", busy=state.busy)),
            ),
            on_submit=state.give_back,
            class_name="flex flex-col gap-4",
        ),
        id=PACKAGE_DIALOG,
        title="Give the rest of a package back",
        close_on=state.done,
    )
