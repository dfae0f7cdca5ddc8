"""Running a use case from an event handler: in a thread, in one transaction, its refusal as a value."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlmodel import Session

from mentor_ui.db.current import current_database
from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import DomainError
from mentor_ui.gate.taps import Tap, unwritten, wrote
from mentor_ui.services.done_taps import is_first_write

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Refused:
    """What a use case said no with.

    Attributes:
        code: Stable machine word.
        message: One sentence for the person.
        field: The form field beside which it belongs; empty for the whole form.
    """

    code: str
    message: str
    field: str = ""


SAVED_BEFORE = Refused(
    "saved_before",
    "This was saved before the connection broke. Please load the page again to see it.",
)


KEPT_SECONDS = 5.0
"""How old an answer may be that is given once more: times of day stand in it."""

UNSEEN_SECONDS = 1.0
"""The same, where commits of other processes are not seen."""

MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Kept:
    result: object
    version: tuple[int, int]
    until: float


_kept: WeakKeyDictionary[Database, OrderedDict[Hashable, _Kept]] = WeakKeyDictionary()


async def reading(work: Callable[[Session], Result]) -> Result | Refused:
    """Run `work` with a reading session in a thread and return its result, or why it was refused."""
    return await asyncio.to_thread(_read, work)


async def browsing(work: Callable[[Session], Result]) -> Result | Refused:
    """Run `work` like `reading`, on a replica if there is one: for what everybody may see, moments late."""
    return await asyncio.to_thread(_browse, work)


async def browsing_once(what: Hashable, work: Callable[[Session], Result]) -> Result | Refused:
    """Return what `work` just read for somebody else, or run it like `browsing`.

    Nothing is given again once the database has changed, as far as this process knows: a SQLite file tells of
    every commit, a server of none, so that what other processes wrote there is seen a moment later.

    Args:
        what: Tells this reading from all others; whose it is belongs to it, if it is anybody's.
        work: What reads.
    """
    database = current_database()
    kept = _kept.setdefault(database, OrderedDict())
    version = database.version()
    found = kept.get(what)
    if found is not None and found.version == version and monotonic() < found.until:
        return cast("Result", found.result)
    result = await browsing(work)
    if not isinstance(result, Refused):
        seconds = KEPT_SECONDS if database.is_sqlite else UNSEEN_SECONDS
        kept.pop(what, None)
        kept[what] = _Kept(result, version, monotonic() + seconds)
        if len(kept) > MOST_KEPT:
            kept.popitem(last=False)
    return result


async def writing(work: Callable[[Session], Result]) -> Result | Refused:
    """Run `work` in one transaction in a thread and return its result, or why it was refused.

    A refusal rolls everything back. What the same tap wrote before, perhaps in a process that ended since, is
    not written again: that is a refusal, too.
    """
    tap = unwritten()
    done = await asyncio.to_thread(_write, work, tap)
    if tap is not None and not isinstance(done, Refused):
        wrote()
    return done


async def attempting(work: Callable[[], Result]) -> Result | Refused:
    """Run `work`, which asks a provider and opens its own transactions, in a thread.

    It may take seconds: a handler that awaits it is a background one, and holds no State meanwhile.

    Returns:
        What it returns, or why it was refused.
    """
    return await asyncio.to_thread(_attempt, work)


def _attempt(work: Callable[[], Result]) -> Result | Refused:
    try:
        return work()
    except DomainError as error:
        return _refused(error)


def _refused(error: DomainError) -> Refused:
    return Refused(error.code, error.message, error.field or "")


def _read(work: Callable[[Session], Result]) -> Result | Refused:
    try:
        with current_database().reading() as session:
            return work(session)
    except DomainError as error:
        return _refused(error)


def _browse(work: Callable[[Session], Result]) -> Result | Refused:
    def within(connection: Connection) -> Result:
        with Session(connection, expire_on_commit=False) as session:
            return work(session)

    try:
        return current_database().browse(within)
    except DomainError as error:
        return _refused(error)


def _write(work: Callable[[Session], Result], tap: Tap | None) -> Result | Refused:
    try:
        with current_database().transaction() as session:
            if tap is not None and not is_first_write(session, tap.digest):
                return SAVED_BEFORE
            return work(session)
    except DomainError as error:
        return _refused(error)
