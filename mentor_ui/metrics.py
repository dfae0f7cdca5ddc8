"""What a process counts about itself, for Prometheus. Labels are names of ours, never of a person."""

from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Histogram

QUICK = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)

EVENTS = Histogram(
    "mentor_event_seconds",
    "From an event's arrival to its state being saved, by handler.",
    ["handler"],
    buckets=QUICK,
)
EVENTS_FAILED = Counter("mentor_events_failed", "Events whose handler raised.", ["handler"])
REQUESTS = Histogram(
    "mentor_request_seconds",
    "HTTP requests, by method and kind of answer.",
    ["method", "answer"],
    buckets=QUICK,
)
QUERIES = Histogram("mentor_query_seconds", "Statements run on the database.", ["kind"], buckets=QUICK)
PROVIDER_CALLS = Histogram(
    "mentor_provider_call_seconds",
    "Calls of Paystack, Zoom and others, by how they ended.",
    ["provider", "outcome"],
    buckets=SLOW,
)


def handler_label(event_name: str) -> str:
    """Return the short name of a registered handler: `ScheduleState.save` as `schedule_state.save`."""
    state, _, handler = event_name.rpartition(".")
    return f"{state.rpartition('____')[2]}.{handler}"


@contextmanager
def provider_call(provider: str) -> Generator[None]:
    """Measure one call; what it raises names how it ended.

    Args:
        provider: Whom it goes to.
    """
    began, outcome = perf_counter(), "answered"
    try:
        yield
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        PROVIDER_CALLS.labels(provider, outcome).observe(perf_counter() - began)
