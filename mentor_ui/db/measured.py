"""How long statements take, for Prometheus."""

from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExecutionContext

from mentor_ui.metrics import QUERIES

_BEGAN = "mentor_statement_began"
READ, WRITE = QUERIES.labels("read"), QUERIES.labels("write")


def measure(engine: Engine) -> None:
    """Measure every statement of an engine."""

    def begin(connection: Connection, *_: Any) -> None:
        connection.info[_BEGAN] = perf_counter()

    def end(
        connection: Connection,
        _cursor: Any,
        statement: str,
        _parameters: Any,
        _context: ExecutionContext | None,
        _many: bool,  # noqa: FBT001 - SQLAlchemy's order
    ) -> None:
        histogram = READ if statement.startswith(("SELECT", "WITH")) else WRITE
        histogram.observe(perf_counter() - connection.info[_BEGAN])

    event.listen(engine, "before_cursor_execute", begin)
    event.listen(engine, "after_cursor_execute", end)
