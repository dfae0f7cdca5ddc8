"""From a page of ours to Paystack's."""

import asyncio
from datetime import UTC, datetime

import reflex as rx

from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.ways_to_pay import Way
from mentor_ui.gate import Refused, acting
from mentor_ui.gate.work import refused
from mentor_ui.resources import get_resources
from mentor_ui.services.checkout import start_payment


async def payment_page(state: rx.State, booking_id: int, way: Way | None = None) -> str | Refused:
    """Return the address of Paystack's page for a held booking, or why there is none.

    Args:
        state: The page's State; Paystack sends the payer back to the address under which the page is open.
        booking_id: The hold.
        way: How the student pays; None for the way that was chosen last, a card at first.
    """
    actor, resources = await acting(state), get_resources()
    origin = str(state.router.headers.origin)
    public_url = origin if origin in resources.settings.allowed_origins else resources.settings.public_url
    try:
        opened = await asyncio.to_thread(
            start_payment,
            resources.database,
            resources.payments,
            actor,
            booking_id=booking_id,
            public_url=public_url,
            now=datetime.now(UTC),
            way=way,
        )
    except DomainError as error:
        return refused(error)
    return opened.authorization_url
