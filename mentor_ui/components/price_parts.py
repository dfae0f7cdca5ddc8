"""What becomes of a price while it is typed, worked out in the browser (`assets/mentor.js`)."""

import reflex as rx

from mentor_ui.components.values import Text

PARTS = (
    ("student", "Student pays"),
    ("fee", "Paystack's fee"),
    ("platform", "Platform"),
    ("tutor", "You receive"),
)


def price_parts(*, id: str, fee_note: Text) -> rx.Component:  # noqa: A002
    """Show the four parts of a price that is being typed, and the step in Paystack's fee when it is near.

    Args:
        id: Unique on the page; the price's field names it (`money_field(parts=…)`).
        fee_note: Whose cost the fee is, such as "our cost".

    Returns:
        A list that is hidden until there is a price.
    """
    return rx.el.div(
        rx.el.dl(
            *(
                rx.el.div(
                    rx.el.dt(label, class_name="text-sm text-muted"),
                    rx.el.dd(
                        rx.el.span(class_name="price text-base", custom_attrs={"data-part": part}),
                        rx.el.span(fee_note, class_name="block text-sm text-muted")
                        if part == "fee"
                        else rx.fragment(),
                    ),
                )
                for part, label in PARTS
            ),
            class_name="grid grid-cols-2 sm:grid-cols-4 gap-x-5 gap-y-3",
        ),
        rx.el.p(class_name="text-sm text-muted empty:hidden", custom_attrs={"data-part": "step"}),
        id=id,
        hidden=True,
        class_name="flex flex-col gap-2 rounded-md border p-4 [&[hidden]]:hidden",
    )
