"""From a page of ours to Paystack's, or past it where credit pays for all."""

from datetime import UTC, datetime
from functools import partial

import reflex as rx

from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.gate import Refused, acting, attempting, writing
from mentor_ui.resources import get_resources
from mentor_ui.services.checkout import (
    buy_package_with_credit,
    pay_with_credit,
    start_package_payment,
    start_payment,
)


async def payment_page(
    state: rx.State, booking_id: int, way: Way | None = None, *, credit_kobo: int | None = None
) -> str | Refused:
    """Return the address of Paystack's page for a held booking, or why there is none.

    Args:
        state: The page's State; Paystack sends the payer back to the address under which the page is open.
        booking_id: The hold.
        way: How the student pays; None for the way that was chosen last, a card at first.
        credit_kobo: What the student's credit pays of it; None for as much as last.
    """
    actor, resources = await acting(state), get_resources()
    opened = await attempting(
        partial(
            start_payment,
            resources.database,
            resources.payments,
            actor,
            booking_id=booking_id,
            public_url=_public_url(state),
            now=datetime.now(UTC),
            way=way,
            credit_kobo=credit_kobo,
            terms=resources.fee_terms,
        )
    )
    return opened if isinstance(opened, Refused) else opened.authorization_url


async def paid_with_credit(state: rx.State, booking_id: int, price_seen_kobo: int) -> str | Refused:
    """Pay for a held booking with the student's credit alone and return the payment's reference.

    Args:
        state: The page's State.
        booking_id: The hold.
        price_seen_kobo: What the student was shown that it costs.
    """
    actor, rules = await acting(state), get_resources().rules
    return await writing(
        lambda session: pay_with_credit(
            session,
            rules,
            actor,
            booking_id=booking_id,
            price_seen_kobo=price_seen_kobo,
            now=datetime.now(UTC),
        )
    )


async def package_paid_with_credit(state: rx.State, package_id: int, price_seen_kobo: int) -> str | Refused:
    """Buy a package with the student's credit alone and return the payment's reference.

    Args:
        state: The page's State.
        package_id: What is bought.
        price_seen_kobo: The price on the student's screen.
    """
    actor, rules = await acting(state), get_resources().rules
    return await writing(
        lambda session: buy_package_with_credit(
            session,
            rules,
            actor,
            package_id=package_id,
            price_seen_kobo=price_seen_kobo,
            now=datetime.now(UTC),
        )
    )


async def package_payment_page(
    state: rx.State, package_id: int, price_seen_kobo: int, way: Way
) -> str | Refused:
    """Return the address of Paystack's page for a package, or why there is none.

    Args:
        state: The page's State; Paystack sends the payer back to the address under which the page is open.
        package_id: What is bought.
        price_seen_kobo: The price on the student's screen.
        way: How the student pays.
    """
    actor, resources = await acting(state), get_resources()
    opened = await attempting(
        partial(
            start_package_payment,
            resources.database,
            resources.payments,
            actor,
            package_id=package_id,
            price_seen_kobo=price_seen_kobo,
            public_url=_public_url(state),
            now=datetime.now(UTC),
            way=way,
            terms=resources.fee_terms,
        )
    )
    return opened if isinstance(opened, Refused) else opened.authorization_url


def _public_url(state: rx.State) -> str:
    settings, origin = get_resources().settings, str(state.router.headers.origin)
    return origin if origin in settings.allowed_origins else settings.public_url
