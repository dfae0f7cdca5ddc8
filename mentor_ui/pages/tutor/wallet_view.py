"""The parts of the wallet: figures, withdrawing, what is pending, payouts, lines, statements."""

import reflex as rx

from mentor_ui.components.badges import badge
from mentor_ui.components.buttons import button, outside_link_button
from mentor_ui.components.cards import section_card, stat_card
from mentor_ui.components.empty_states import empty_state
from mentor_ui.components.fields import kept_text, money_field, select_field
from mentor_ui.components.links import link
from mentor_ui.components.local_time import local_time
from mentor_ui.components.notices import notice
from mentor_ui.components.values import shown
from mentor_ui.pages.tutor.wallet_shown import LineRow, PayoutRow, ShareRow
from mentor_ui.pages.tutor.wallet_state import MOST_LINES, WalletState

figures = WalletState.figures


def figures_row() -> rx.Component:
    """Show what the tutor has."""
    return rx.el.div(
        rx.el.div(
            stat_card(
                "Available",
                figures.available,
                note=rx.cond(
                    figures.kept,
                    f"{figures.kept} more is kept while a bank questions a payment",
                    "Yours to withdraw",
                ),
            ),
            class_name="max-sm:col-span-2 grid",
        ),
        stat_card("Pending", figures.pending, note="From sessions ahead or just over"),
        stat_card("On its way", figures.in_flight, note="To your bank, with the fee"),
        class_name="grid gap-4 grid-cols-2 sm:grid-cols-3 mb-5",
    )


def owing_notice() -> rx.Component:
    """Say that the wallet is below zero, and how that ends."""
    return shown(
        figures.owes,
        rx.el.div(
            notice(
                f"Your wallet is {figures.owes} below zero",
                rx.el.p(
                    "A payment went back to a student after you had withdrawn your share. "
                    "What you earn next evens it out; there is nothing you need to pay."
                ),
                tone="warning",
            ),
            class_name="mb-5",
        ),
    )


def withdraw_card() -> rx.Component:
    """Make the form that takes money out."""
    return section_card(
        "Withdraw",
        rx.cond(
            figures.hindrance,
            rx.fragment(
                rx.el.p(figures.hindrance, class_name="text-muted"),
                rx.el.div(button("Withdraw", kind="primary", icon="wallet", disabled=True)),
            ),
            rx.el.form(
                kept_text(
                    money_field(
                        "Amount",
                        name="amount",
                        id="withdraw-amount",
                        default_value=figures.most,
                        max_length=20,
                        error=WalletState.amount_error,
                        on_change=WalletState.weigh.debounce(250),
                    )
                ),
                rx.el.input(type="hidden", name="seen", value=WalletState.seen),
                rx.el.div(_meaning(), aria_live="polite", class_name="min-h-[3.5rem] text-sm"),
                rx.el.div(button("Withdraw", type="submit", kind="primary", icon="wallet")),
                key=WalletState.form_version.to_string(),
                on_submit=WalletState.withdraw,
                no_validate=True,
                class_name="flex flex-col gap-4",
            ),
        ),
        rx.cond(
            WalletState.payouts,
            rx.el.ul(
                rx.foreach(WalletState.payouts, _payout), class_name="flex flex-col divide-y border-t -mb-2"
            ),
        ),
    )


def _meaning() -> rx.Component:
    quote = WalletState.quote
    return rx.cond(
        quote.is_enough,
        rx.fragment(
            rx.el.p(
                rx.el.strong(quote.amount),
                " arrives at ",
                WalletState.account.bank,
                " ",
                WalletState.account.number,
                ".",
            ),
            rx.el.p(
                f"The transfer costs {quote.fee}, so {quote.total} leaves your wallet.",
                class_name="text-muted",
            ),
        ),
        rx.el.p(f"The least you can withdraw is {figures.minimum}.", class_name="text-muted"),
    )


def _payout(row: rx.Var[PayoutRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(row.amount, class_name="price"),
            badge(row.state, tone=row.tone),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        rx.el.p(row.about, class_name="text-sm text-muted"),
        shown(row.note, rx.el.p(row.note, class_name="text-sm")),
        rx.el.p("Reference ", row.reference, class_name="text-xs text-muted [overflow-wrap:anywhere]"),
        key=row.id,
        class_name="py-3 flex flex-col gap-0.5",
    )


def pending_card() -> rx.Component:
    """Show what is in escrow, and when each part falls due."""
    return rx.cond(
        WalletState.shares,
        section_card(
            "Pending",
            rx.el.ul(rx.foreach(WalletState.shares, _share), class_name="flex flex-col divide-y -my-2"),
        ),
    )


def _share(row: rx.Var[ShareRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            link(
                row.title,
                to=f"/mentorship/session/{row.session}",
                class_name="font-semibold underline decoration-control underline-offset-4",
            ),
            rx.el.p(row.about, class_name="text-sm text-muted"),
            rx.el.p(
                rx.cond(
                    row.is_questioned,
                    "Waits until the disagreement about it is decided",
                    rx.fragment("Available ", local_time(row.due, at=row.due_at)),
                ),
                class_name="text-sm",
            ),
            class_name="flex-1 min-w-0 [overflow-wrap:anywhere]",
        ),
        rx.el.span(row.amount, class_name="price"),
        key=row.session,
        class_name="flex items-start justify-between gap-4 py-3",
    )


def lines_card() -> rx.Component:
    """Show every line of the wallet, and lead to its statements."""
    return section_card(
        "All lines",
        rx.cond(
            WalletState.lines,
            rx.fragment(
                rx.el.ul(rx.foreach(WalletState.lines, _line), class_name="flex flex-col divide-y -my-2"),
                rx.cond(
                    (WalletState.after != "") & (WalletState.shown < MOST_LINES),
                    rx.el.div(button("Show older lines", on_click=WalletState.show_more)),
                ),
                _statements(),
            ),
            empty_state(
                "Nothing has come in yet",
                "Some time after a session is over, your share of it appears here.",
                icon="wallet",
            ),
        ),
    )


def _line(row: rx.Var[LineRow]) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.p(row.what, class_name="font-semibold"),
            rx.cond(
                row.session,
                rx.el.p(
                    link(
                        row.about,
                        to=f"/mentorship/session/{row.session}",
                        class_name="underline decoration-control underline-offset-4",
                    ),
                    class_name="text-sm",
                ),
                rx.el.p(row.about, class_name="text-sm empty:hidden"),
            ),
            rx.el.p(local_time(row.when, at=row.at), class_name="text-sm text-muted"),
            class_name="flex-1 min-w-0 [overflow-wrap:anywhere]",
        ),
        rx.el.div(
            rx.el.p(row.amount, class_name=rx.cond(row.is_in, "price text-primary", "price")),
            rx.el.p("Balance ", row.balance, class_name="text-sm text-muted tabular-nums"),
            class_name="text-right",
        ),
        key=row.id,
        class_name="flex items-start justify-between gap-4 py-3",
    )


def _statements() -> rx.Component:
    file = f"/api/wallet/statements/{WalletState.month}"
    return rx.el.div(
        rx.el.div(
            select_field(
                "Monthly statement",
                WalletState.months,
                name="month",
                id="statement-month",
                value=WalletState.month,
                on_change=WalletState.choose_month,
            ),
            class_name="basis-52 grow max-w-xs",
        ),
        rx.el.div(
            outside_link_button("Download PDF", href=f"{file}.pdf", icon="receipt"),
            outside_link_button("Download CSV", href=f"{file}.csv"),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="flex flex-wrap items-end gap-3 pt-4 border-t",
    )
