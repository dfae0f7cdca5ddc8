"""What has begun on a tab's state comes to its end, also when its page has moved on.

Reflex cancels the load of a page as soon as the tab opens the next one. On Redis, a load that was cancelled
after its answer went out, but before the state was kept, leaves a state older than what the page shows.
What the next load then finds unchanged it does not send, and the page stays as it is for good. So only
what still waits is dropped: the next load comes after the one that runs.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import reflex as rx
from reflex_base.event.processor.event_processor import EventQueueEntry
from reflex_base.event.processor.future import EventFuture
from reflex_base.registry import RegisteredEventHandler


@asynccontextmanager
async def finishing(app: rx.App) -> AsyncGenerator[None]:
    """Let events that hold a tab's state finish, for as long as the block runs; one per web process.

    Args:
        app: The application, whose event processor runs.
    """
    processor = app.event_processor
    execute, give_up = processor._execute_event, processor._on_future_done  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    at_work: set[str] = set()

    async def to_the_end(*, entry: EventQueueEntry, registered_handler: RegisteredEventHandler) -> None:
        # A handler in the background holds no state while it works, and may go on for minutes.
        if not registered_handler.handler.is_background:
            at_work.add(entry.ctx.txid)
        try:
            await execute(entry=entry, registered_handler=registered_handler)
        finally:
            at_work.discard(entry.ctx.txid)

    def unless_at_work(future: EventFuture) -> None:
        if future.txid not in at_work:
            give_up(future)

    processor._execute_event = to_the_end  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    processor._on_future_done = unless_at_work  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    yield
