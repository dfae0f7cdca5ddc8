"""Operations: the platform's sessions, money and people at a glance."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import reflex as rx
from sqlmodel import Session

from mentor_ui.components.avatars import avatar
from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button
from mentor_ui.components.cards import card, stat_card
from mentor_ui.components.empty_states import empty_state, failed_state
from mentor_ui.components.fields import search_field
from mentor_ui.components.layout import page_heading
from mentor_ui.components.links import link, text_link
from mentor_ui.components.money import price
from mentor_ui.components.session_row import session_row
from mentor_ui.components.skeletons import until_loaded
from mentor_ui.components.tabs import Tab, tabs
from mentor_ui.components.values import shown
from mentor_ui.domain.identifiers import parse_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate import Refused, acting, allow, reading
from mentor_ui.pages.admin.contested import ContestedState, contested_cases
from mentor_ui.pages.admin.disputes import DisputesState, disputes
from mentor_ui.pages.admin.figures import FiguresState, money_figures_today
from mentor_ui.pages.admin.incidents import open_incidents
from mentor_ui.pages.admin.incidents_state import IncidentsState
from mentor_ui.pages.admin.log import LogState, operators_log
from mentor_ui.pages.admin.package_refunds import PackageRefundsState, refundable_packages
from mentor_ui.pages.admin.refunds import RefundsState, refundable_payments
from mentor_ui.pages.admin.shown import (
    AccountTotal,
    PaymentLine,
    PersonLine,
    SessionLine,
    account_totals,
    person_line,
    returned_line,
    session_line,
    waiting_line,
)
from mentor_ui.pages.admin.stuck import stuck_money
from mentor_ui.pages.admin.stuck_state import StuckState
from mentor_ui.pages.admin.subjects_shown import PATH
from mentor_ui.pages.admin.troubled_refunds import TroubledRefundsState, troubled_refunds
from mentor_ui.pages.admin.verifying import ask_anew, code_dialog
from mentor_ui.pages.forms import form_text
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.services import administration

DESCRIPTION = "The platform's sessions, money and people."
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True)
class _Found:
    sessions: tuple[administration.BookedSession, ...]
    money: administration.Money
    people: tuple[administration.Account, ...]


class OperationsState(rx.State):
    """What the three tabs show.

    Attributes:
        balanced: Whether all accounts of the ledger together come to nothing.
        query: What people are searched for.
        only: The one session that the address asks for; empty for the newest.
    """

    sessions: list[SessionLine] = []
    totals: list[AccountTotal] = []
    balanced: bool = True
    waiting: list[PaymentLine] = []
    returned: list[PaymentLine] = []
    people: list[PersonLine] = []
    query: str = ""
    only: str = ""
    loaded: bool = False
    failed: bool = False

    @rx.event
    @allow(ADMINS)
    async def load(self) -> AsyncGenerator[Any, None]:
        """Fill the tabs."""
        self.failed = False
        await ask_anew(self)
        actor = await acting(self)
        self.query = self.router.url.query_parameters.get("q", "")[: administration.QUERY_MAXIMUM]
        query, only = self.query, parse_id(self.router.url.query_parameters.get("session", ""))
        self.only = str(only or "")
        try:
            found = await reading(lambda session: _found(session, actor, query, only))
        except Exception:
            self.failed = True
            yield
            raise
        if not isinstance(found, Refused):
            self._show(found, actor.timezone)

    @rx.event
    @allow(ADMINS)
    def search(self, form: dict[str, Any]) -> Any:
        """Put what is searched for into the address, which loads the page with it."""
        query = form_text(form, "q")[: administration.QUERY_MAXIMUM]
        return rx.redirect(f"{PATH}?q={quote(query)}#people" if query else f"{PATH}#people", replace=True)

    def _show(self, found: _Found, zone: str) -> None:
        self.sessions = [session_line(row, zone) for row in found.sessions]
        self.totals = account_totals(found.money.totals_kobo)
        self.balanced = sum(found.money.totals_kobo.values()) == 0
        self.waiting = [waiting_line(row, zone) for row in found.money.waiting]
        self.returned = [returned_line(row, zone) for row in found.money.returned]
        self.people = [person_line(row, zone) for row in found.people]
        self.loaded = True


def _found(session: Session, actor: Actor, query: str, only: int | None) -> _Found:
    return _Found(
        administration.latest_sessions(session, actor, only=only),
        administration.money(session, actor),
        administration.people(session, actor, query=query),
    )


@page(
    PATH,
    title="Operations",
    description=DESCRIPTION,
    on_load=[
        OperationsState.load,
        ContestedState.load,
        IncidentsState.load,
        TroubledRefundsState.load,
        DisputesState.load,
        FiguresState.load,
        StuckState.load,
        RefundsState.load,
        PackageRefundsState.load,
        LogState.load,
    ],
    who=ADMINS,
)
def operations_page() -> rx.Component:
    """Show the platform."""
    state = OperationsState
    return framed(
        page_heading("Operations", DESCRIPTION),
        rx.cond(
            state.failed,
            failed_state(
                "This did not load",
                "Please try once more; the log says what happened.",
                action=button("Try again", icon="refresh-cw", on_click=state.load),
            ),
            tabs(
                Tab("sessions", "Sessions", _when_loaded(_sessions())),
                Tab("contested", "Contested", contested_cases(), ContestedState.cases.length()),
                Tab(
                    "incidents",
                    "Incidents",
                    rx.el.div(
                        disputes(), troubled_refunds(), open_incidents(), class_name="flex flex-col gap-9"
                    ),
                    IncidentsState.rows.length(),
                ),
                Tab("money", "Money", _money(), StuckState.rows.length()),
                Tab("people", "People", rx.fragment(_people_search(), _when_loaded(_people()))),
                Tab("log", "Log", operators_log()),
                label="Operations",
            ),
        ),
        code_dialog(),
        current=PATH,
        width="reading",
    )


def _when_loaded(panel: rx.Component) -> rx.Component:
    return until_loaded(OperationsState.loaded, panel, rows=4)


def _list(rows: rx.Var[list[Any]], draw: Any, nothing: rx.Component) -> rx.Component:
    return rx.cond(
        rows.length() > 0, rx.el.div(rx.foreach(rows, draw), class_name="flex flex-col gap-3"), nothing
    )


def _sessions() -> rx.Component:
    return rx.fragment(
        shown(
            OperationsState.only,
            rx.el.p(
                "One session is shown. ",
                link("Show the newest", to=f"{PATH}#sessions", class_name="text-link"),
                class_name="mb-4 text-sm",
            ),
        ),
        _session_rows(),
    )


def _session_rows() -> rx.Component:
    return _list(
        OperationsState.sessions,
        lambda row: session_row(
            title=row.title,
            about=rx.fragment(rx.el.p(row.people), rx.el.p(row.when)),
            initials=row.initials,
            hue=row.hue,
            badge=badge(row.status, tone=row.tone),
            actions=_amount(row.price, row.money),
            level=2,
            key=row.id,
        ),
        empty_state("No sessions yet", "New bookings appear here.", icon="calendar"),
    )


def _amount(amount: rx.Var[str], word: rx.Var[str]) -> rx.Component:
    return rx.el.div(
        price(amount, size="sm"),
        rx.el.p(word, class_name="text-sm text-muted"),
        class_name="flex items-baseline gap-2 md:block md:text-right",
    )


def _money() -> rx.Component:
    return rx.el.div(
        money_figures_today(),
        stuck_money(),
        refundable_payments(),
        refundable_packages(),
        _when_loaded(_accounts()),
        class_name="flex flex-col gap-9",
    )


def _accounts() -> rx.Component:
    return rx.el.div(
        rx.el.section(
            rx.el.h2("Ledger", class_name="mb-4"),
            rx.el.div(
                rx.foreach(
                    OperationsState.totals, lambda total: stat_card(total.name, total.amount, note=total.note)
                ),
                class_name="grid gap-4 sm:grid-cols-2 lg:grid-cols-3",
            ),
            rx.el.p(
                rx.cond(
                    OperationsState.balanced,
                    "All accounts together add up to zero, as they must.",
                    "The accounts do not add up. Run “mentor ledger verify” now.",
                ),
                class_name="mt-3 text-sm text-muted",
            ),
        ),
        rx.el.section(
            rx.el.h2("Waiting for Paystack", class_name="mb-4"),
            _list(
                OperationsState.waiting,
                _payment,
                _nothing("Nothing is waiting: every payment has its outcome."),
            ),
        ),
        rx.el.section(
            rx.el.h2("Late payments and refunds", class_name="mb-4"),
            _list(
                OperationsState.returned,
                _payment,
                _nothing("Nothing to give back: no money came late, twice or wrong."),
            ),
        ),
        class_name="flex flex-col gap-9",
    )


def _nothing(text: str) -> rx.Component:
    return card(rx.el.p(text, class_name="text-muted"))


def _payment(row: rx.Var[PaymentLine]) -> rx.Component:
    return session_row(
        title=row.title,
        about=rx.fragment(
            rx.el.p(row.about),
            rx.el.p(text_link(row.reference, to=row.receipt), class_name="tabular-nums break-all"),
        ),
        badge=badge(row.state, tone=row.tone),
        actions=price(row.amount, size="sm"),
        key=row.reference,
    )


def _people_search() -> rx.Component:
    return rx.el.form(
        search_field("Search by name or e-mail", default_value=OperationsState.query, max_length=100),
        button("Search", type="submit"),
        on_submit=OperationsState.search,
        role="search",
        # A field that nobody controls takes up its default only when it appears.
        key=OperationsState.query,
        class_name="grid grid-cols-[minmax(0,1fr)_auto] gap-3 mb-4 max-w-[560px]",
    )


def _people() -> rx.Component:
    return rx.el.div(
        _list(
            OperationsState.people,
            lambda row: rx.el.div(
                avatar(initials=row.initials, hue=row.hue),
                rx.el.div(
                    rx.el.h2(row.name, class_name="title truncate"),
                    rx.el.p(row.email, class_name="text-sm text-muted break-all"),
                    class_name="flex-1 basis-52 min-w-0",
                ),
                rx.el.p(
                    row.roles, " · since ", row.since, class_name="text-sm text-muted first-letter:uppercase"
                ),
                key=row.id,
                class_name="card flex flex-wrap items-center gap-3 px-[18px] py-3",
            ),
            empty_state("Nobody found", "Try a part of the name or of the e-mail address.", icon="users"),
        ),
        aria_live="polite",
    )
