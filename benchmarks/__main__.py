"""`make bench`: run every benchmark, print one table and write it as JSON.

The machine's noise is larger than most differences: trust the ratios inside one run.
"""

import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks import bookings, endpoint, events, market, page_loads, queries, settling, slots
from benchmarks.result import Result
from mentor_ui import front_end
from mentor_ui.settings import get_settings

OUTPUT = Path("bench-results")
BUDGET_SECONDS = 900.0
"""All of them together on two cores; the first run also makes the markets that are kept."""

Measure = Callable[[Path], Iterable[Result]]

MEASURES: dict[str, Measure] = {
    "queries": queries.measure,
    "endpoint": endpoint.measure,
    "slots": slots.measure,
    "bookings": bookings.measure,
    "settling": settling.measure,
    "events": events.measure,
    "page_loads": page_loads.measure,
}


def main() -> int:
    """Run those that are named, or all; print and write what was measured.

    Returns:
        The exit status: how many failed. What the others measured is printed all the same.
    """
    names = sys.argv[1:] or list(MEASURES)
    results: list[Result] = []
    failed: list[str] = []
    began = time.perf_counter()
    # Built before, or the first server that is started would be waited for in vain.
    _attempt("Building", _build, results, failed)
    if {"queries", "endpoint"} & set(names):
        _attempt("Making what is not kept", _make, results, failed)
    for name in names:
        _attempt(f"Measuring {name}", MEASURES[name], results, failed)
    budget = BUDGET_SECONDS if len(names) == len(MEASURES) else None
    results.append(Result("All of that", time.perf_counter() - began, "s", budget=budget))
    _write(results, failed)
    _show(results, failed)
    return len(failed)


def _attempt(what: str, measure: Measure, results: list[Result], failed: list[str]) -> None:
    _say(what)
    started = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="mentor-bench-", ignore_cleanup_errors=True) as folder:
            for result in measure(Path(folder)):
                results.append(result)
                _say(f"  {result.what}  {result.shown}")
    except Exception:  # noqa: BLE001 - shown, and the others have their turn
        traceback.print_exc()
        failed.append(what)
    results.append(Result(what, time.perf_counter() - started, "s"))
    # What stands there already outlives whoever ends the run.
    _write(results, failed)


def _build(_folder: Path) -> list[Result]:
    front_end.build(report=_say, log=get_settings().mentor_home / "front-end.log")
    return []


def _make(_folder: Path) -> list[Result]:
    market.make_both(queries.OFFERINGS)
    return []


def _write(results: list[Result], failed: list[str]) -> None:
    OUTPUT.mkdir(exist_ok=True)
    written = {"failed": failed, "results": [result.as_dict() for result in results]}
    (OUTPUT / "results.json").write_text(json.dumps(written, indent=2))


def _show(results: list[Result], failed: list[str]) -> None:
    width = max((len(result.what) for result in results), default=0)
    sys.stdout.write(f"{'':<{width}}  {'measured':>10} {'':<10} {'beside':>16} {'budget':>12} verdict\n")
    for result in results:
        sys.stdout.write(f"{result.what:<{width}}  {result.shown}\n")
    over = sum(result.verdict == "over" for result in results)
    sys.stdout.write(f"{over} over their budget\n")
    if failed:
        sys.stdout.write(f"Failed: {', '.join(failed)}\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
