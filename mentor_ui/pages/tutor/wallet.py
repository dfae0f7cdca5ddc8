"""A tutor's wallet: what is there, what comes when, and how it gets to the bank."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.empty_states import failed_state
from mentor_ui.components.layout import page_heading
from mentor_ui.components.skeletons import loading, skeleton
from mentor_ui.domain.roles import TEACHING
from mentor_ui.gate import Notice
from mentor_ui.pages.frame import framed
from mentor_ui.pages.registry import page
from mentor_ui.pages.tutor.bank_account_view import bank_account_card, bank_account_dialog
from mentor_ui.pages.tutor.wallet_state import WalletState
from mentor_ui.pages.tutor.wallet_view import (
    figures_row,
    lines_card,
    owing_notice,
    pending_card,
    withdraw_card,
)

ROUTE = "/tutor/wallet"


@page(
    ROUTE,
    title="Wallet",
    description="What you earned, what is on its way, and how to take it out.",
    on_load=WalletState.load,
    who=TEACHING,
)
def wallet_page() -> rx.Component:
    """Show the tutor's wallet."""
    return framed(
        page_heading("Wallet", "What you earned with your sessions, and how it gets to your bank."),
        rx.cond(
            WalletState.ready,
            rx.fragment(
                owing_notice(),
                figures_row(),
                rx.el.div(
                    rx.el.div(
                        withdraw_card(),
                        bank_account_card(),
                        class_name="flex flex-col gap-5 min-w-0 lg:order-2",
                    ),
                    rx.el.div(
                        pending_card(),
                        lines_card(),
                        class_name="flex flex-col gap-5 min-w-0",
                    ),
                    class_name="grid gap-5 items-start lg:grid-cols-[minmax(0,1fr)_400px]",
                ),
                bank_account_dialog(),
            ),
            rx.cond(
                (WalletState.problem != "") | Notice.trouble,
                failed_state(
                    "Your wallet could not be loaded",
                    "Nothing is lost. Please try again in a moment.",
                    action=button("Try again", icon="refresh-cw", on_click=WalletState.load),
                ),
                loading(
                    *[skeleton("h-28 rounded-card") for _ in range(3)],
                    class_name="grid gap-4 sm:grid-cols-3",
                ),
            ),
        ),
        current=ROUTE,
    )
