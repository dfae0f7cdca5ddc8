"""What runs for as long as the server does, in each of its worker processes.

Connections, threads and durable jobs start here and nowhere at import, as the server imports the
application before it makes its workers.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from mentor_ui.db.shared import close_shared
from mentor_ui.logs import configure_logs
from mentor_ui.processes import die_with_parent
from mentor_ui.settings import Settings
from mentor_ui.web.interpreter import prepare_for_serving

Part = Callable[[], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def shared_closed() -> AsyncGenerator[None]:
    """Close the connections to Redis at the end."""
    try:
        yield
    finally:
        await close_shared()


class Lifespan:
    """The parts of the application that have to be started and stopped, in order.

    Args:
        settings: The application's settings.
        parts: Makers of context managers; entered in order, left in reverse.
    """

    __name__ = "mentor"  # Reflex names its lifespan tasks in its logs by this.

    def __init__(self, settings: Settings, *parts: Part) -> None:
        self._settings = settings
        self._parts = parts

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[None]:
        """Run all parts."""
        die_with_parent()
        configure_logs(self._settings)
        prepare_for_serving()
        async with AsyncExitStack() as stack:
            for part in self._parts:
                await stack.enter_async_context(part())
            yield
