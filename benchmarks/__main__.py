"""`make bench`: run every benchmark, print one table and write it as JSON.

The machine's noise is larger than most differences: trust the ratios inside one run.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import bookings, endpoint, events, page_loads, queries, settling, slots
from benchmarks.result import Result

OUTPUT = Path("bench-results")
BUDGET_SECONDS = 900.0
"""All of them together on two cores, the first time aside, which makes the markets that are kept."""


def main() -> None:
    """Run, print, write."""
    results: list[Result] = []
    began = time.perf_counter()
    for measure in (
        queries.measure,
        endpoint.measure,
        slots.measure,
        bookings.measure,
        settling.measure,
        events.measure,
        page_loads.measure,
    ):
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="mentor-bench-") as folder:
            results += measure(Path(folder))
        name = measure.__module__.rpartition(".")[2]
        results.append(Result(f"Running {name}", time.perf_counter() - started, "s"))
    results.append(Result("Running all of them", time.perf_counter() - began, "s", budget=BUDGET_SECONDS))
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "results.json").write_text(json.dumps([result.as_dict() for result in results], indent=2))
    width = max(len(result.what) for result in results)
    for result in results:
        sys.stdout.write(f"{result.what:<{width}}  {result.shown}\n")


main()
