"""Statements made and compiled once, and handed to the driver as they are.

For the few that every sale runs while all other writers wait: SQLAlchemy takes longer than SQLite to run one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Insert, Select, Update, literal_column
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlmodel import Session

from mentor_ui.db.engine import Database, driver_of
from mentor_ui.db.measured import ran
from mentor_ui.db.shared import NEWS_TABLES

Convert = Callable[[Any], Any]
Values = Mapping[str, Any]


def fixed(word: str) -> ColumnElement[str]:
    """Return a word of ours that stands in the statement itself.

    SQLite plans a statement anew each time it is run when a parameter decides whether a partial index serves.
    """
    return literal_column(f"'{word}'")


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Slot:
    """One parameter of a compiled statement: named in the values, or always the same."""

    name: str
    key: str | None
    convert: Convert
    constant: Any


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement in the words of one database."""

    text: str
    slots: tuple[_Slot, ...]
    is_positional: bool
    columns: tuple[Convert, ...]

    def parameters(self, values: Values) -> Any:
        given = [slot.constant if slot.key is None else slot.convert(values[slot.key]) for slot in self.slots]
        if self.is_positional:
            return given
        return dict(zip((slot.name for slot in self.slots), given, strict=True))


class Prepared:
    """A statement that is compiled once for each set of names that its values have, and for each database.

    Args:
        statement: Without defaults made in Python, and without `IN` over a list.
    """

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert | Update) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}
        table = None if isinstance(statement, Select) else statement.table
        self._is_news = getattr(table, "name", "") in NEWS_TABLES

    def rows(self, session: Session, values: Values) -> list[tuple[Any, ...]]:
        """Return the rows that it selects, converted like SQLAlchemy's."""
        compiled, cursor = self._run(session, [values])
        try:
            return [
                tuple([convert(value) for convert, value in zip(compiled.columns, row, strict=True)])
                for row in cursor.fetchall()
            ]
        finally:
            cursor.close()

    def row(self, session: Session, values: Values) -> tuple[Any, ...]:
        """Return the one row that it selects.

        Raises:
            NoResultFound: There is none.
        """
        found = self.rows(session, values)
        if not found:
            raise NoResultFound("no row was found")
        return found[0]

    def change(self, session: Session, *rows: Values) -> int:
        """Run it with each of some values, and return how many rows were changed."""
        _, cursor = self._run(session, rows)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def _run(self, session: Session, rows: Sequence[Values]) -> tuple[_Compiled, Any]:
        """Run it with each of some values, and return the driver's cursor."""
        began = perf_counter()
        dialect, connection = driver_of(session)
        form = (dialect.name, *rows[0])
        compiled = self._compiled.get(form)
        if compiled is None:
            compiled = self._compiled[form] = _compile(self._statement, dialect, list(rows[0]))
        parameters = [compiled.parameters(values) for values in rows]
        cursor = connection.cursor()
        try:
            if len(parameters) == 1:
                cursor.execute(compiled.text, parameters[0])
            else:
                cursor.executemany(compiled.text, parameters)
        except dialect.loaded_dbapi.Error as error:
            cursor.close()
            ran(compiled.text, began, type(error).__name__)
            raise DBAPIError.instance(
                compiled.text, parameters, error, dialect.loaded_dbapi.Error, dialect=dialect
            ) from error
        if self._is_news:
            database: Database | None = session.info.get("queue")
            if database is not None:
                database.note_news()
        ran(compiled.text, began)
        return compiled, cursor


def _compile(
    statement: Select[*tuple[Any, ...]] | Insert | Update, dialect: Dialect, keys: list[str]
) -> _Compiled:
    compiled = statement.compile(dialect=dialect, column_keys=keys)
    if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
        raise ValueError(f"this statement needs more than its values: {compiled.string}")
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    slots: list[_Slot] = []
    for name in compiled.positiontup or binds:
        bind = binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect) or _as_it_is
        key = next((key for key in (bind.key, name) if key in keys), None)
        slots.append(_Slot(name, key, convert, None if key else convert(bind.value)))
    columns = statement.selected_columns if isinstance(statement, Select) else ()
    converts = [
        one.type.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is for one in columns
    ]
    return _Compiled(compiled.string, tuple(slots), compiled.positiontup is not None, tuple(converts))
