"""Letting several things happen at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")

MOMENT_SECONDS = 2


def at_once(acts: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """Begin all of them at the same moment, each in a thread, and return what each came to, in order."""
    line = threading.Barrier(len(acts))

    def run(act: Callable[[], Result]) -> Result | Exception:
        line.wait(MOMENT_SECONDS)
        try:
            return act()
        except Exception as refusal:  # noqa: BLE001 - whoever loses a race is refused, and that is a result
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def meeting(act: Callable[..., Result], count: int) -> Callable[..., Result]:
    """Let `count` callers of `act` go on when all of them have their answer, or one stays away."""
    line = threading.Barrier(count)

    def meet(*arguments: object, **named: object) -> Result:
        result = act(*arguments, **named)
        try:
            line.wait(MOMENT_SECONDS)
        except threading.BrokenBarrierError:
            # The guard kept the other one from coming this far.
            return result
        return result

    return meet
