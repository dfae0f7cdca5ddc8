"""Putting SQLite's commits on the disk, those of several threads at once.

`synchronous=FULL` waits for the disk inside of each commit, while every other writer waits. Here the same
sync of the write-ahead log comes after the commit and before its caller goes on: the next writer need not
wait for the disk, and who commits meanwhile shares one sync. Who only reads may see a commit milliseconds
before it is on the disk. Later frames of the log are worth nothing without earlier ones, so what builds on a
commit that a loss of power undid is undone with it. A killed process loses nothing either way.
"""

import os
import threading
from pathlib import Path

_sync = getattr(os, "fdatasync", os.fsync)


class SharedSync:
    """Syncs one database's write-ahead log for one process.

    Args:
        log: The file beside the database that ends in `-wal`.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self.turn = threading.Lock()
        self._committed = 0
        self._on_disk = 0

    def count(self, *, changed: bool) -> int:
        """Return the number of the newest commit, for `wait`; one at a time, before the next writer begins.

        Args:
            changed: Whether there is a new one.
        """
        self._committed += changed
        return self._committed

    def wait(self, commit: int) -> None:
        """Return once a commit and all before it are on the disk.

        Raises:
            OSError: The disk failed; the commit may be lost when power is.
        """
        if self._on_disk >= commit:
            return
        with self.turn:
            if self._on_disk >= commit:
                return
            newest = self._committed
            self.put_on_disk()
            self._on_disk = newest

    def put_on_disk(self) -> None:
        """Sync the log as it is now."""
        try:
            log = os.open(self._log, os.O_RDWR)
        except FileNotFoundError:
            return  # The last connection was closed, which moved all of it into the database and synced that.
        try:
            _sync(log)
        finally:
            os.close(log)
