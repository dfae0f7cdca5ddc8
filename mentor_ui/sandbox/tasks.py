"""Work that happens after the reply: webhook deliveries, transfers that arrive, refunds that move on."""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping

import httpx

from mentor_ui.sandbox.storage import Row
from mentor_ui.sandbox.webhooks import deliver
from mentor_ui.sandbox.wire import Json, Sandbox

TaskStep = Callable[[Sandbox, Json], None]

_log = logging.getLogger(__name__)


class TaskRunner:
    """Runs due tasks from the store; sleeps until the next one is due or something was queued."""

    def __init__(self, sandbox: Sandbox, client: httpx.AsyncClient, steps: Mapping[str, TaskStep]) -> None:
        """Run each task kind by its step from `steps`; the kind `webhook` is built in."""
        self._sandbox = sandbox
        self._client = client
        self._steps = steps
        self._in_flight: set[int] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        wake = self._sandbox.wake
        async with asyncio.TaskGroup() as group:
            while True:
                wake.clear()
                pending = self._sandbox.store.all(
                    "SELECT * FROM tasks WHERE status = 'pending' ORDER BY due_at LIMIT 200"
                )
                waiting = [task for task in pending if task["id"] not in self._in_flight]
                due = [task for task in waiting if task["due_at"] <= time.time()]
                for task in due:
                    self._in_flight.add(task["id"])
                    group.create_task(self._perform(task))
                later = [task["due_at"] for task in waiting if task not in due]
                pause = max(0.0, min(later) - time.time()) if later else None
                try:
                    await asyncio.wait_for(wake.wait(), pause)
                except TimeoutError:
                    continue

    async def _perform(self, task: Row) -> None:
        store = self._sandbox.store
        try:
            if task["kind"] == "webhook":
                outcome, wait = await deliver(
                    self._sandbox, self._client, json.loads(task["payload"]), task["attempts"]
                )
            else:
                with store.transaction():
                    self._steps[task["kind"]](self._sandbox, json.loads(task["payload"]))
                outcome, wait = "done", None
        except Exception as error:  # noqa: BLE001 (a broken task must not stop the others; it is logged)
            _log.exception("task %s failed", task["kind"])
            outcome, wait = f"gave up: {error!r}", None
        finally:
            self._in_flight.discard(task["id"])
        status = "pending" if wait is not None else ("gave_up" if outcome.startswith("gave up") else "done")
        store.run(
            "UPDATE tasks SET attempts = attempts + 1, outcome = ?, status = ?, due_at = ? WHERE id = ?",
            outcome,
            status,
            time.time() + wait if wait is not None else task["due_at"],
            task["id"],
        )
        self._sandbox.wake.set()
