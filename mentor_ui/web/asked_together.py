"""Look-ups that come while another runs wait for it and are answered together by the next.

A server's answer takes longer to fetch than to make: a hand-over to a thread, a round trip, and the
thread's wait for the interpreter. With many visitors at once these are paid once for all of them, and who
comes alone waits for nobody.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

Key = TypeVar("Key")
Found = TypeVar("Found")

MOST_AT_ONCE = 64


class AskedTogether(Generic[Key, Found]):
    """Collects the keys that are asked for, and looks them up in one thread.

    Args:
        look_up: Returns what is found for each of some keys, at most `MOST_AT_ONCE`; runs in a thread.
    """

    def __init__(self, look_up: Callable[[Sequence[Key]], Mapping[Key, Found]]) -> None:
        self._look_up = look_up
        self._waiting: dict[Key, asyncio.Future[Found]] = {}
        self._at_work: asyncio.Task[None] | None = None

    async def get(self, key: Key) -> Found:
        """Return what is found for a key.

        Raises:
            Exception: What the look-up raised.
        """
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._work(), name="look-ups together")
        # Whoever goes away takes the answer from nobody else.
        return await asyncio.shield(waiting)

    async def _work(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:MOST_AT_ONCE]
            futures = [self._waiting.pop(key) for key in keys]
            try:
                found = await run_in_threadpool(self._look_up, keys)
            except Exception as error:  # noqa: BLE001 - raised where it is waited for
                for future in futures:
                    future.set_exception(error)
                    future.exception()
            else:
                for key, future in zip(keys, futures, strict=True):
                    future.set_result(found[key])
