"""Connections to a PostgreSQL server for single statements that only read.

A transaction costs two more round trips, and asking first whether the connection still lives costs another,
which is most of a read by an index.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy import Engine

Values = Sequence[int | list[int]]

MOST_KEPT = 4
"""Of one process: a server has few connections, and many processes."""


class QuickReads:
    """Reads with connections that begin no transaction, and prepare what comes often.

    Args:
        engine: Makes the connections.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: deque[psycopg.Connection[Any]] = deque()

    def rows(self, statement: str, values: Values) -> list[Any]:
        """Return the rows of a statement.

        Raises:
            psycopg.OperationalError: The server does not answer; connections that it closed were tried anew.
        """
        while self._kept:
            try:
                return self._read(self._kept.pop(), statement, values)
            except IndexError:
                break  # another thread took the last one
            except psycopg.OperationalError:
                continue  # the server closed it meanwhile, for example to begin anew
        return self._read(self._connect(), statement, values)

    def close(self) -> None:
        """Close the connections that are kept."""
        while self._kept:
            self._kept.pop().close()

    def _connect(self) -> psycopg.Connection[Any]:
        record = self._engine.raw_connection()
        connection: psycopg.Connection[Any] = record.driver_connection  # pyright: ignore[reportAssignmentType]
        record.detach()
        connection.autocommit = True
        return connection

    def _read(self, connection: psycopg.Connection[Any], statement: str, values: Values) -> list[Any]:
        try:
            rows = connection.execute(statement, values).fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue]
        except BaseException:
            connection.close()
            raise
        if len(self._kept) < MOST_KEPT:
            self._kept.append(connection)
        else:
            connection.close()
        return rows
