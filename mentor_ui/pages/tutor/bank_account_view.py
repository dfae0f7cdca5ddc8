"""The bank account in the wallet: its card, and the dialog that sets it."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import section_card
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, dialog_button
from mentor_ui.components.fields import select_field, text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.pages.tutor.bank_account_state import BankAccountState
from mentor_ui.pages.tutor.wallet_state import WalletState

DIALOG = "bank-account"
SILENT = "has-[>:empty]:hidden"

account = WalletState.account
found = BankAccountState.found
errors = BankAccountState.errors


def bank_account_card() -> rx.Component:
    """Show where the money goes."""
    return section_card(
        "Bank account",
        rx.cond(
            account.number,
            rx.el.div(
                rx.el.p(account.holder, class_name="font-semibold [overflow-wrap:anywhere]"),
                rx.el.p(account.bank, " ", account.number, class_name="text-muted tabular-nums"),
            ),
            rx.el.p(
                "None yet. Withdrawals go to an account at any Nigerian bank, in your name.",
                class_name="text-muted",
            ),
        ),
        rx.el.div(
            rx.cond(
                account.number,
                dialog_button(
                    "Change bank account", dialog=DIALOG, icon="pencil", on_click=BankAccountState.begin
                ),
                dialog_button(
                    "Add bank account",
                    dialog=DIALOG,
                    icon="plus",
                    kind="primary",
                    on_click=BankAccountState.begin,
                ),
            )
        ),
    )


def bank_account_dialog() -> rx.Component:
    """Make the dialog that sets the account: first bank and number, then name and password."""
    return dialog(
        rx.el.div(message_notice(errors.whole), class_name=SILENT),
        rx.cond(found.holder, _confirm(), _ask()),
        id=DIALOG,
        title="Bank account",
        narrow=True,
        close_on=BankAccountState.saved,
    )


def _ask() -> rx.Component:
    return rx.el.form(
        select_field("Bank", BankAccountState.banks, name="bank", id="bank", error=errors.bank),
        text_field(
            "Account number",
            name="account_number",
            id="account-number",
            input_mode="numeric",
            auto_complete="off",
            max_length=20,
            hint="Ten digits (NUBAN).",
            error=errors.account_number,
        ),
        dialog_actions(
            cancel_button(DIALOG),
            button("Check account", type="submit", kind="primary", busy=BankAccountState.busy),
        ),
        on_submit=BankAccountState.look_up,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )


def _confirm() -> rx.Component:
    return rx.el.form(
        rx.el.div(
            rx.el.p("The bank says this account belongs to", class_name="text-sm text-muted"),
            rx.el.p(found.holder, class_name="title [overflow-wrap:anywhere]"),
            rx.el.p(found.bank, " ", found.number, class_name="text-muted tabular-nums"),
            role="status",
            class_name="rounded-[12px] bg-raised px-4 py-3",
        ),
        rx.el.p(
            "Money sent to a wrong account cannot be fetched back. Save it only if this is you.",
            class_name="text-sm",
        ),
        text_field(
            "Password",
            name="password",
            id="account-password",
            type="password",
            auto_complete="current-password",
            auto_focus=True,
            hint="Your own, so that nobody else can send your money elsewhere. We also mail you.",
            error=errors.password,
        ),
        dialog_actions(
            button("Another account", on_click=BankAccountState.look_again),
            button("Save account", type="submit", kind="primary", busy=BankAccountState.busy),
        ),
        on_submit=BankAccountState.save,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )
