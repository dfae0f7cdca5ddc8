"""What Prometheus reads: a port of its own, which no proxy passes on, for all processes of one start.

The processes write their counts into files in one folder; this one adds them up, and asks the database how
much money and work stands still.
"""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import ColumnClause, TableClause, column, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from mentor_ui import processes
from mentor_ui.db.engine import Database
from mentor_ui.services.monitoring import stuck
from mentor_ui.settings import Settings

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
UNFINISHED = ("ENQUEUED", "DELAYED", "PENDING")


@contextmanager
def exposed(settings: Settings, *, starts_others: bool) -> Generator[None]:
    """Answer Prometheus on METRICS_PORT for as long as the block runs, if there is one.

    A process that was itself started in such a block shows nothing of its own.

    Args:
        settings: The application's settings.
        starts_others: Whether what is shown are the processes started in the block, and not this one.

    Raises:
        StartError: The port is taken.
    """
    if not settings.metrics_port or FOLDER_VARIABLE in os.environ:
        yield
        return
    processes.refuse_taken(settings.metrics_port, "METRICS_PORT", host=settings.metrics_host)
    database = Database(settings.database_url)
    with _counted(settings, starts_others=starts_others) as registry:
        standing_still = StandingStill(database)
        registry.register(standing_still)
        server, thread = start_http_server(settings.metrics_port, settings.metrics_host, registry=registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            registry.unregister(standing_still)
            database.dispose()


@contextmanager
def _counted(settings: Settings, *, starts_others: bool) -> Generator[CollectorRegistry]:
    if not starts_others:
        yield REGISTRY
        return
    folder = settings.mentor_home / f"metrics-{settings.metrics_port}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER_VARIABLE] = str(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(folder))
    try:
        yield registry
    finally:
        del os.environ[FOLDER_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


class StandingStill(Collector):
    """Asks the database at each reading: one answer for all processes, however many there are.

    Args:
        database: Where to look.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Yield what stands still, and the jobs that are not done."""
        up = GaugeMetricFamily("mentor_database_up", "Whether the database answered this reading.")
        try:
            found = list(self._gauges())
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found

    def _gauges(self) -> Iterator[Metric]:
        count = GaugeMetricFamily("mentor_stuck", "Things that should have moved on by now.", labels=["what"])
        kobo = GaugeMetricFamily("mentor_stuck_kobo", "The money in them, in kobo.", labels=["what"])
        with self._database.reading() as session:
            for one in stuck(session, datetime.now(UTC)):
                count.add_metric([one.what], one.count)
                kobo.add_metric([one.what], one.kobo)
            jobs = _jobs(session, is_sqlite=self._database.is_sqlite)
        yield count
        yield kobo
        yield jobs


def _jobs(session: Session, *, is_sqlite: bool) -> Metric:
    jobs = GaugeMetricFamily("mentor_jobs", "Jobs that are not done.", labels=["job", "state"])
    # The library only lists whole jobs, and a backlog of them has to be counted just when it is long.
    name: ColumnClause[str] = column("name")
    status: ColumnClause[str] = column("status")
    table = TableClause("workflow_status", name, status, schema=None if is_sqlite else "dbos")
    counted = select(name, status, func.count()).select_from(table).where(status.in_(UNFINISHED))
    for job, state, number in session.connection().execute(counted.group_by(name, status)):
        jobs.add_metric([job, state.lower()], number)
    return jobs
