"""Starting and stopping the durable work of a process.

Called from the server's lifespan or by the worker command, never at import: the server imports the
application and then forks, and threads do not survive that.
"""

import os
import threading
from typing import NamedTuple

import structlog
from dbos import DBOS, DBOSConfig

from mentor_ui.db.durable_queue import APPLICATION_VERSION
from mentor_ui.db.engine import JOB_CONNECTIONS
from mentor_ui.jobs import (
    calendar_polling,
    calendar_writing,
    daily_books,
    disputing,
    mail_delivery,
    package_reminding,
    paying_out,
    payment_events,
    refunding,
    reminding,
    rooms,
    zoom_events,
)
from mentor_ui.jobs.executors import is_kept
from mentor_ui.jobs.sale_news import SaleNews
from mentor_ui.jobs.sweeps import sweep
from mentor_ui.resources import Resources


class Pace(NamedTuple):
    """How a process works on one kind of job.

    Attributes:
        at_once: How many of it at the same time.
        seconds: Between two looks into its queue; each costs every process some statements, even at rest.
    """

    at_once: int
    seconds: float


JOBS = {
    mail_delivery.DELIVER_MAIL: Pace(5, 0.5),
    payment_events.HANDLE_PAYSTACK_EVENT: Pace(4, 0.5),
    rooms.SYNC_ROOM: Pace(3, 0.5),
    refunding.SEND_REFUND: Pace(2, 1.0),
    zoom_events.HANDLE_ZOOM_EVENT: Pace(2, 1.0),
    paying_out.SEND_PAYOUT: Pace(1, 1.0),
    calendar_writing.WRITE_SESSION: Pace(1, 1.0),
    disputing.ANSWER_DISPUTE: Pace(1, 2.0),
    rooms.CHECK_ROOM: Pace(1, 2.0),
    calendar_polling.POLL_CALENDAR: Pace(1, 2.0),
    reminding.REMIND: Pace(1, 2.0),
    package_reminding.REMIND_PACKAGE: Pace(1, 5.0),
    daily_books.CHECK_BOOKS: Pace(1, 5.0),
}
"""By the name of the workflow, which is its queue's, too; together no more than `JOB_CONNECTIONS` at once."""

SWEEP_SECONDS = 5.0
NEWS_SECONDS = 0.2
"""How often it is looked whether something was sold."""

STOP_SECONDS = 15
"""How long a stop waits at most for steps that run: whoever has this name next runs them again."""

log = structlog.get_logger()


class JobRuntime:
    """The jobs of one process.

    Args:
        resources: What the jobs work with.
        executor_id: Name of this process, from `own_name`.
    """

    def __init__(self, resources: Resources, executor_id: str) -> None:
        self.resources = resources
        self.executor_id = executor_id
        self._stopping = threading.Event()
        self._sweeper = threading.Thread(target=self._sweep_until_stopped, name="sweeper", daemon=True)
        self._follower = threading.Thread(target=self._follow_until_stopped, name="follower", daemon=True)

    def start(self) -> None:
        """Launch the queue, the sweeper and the follower; work left of an earlier life begins at once."""
        config: DBOSConfig = {
            "name": "mentor",
            "system_database_url": self.resources.database.url,
            "executor_id": self.executor_id,
            "application_version": APPLICATION_VERSION,
            "sys_db_pool_size": 2 * JOB_CONNECTIONS,
            "max_executor_threads": 2 * JOB_CONNECTIONS,
            "log_level": "WARNING",
        }
        DBOS(config=config)
        DBOS.launch()
        for job, pace in JOBS.items():
            DBOS.register_queue(job, worker_concurrency=pace.at_once, polling_interval_sec=pace.seconds)
        self._sweeper.start()
        self._follower.start()
        log.info("jobs started", executor=self.executor_id, workflows=len(JOBS))

    def stop(self) -> None:
        """Stop taking work, let running steps end, and leave the rest to the next start."""
        self._stopping.set()
        for thread in (self._sweeper, self._follower):
            thread.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=STOP_SECONDS)

    def _sweep_until_stopped(self) -> None:
        while not self._stopping.wait(SWEEP_SECONDS):
            if not is_kept(self.executor_id):
                log.critical("others may run this process's jobs, so it ends", executor=self.executor_id)
                # At once: every step that goes on here may be done twice. Who started it starts it anew.
                os._exit(1)
            sweep(self.resources)

    def _follow_until_stopped(self) -> None:
        news = SaleNews(self.resources)
        while not self._stopping.wait(NEWS_SECONDS):
            try:
                while news.follow() and not self._stopping.is_set():
                    pass
            except Exception:
                # A database that is away for a moment ends no sale's news.
                log.exception("sales could not be followed")
