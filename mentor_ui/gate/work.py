"""Running a use case from an event handler: in a thread, in one transaction, its refusal as a value."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection
from sqlmodel import Session

from mentor_ui.db.current import current_database
from mentor_ui.domain.errors import DomainError
from mentor_ui.gate.taps import may_write

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


INTERRUPTED = Refused(
    "interrupted",
    "The connection broke while this was being saved. Please load the page again to see whether it was, "
    "before you repeat it.",
)


async def reading(work: Callable[[Session], Result]) -> Result | Refused:
    """Run `work` with a reading session in a thread and return its result, or why it was refused."""
    return await asyncio.to_thread(_read, work)


async def browsing(work: Callable[[Session], Result]) -> Result | Refused:
    """Run `work` like `reading`, on a replica if there is one: for what everybody may see, moments late."""
    return await asyncio.to_thread(_browse, work)


async def writing(work: Callable[[Session], Result]) -> Result | Refused:
    """Run `work` in one transaction in a thread and return its result, or why it was refused.

    A refusal rolls everything back. What a server was at for the same tap when it ended is refused as well,
    since perhaps it was done.
    """
    if not await may_write():
        return INTERRUPTED
    return await asyncio.to_thread(_write, work)


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


def _write(work: Callable[[Session], Result]) -> Result | Refused:
    try:
        with current_database().transaction() as session:
            return work(session)
    except DomainError as error:
        return _refused(error)
