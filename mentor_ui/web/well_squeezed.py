"""Pages that many ask for, squeezed once and as well as can be, while nobody waits for it."""

import os
import threading
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mentor_ui.web.compression import brotli

BEST = 11
"""A tenth smaller than what is squeezed at once, for fifty times the work."""

RESTS = 4
"""So many times as long as the last one took, the next one waits: a fifth of a core at most."""

LOWEST = 19


@dataclass(slots=True)
class _Kept:
    content: bytes
    asked: int = 1
    is_best: bool = False


class WellSqueezed:
    """Keeps bodies squeezed with brotli, the last ones that were asked for.

    Args:
        quality: For whoever asks first.
        most: How many are kept.
        often: Asked for so many times, one is squeezed again as well as can be.
    """

    def __init__(self, quality: int, most: int = 128, often: int = 2) -> None:
        self._quality = quality
        self._most = most
        self._often = often
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._maker: ThreadPoolExecutor | None = None
        self._busy = False
        self._rests_until = 0.0

    def of(self, mark: str, body: bytes) -> bytes:
        """Squeeze a body, or return it as it was squeezed before.

        Args:
            mark: Tells the body from all others.
            body: As it is.
        """
        with self._lock:
            kept = self._kept.get(mark)
            if kept is not None:
                self._kept.move_to_end(mark)
                kept.asked += 1
                if not kept.is_best and kept.asked >= self._often:
                    self._begin(mark, body)
                return kept.content
        content = brotli(body, self._quality)
        with self._lock:
            self._kept[mark] = _Kept(content)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return content

    def _begin(self, mark: str, body: bytes) -> None:
        if self._busy or time.monotonic() < self._rests_until:
            return  # whoever asks next begins it
        self._busy = True
        # Made late: a process that is forked has to make its own.
        self._maker = self._maker or ThreadPoolExecutor(1, "squeezer", initializer=_step_back)
        self._maker.submit(self._improve, mark, body)

    def _improve(self, mark: str, body: bytes) -> None:
        began = time.monotonic()
        content = brotli(body, BEST)
        ended = time.monotonic()
        with self._lock:
            self._busy = False
            self._rests_until = ended + RESTS * (ended - began)
            if kept := self._kept.get(mark):
                kept.content, kept.is_best = content, True


def _step_back() -> None:
    """Let every other thread of the machine go first, where a thread can have a priority of its own."""
    if hasattr(os, "setpriority"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST)
