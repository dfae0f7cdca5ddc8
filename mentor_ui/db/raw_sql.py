"""Statements handed to the driver as they are, where making them would take longer than running them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

Value = str | int | datetime


@dataclass(slots=True)
class Condition:
    """A condition, and the parameters in it."""

    text: str
    values: list[Value] = field(default_factory=list[Value])


class RawSql:
    """Writes values into statements, in the way that suits the database.

    SQLite gets parameters, as it keeps compiled statements by their text. PostgreSQL gets literals: for a
    statement that it has seen often it would make one plan for all values, and a range of prices that most
    rows pass needs another plan than one that few pass.

    Args:
        connection: For reading.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.on_sqlite = connection.dialect.name == "sqlite"

    def value(self, values: list[Value], value: Value) -> str:
        """Return what stands for `value` in the statement; a parameter is added to `values`."""
        if self.on_sqlite:
            values.append(moment_text(value) if isinstance(value, datetime) else value)
            return "?"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, datetime):
            return f"timestamptz '{value.isoformat()}'"
        return "'" + value.replace("'", "''") + "'"

    def rows(self, statement: str, values: Sequence[Value]) -> list[Any]:
        """Return the rows of a statement made with `value`."""
        if self.on_sqlite:
            return list(self._connection.exec_driver_sql(statement, tuple(values)))
        return list(self._connection.exec_driver_sql(statement.replace("%", "%%")))

    def number(self, statement: str, values: Sequence[Value]) -> int:
        """Return the one number of a statement made with `value`."""
        return int(self.rows(statement, values)[0][0])


def moment_text(moment: datetime) -> str:
    """Return an aware moment as SQLite stores it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def moment_of(value: Any) -> datetime | None:
    """Return the moment that a driver gave, aware and in UTC."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
