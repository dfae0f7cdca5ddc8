"""Taking a guard away for as long as a block runs."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

Guard = tuple[object, str, object]
"""Where a guard is, what it is called there, and what stands in its place."""


def saying(answer: Any) -> Callable[..., Any]:
    """Return something that gives one answer, whatever it is asked."""

    def say(*_: Any, **__: Any) -> Any:
        return answer

    return say


@contextmanager
def replaced(owner: object, name: str, value: object) -> Generator[None]:
    """Put `value` in the place of something of the product's, and put that back afterwards.

    Args:
        owner: The module or object that has it.
        name: What it is called there.
        value: What stands there meanwhile.

    Raises:
        AttributeError: The product has no such thing, so the proof would prove nothing.
    """
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


@contextmanager
def without(*guards: Guard) -> Generator[None]:
    """Take several guards away at once; see `replaced`."""
    with ExitStack() as taken:
        for guard in guards:
            taken.enter_context(replaced(*guard))
        yield
