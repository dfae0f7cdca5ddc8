"""The dialog about an offering's packages, and the list of those that were sold."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.dialogs import cancel_button, dialog, dialog_actions, refills
from mentor_ui.components.fields import money_field, text_field
from mentor_ui.components.notices import message_notice
from mentor_ui.components.session_row import figure, session_row
from mentor_ui.components.values import shown
from mentor_ui.domain.packages import FEWEST_SESSIONS, LONGEST_DAYS, MOST_SESSIONS, SHORTEST_DAYS
from mentor_ui.pages.package_words import UNUSED
from mentor_ui.pages.tutor.packages_state import OwnPackage, PackagesState, SoldRow

DIALOG = "offering-packages"


def packages_dialog() -> rx.Component:
    """Make the dialog in which packages of one offering are put on sale and taken off it."""
    return dialog(
        _form(),
        id=DIALOG,
        title="Packages",
        sheet=True,
        refill=PackagesState.refill,
    )


def _on_sale(own: rx.Var[OwnPackage]) -> rx.Component:
    package = own.package
    named = f"package-{package.id}"
    return rx.el.li(
        rx.el.div(
            rx.el.p(
                rx.el.strong(package.name),
                " for ",
                rx.el.span(package.price, class_name="price"),
                id=named,
            ),
            rx.el.p(
                rx.el.span(package.each),
                shown(package.saved, rx.el.span(package.saved)),
                rx.el.span(package.valid),
                shown(own.sold, rx.el.span(own.sold)),
                class_name="flex flex-wrap gap-x-3 text-sm text-muted",
            ),
            class_name="min-w-0 flex-1 basis-52",
        ),
        rx.el.div(
            button(
                "Change",
                size="sm",
                on_click=PackagesState.start_over,
                custom_attrs={**refills(DIALOG, own.fill), "aria-describedby": named},
            ),
            button(
                "Take off sale",
                size="sm",
                kind="quiet",
                on_click=PackagesState.retire(package.id),
                custom_attrs={"aria-describedby": named},
            ),
            class_name="flex flex-wrap gap-1.5",
        ),
        class_name="flex flex-wrap items-center gap-x-3 gap-y-2 py-3",
        key=package.id,
    )


def _form() -> rx.Component:
    errors = PackagesState.errors
    return rx.el.form(
        # Without values here, so that React leaves alone what the browser fills in.
        rx.el.input(type="hidden", name="offering"),
        rx.el.input(type="hidden", name="package", custom_attrs={"data-identity": ""}),
        rx.el.p(
            rx.el.output(name="named", class_name="font-bold wrap-anywhere"),
            rx.el.span(
                " is ",
                rx.el.output(name="single"),
                " per session. A package sells several for less; students choose the times later.",
                class_name="text-muted",
            ),
        ),
        rx.cond(
            PackagesState.on_sale,
            rx.el.ul(
                rx.foreach(PackagesState.on_sale, _on_sale),
                class_name="flex flex-col divide-y border-y",
                aria_label="On sale",
            ),
        ),
        rx.el.h3(
            rx.el.span("New package", class_name="for-new"),
            rx.el.span("Change this package", class_name="for-old"),
            class_name="title",
        ),
        rx.el.div(
            text_field(
                "Sessions",
                name="sessions",
                input_mode="numeric",
                auto_complete="off",
                hint=f"{FEWEST_SESSIONS} to {MOST_SESSIONS}.",
                error=errors.sessions,
                on_blur=PackagesState.type_sessions,
            ),
            money_field(
                "Price of the package",
                name="package_price",
                placeholder="12,000",
                hint="For all of its sessions.",
                error=errors.package_price,
                on_blur=PackagesState.type_price,
            ),
            text_field(
                "Days to use it",
                name="valid_days",
                input_mode="numeric",
                auto_complete="off",
                hint=f"{SHORTEST_DAYS} to {LONGEST_DAYS}, from the day it is bought.",
                error=errors.valid_days,
            ),
            class_name="grid gap-5 sm:grid-cols-2 items-start",
        ),
        rx.el.p(PackagesState.preview, role="status", class_name="text-sm font-semibold empty:absolute"),
        rx.el.p(
            UNUSED,
            " A session that a student cancels comes back to the package as long as your policy gives "
            "anything back. What was bought keeps its price whatever you change.",
            class_name="text-sm text-muted",
        ),
        rx.el.div(message_notice(errors.whole), class_name="has-[>:empty]:-mt-5"),
        dialog_actions(
            button(
                "New package instead",
                on_click=PackagesState.start_over,
                class_name="for-old",
                custom_attrs=refills(DIALOG, PackagesState.blank),
            ),
            cancel_button(DIALOG, "Done", class_name="for-new"),
            button(
                rx.el.span("Offer package", class_name="for-new"),
                rx.el.span("Save changes", class_name="for-old"),
                kind="primary",
                type="submit",
                busy=PackagesState.busy,
            ),
        ),
        on_submit=PackagesState.save,
        no_validate=True,
        class_name="flex flex-col gap-5",
    )


def sold_packages() -> rx.Component:
    """Show the packages of which sessions are still owed."""

    def row(sold: rx.Var[SoldRow]) -> rx.Component:
        return session_row(
            key=sold.id,
            title=sold.title,
            about=rx.fragment(sold.student, " · until ", sold.until),
            figures=rx.fragment(figure("Sessions", sold.left), figure("Still owed", sold.owed)),
        )

    return rx.cond(
        PackagesState.sold,
        rx.el.section(
            rx.el.div(
                rx.el.h2("Packages sold"),
                rx.el.span(PackagesState.owed, " still owed as sessions", class_name="text-sm text-muted"),
                class_name="flex flex-wrap items-baseline gap-x-3 mb-4",
            ),
            rx.el.div(rx.foreach(PackagesState.sold, row), class_name="flex flex-col gap-3"),
            class_name="mb-9",
            id="packages-sold",
        ),
    )
