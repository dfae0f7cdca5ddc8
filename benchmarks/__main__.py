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


MEASURES = (
    queries.measure,
    endpoint.measure,
    slots.measure,
    bookings.measure,
    settling.measure,
    events.measure,
    page_loads.measure,
)


def main() -> None:
    """Run, print, write; when one fails, what the others measured is printed all the same."""
    results: list[Result] = []
    began = time.perf_counter()
    try:
        for measure in MEASURES:
            name = measure.__module__.rpartition(".")[2]
            sys.stderr.write(f"Measuring {name}\n")
            started = time.perf_counter()
            with tempfile.TemporaryDirectory(prefix="mentor-bench-") as folder:
                results += measure(Path(folder))
            results.append(Result(f"Running {name}", time.perf_counter() - started, "s"))
        results.append(Result("Running all of them", time.perf_counter() - began, "s", budget=BUDGET_SECONDS))
    finally:
        _show(results)


def _show(results: list[Result]) -> None:
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "results.json").write_text(json.dumps([result.as_dict() for result in results], indent=2))
    width = max((len(result.what) for result in results), default=0)
    for result in results:
        sys.stdout.write(f"{result.what:<{width}}  {result.shown}\n")


main()
