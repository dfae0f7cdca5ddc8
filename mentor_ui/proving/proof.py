"""Playing the scenarios, each without and with its guard, and the table of what was seen."""

import tempfile
import textwrap
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from mentor_ui.proving import amounts, crashes, payouts, repeats, returns, times
from mentor_ui.proving.interruption import obey
from mentor_ui.proving.places import Databases, throw_away
from mentor_ui.proving.seen import Scenario, Seen, Verdict
from mentor_ui.proving.world import made_world, quiet, settings_for, started_sandbox

Report = Callable[[str], None]

SCENARIOS = (
    *repeats.SCENARIOS,
    *times.SCENARIOS,
    *crashes.SCENARIOS,
    *amounts.SCENARIOS,
    *returns.SCENARIOS,
    *payouts.SCENARIOS,
)

WIDTHS = (30, 38, 34, 8)
HEADINGS = ("What happens", "Without the guard", "With it", "Verdict")


def prove(only: Collection[str], *, server_url: str, report: Report) -> list[Verdict]:
    """Play scenarios in throw-away worlds, print what was seen as it is seen, and return the verdicts.

    Args:
        only: Keys of the scenarios to play; none for all.
        server_url: Of a PostgreSQL server for throw-away databases; empty for SQLite.
        report: Prints a line.

    Raises:
        KeyboardInterrupt: It was told to stop.
    """
    quiet()
    chosen = [one for one in SCENARIOS if not only or one.key in only]
    with tempfile.TemporaryDirectory(prefix="mentor-prove-") as name:
        folder = Path(name)
        with started_sandbox(folder, report) as port, throw_away(folder, server_url) as databases:
            _print(report, HEADINGS)
            report("-" * (sum(WIDTHS) + 3 * (len(WIDTHS) - 1)))
            return [_judged(one, databases, folder, port, report) for one in chosen]


def _judged(scenario: Scenario, databases: Databases, folder: Path, port: int, report: Report) -> Verdict:
    seen = [_played(scenario, databases, folder, port, guarded=guarded) for guarded in (False, True)]
    verdict = Verdict(scenario, *seen)
    _print(report, (scenario.title, verdict.off.words, verdict.on.words, _word(verdict)))
    report("")
    return verdict


def _played(scenario: Scenario, databases: Databases, folder: Path, port: int, *, guarded: bool) -> Seen:
    obey()
    with databases.fresh() as url, made_world(settings_for(folder, port, url)) as world:
        return scenario.play(world, guarded)


def _word(verdict: Verdict) -> str:
    if verdict.holds:
        return "holds"
    return "no loss" if not verdict.off.loss else "LOST"


def _print(report: Report, cells: Sequence[str]) -> None:
    columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(cells, WIDTHS, strict=True)]
    for row in range(max(map(len, columns))):
        words = (column[row] if row < len(column) else "" for column in columns)
        report("   ".join(f"{word:<{width}}" for word, width in zip(words, WIDTHS, strict=True)).rstrip())
