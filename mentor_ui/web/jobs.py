"""Running the durable jobs inside a web process, for as long as it serves, unless workers run them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool

from mentor_ui.jobs.executors import own_name
from mentor_ui.jobs.runtime import JobRuntime
from mentor_ui.resources import get_resources

WEB = "web"


@asynccontextmanager
async def jobs_running() -> AsyncGenerator[None]:
    """Start the jobs and stop them with the server. A failing start stops the server, loudly."""
    resources = get_resources()
    if resources.settings.many:
        yield
        return
    with own_name(resources.database, WEB) as name:
        runtime = JobRuntime(resources, name)
        await run_in_threadpool(runtime.start)
        try:
            yield
        finally:
            await run_in_threadpool(runtime.stop)
