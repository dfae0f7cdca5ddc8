"""Starting and stopping the durable work of a process.

Called from the server's lifespan or by the worker command, never at import: the server imports the
application and then forks, and threads do not survive that.
"""

import threading

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
from mentor_ui.jobs.sale_news import SaleNews
from mentor_ui.jobs.sweeps import sweep
from mentor_ui.resources import Resources

JOBS = (
    disputing.ANSWER_DISPUTE,
    daily_books.CHECK_BOOKS,
    calendar_polling.POLL_CALENDAR,
    rooms.SYNC_ROOM,
    rooms.CHECK_ROOM,
    zoom_events.HANDLE_ZOOM_EVENT,
    calendar_writing.WRITE_SESSION,
    mail_delivery.DELIVER_MAIL,
    paying_out.SEND_PAYOUT,
    payment_events.HANDLE_PAYSTACK_EVENT,
    refunding.SEND_REFUND,
    reminding.REMIND,
    package_reminding.REMIND_PACKAGE,
)
"""Each is the name of a workflow and of its queue."""

AT_ONCE = JOB_CONNECTIONS // len(JOBS)

POLL_SECONDS = 0.25
SWEEP_SECONDS = 5.0
NEWS_SECONDS = 0.2
"""How often it is looked whether something was sold."""

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
        for job in JOBS:
            DBOS.register_queue(job, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_SECONDS)
        self._sweeper.start()
        self._follower.start()
        log.info("jobs started", executor=self.executor_id, workflows=len(JOBS))

    def stop(self) -> None:
        """Stop taking work, let running steps end, and leave the rest to the next start."""
        self._stopping.set()
        for thread in (self._sweeper, self._follower):
            thread.join(timeout=10)
        DBOS.destroy(workflow_completion_timeout_sec=5)

    def _sweep_until_stopped(self) -> None:
        while not self._stopping.wait(SWEEP_SECONDS):
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
