"""How long statements take, for Prometheus and for traces. What they were run with is in neither."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExceptionContext

from mentor_ui.metrics import QUERIES

Listener = Callable[[str, float, str], None]
"""Told a statement, how many seconds it took, and the kind of error that ended it (empty for none)."""

listeners: list[Listener] = []

_BEGAN = "mentor_statement_began"
_READ, _WRITE = QUERIES.labels("read"), QUERIES.labels("write")


def ran(statement: str, began: float, error: str = "") -> None:
    """Count a statement that has ended.

    Args:
        statement: Its text, without what it was run with.
        began: What `perf_counter` was.
        error: The name of the exception that ended it; empty for none.
    """
    took = perf_counter() - began
    (_READ if statement.startswith(("SELECT", "WITH")) else _WRITE).observe(took)
    for listener in listeners:
        listener(statement, took, error)


def measure(engine: Engine) -> None:
    """Measure every statement that SQLAlchemy runs on an engine."""

    def begin(
        _connection: Connection, _cursor: Any, _statement: str, _given: Any, context: Any, *_: Any
    ) -> None:
        setattr(context, _BEGAN, perf_counter())

    def end(
        _connection: Connection, _cursor: Any, statement: str, _given: Any, context: Any, *_: Any
    ) -> None:
        ran(statement, getattr(context, _BEGAN))

    def fail(failed: ExceptionContext) -> None:
        began = getattr(failed.execution_context, _BEGAN, None)
        if began is not None:
            ran(failed.statement or "", began, type(failed.original_exception).__name__)

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
    event.listen(engine, "handle_error", fail)
