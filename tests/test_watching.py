"""What Prometheus reads of the database: jobs that are not done, by their kind."""

from mentor_ui.db.durable_queue import enqueue
from mentor_ui.db.engine import Database
from mentor_ui.watching import StandingStill


def test_jobs_that_are_not_done_are_counted_by_kind(database: Database) -> None:
    with database.transaction() as session:
        for number in range(3):
            enqueue(session, "count_me", f"job-{number}", str(number))
    found = {
        (sample.labels["job"], sample.labels["state"]): sample.value
        for metric in StandingStill(database).collect()
        for sample in metric.samples
        if metric.name == "mentor_jobs"
    }
    assert found == {("count_me", "enqueued"): 3}
