"""The sandbox's own SQLite file: what it promised stays true after a restart."""

import json
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS customers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, customer_code TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS transactions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, reference TEXT NOT NULL UNIQUE, access_code TEXT NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customers, status TEXT NOT NULL, requested_kobo INTEGER NOT NULL,
    amount_kobo INTEGER NOT NULL, fees_kobo INTEGER, currency TEXT NOT NULL, channel TEXT NOT NULL,
    gateway_response TEXT NOT NULL, message TEXT, callback_url TEXT NOT NULL, metadata TEXT NOT NULL,
    "authorization" TEXT NOT NULL, history TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
    ip_address TEXT, refund_outcome TEXT NOT NULL DEFAULT 'processed', created_at REAL NOT NULL,
    opened_at REAL, paid_at REAL, channels TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS transactions_by_customer ON transactions (customer_id);
CREATE TABLE IF NOT EXISTS refunds (
    id INTEGER PRIMARY KEY AUTOINCREMENT, transaction_id INTEGER NOT NULL REFERENCES transactions,
    amount_kobo INTEGER NOT NULL, currency TEXT NOT NULL, status TEXT NOT NULL, refund_reference TEXT,
    customer_note TEXT NOT NULL, merchant_note TEXT NOT NULL, created_at REAL NOT NULL,
    updated_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS refunds_by_transaction ON refunds (transaction_id);
CREATE TABLE IF NOT EXISTS recipients (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipient_code TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    account_number TEXT NOT NULL, account_name TEXT NOT NULL, bank_code TEXT NOT NULL, currency TEXT NOT NULL,
    metadata TEXT NOT NULL, created_at REAL NOT NULL, UNIQUE (account_number, bank_code));
CREATE TABLE IF NOT EXISTS transfers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, transfer_code TEXT NOT NULL UNIQUE, reference TEXT NOT NULL UNIQUE,
    recipient_id INTEGER NOT NULL REFERENCES recipients, amount_kobo INTEGER NOT NULL,
    fee_kobo INTEGER NOT NULL,
    currency TEXT NOT NULL, reason TEXT NOT NULL, status TEXT NOT NULL, failure TEXT,
    created_at REAL NOT NULL,
    transferred_at REAL);
CREATE TABLE IF NOT EXISTS disputes (
    id INTEGER PRIMARY KEY AUTOINCREMENT, transaction_id INTEGER NOT NULL REFERENCES transactions,
    amount_kobo INTEGER NOT NULL, taken_kobo INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL,
    resolution TEXT, category TEXT NOT NULL, evidence TEXT, message TEXT NOT NULL DEFAULT '',
    due_at REAL NOT NULL, created_at REAL NOT NULL, resolved_at REAL);
CREATE TABLE IF NOT EXISTS zoom_users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
    type INTEGER NOT NULL, is_owner INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS zoom_tokens (token TEXT PRIMARY KEY, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS zoom_daily_calls (
    host_id TEXT NOT NULL, day TEXT NOT NULL, calls INTEGER NOT NULL, PRIMARY KEY (host_id, day));
CREATE TABLE IF NOT EXISTS meetings (
    id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, host_id TEXT NOT NULL REFERENCES zoom_users,
    type INTEGER NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting', is_deleted INTEGER NOT NULL DEFAULT 0, topic TEXT NOT NULL,
    agenda TEXT NOT NULL, start_time REAL, duration_minutes INTEGER NOT NULL, timezone TEXT NOT NULL,
    password TEXT NOT NULL, pwd TEXT NOT NULL, settings TEXT NOT NULL, tracking_fields TEXT NOT NULL,
    created_at REAL NOT NULL, started_at REAL);
CREATE INDEX IF NOT EXISTS meetings_by_host ON meetings (host_id, start_time);
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, idempotency_key TEXT UNIQUE, sender TEXT NOT NULL,
    recipients TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL,
    headers TEXT NOT NULL, attachments TEXT NOT NULL, created_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS ics_files (
    name TEXT PRIMARY KEY, body TEXT NOT NULL, content_type TEXT NOT NULL, redirect_to TEXT NOT NULL,
    padding INTEGER NOT NULL, changed_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS account_codes (
    code TEXT PRIMARY KEY, provider TEXT NOT NULL, account TEXT NOT NULL, redirect_uri TEXT NOT NULL,
    challenge TEXT NOT NULL, is_offline INTEGER NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS account_tokens (
    token TEXT PRIMARY KEY, provider TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL,
    expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS account_calendars (
    provider TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
    writable INTEGER NOT NULL, is_main INTEGER NOT NULL, error TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (provider, id));
CREATE TABLE IF NOT EXISTS account_events (
    provider TEXT NOT NULL, calendar_id TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    starts_at REAL NOT NULL, ends_at REAL NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0,
    transaction_id TEXT NOT NULL DEFAULT '', PRIMARY KEY (provider, calendar_id, id));
CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, payload TEXT NOT NULL, due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL DEFAULT 'pending',
    outcome TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS tasks_due ON tasks (due_at) WHERE status = 'pending';
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""

_LATER_COLUMNS = (("transactions", "channels", "TEXT NOT NULL DEFAULT '[]'"),)
_NUMBERED = ("customers", "transactions", "refunds", "disputes", "recipients", "transfers", "mails", "tasks")
_ACCOUNTS = ("account_codes", "account_tokens", "account_calendars", "account_events")
_TABLES = (
    *_NUMBERED[::-1],
    "meetings",
    "zoom_tokens",
    "zoom_daily_calls",
    "zoom_users",
    "switches",
    "ics_files",
)


class Store:
    """One SQLite connection, used from the event loop's thread only."""

    def __init__(self, path: Path) -> None:
        """Open `path`, creating it and its tables when missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_SCHEMA)
        self._add_later_columns()
        self._number_from_now()

    def _add_later_columns(self) -> None:
        """Give tables that an earlier version made the columns that came later."""
        for table, column, kind in _LATER_COLUMNS:
            known = self.all(f"PRAGMA table_info({table})")
            if column not in {row["name"] for row in known}:
                self.run(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def _number_from_now(self) -> None:
        """Start fresh tables above 2**32 and above every earlier sandbox's numbers (milliseconds grow)."""
        first = time.time_ns() // 1_000_000
        for table in _NUMBERED:
            if self.one("SELECT 1 FROM sqlite_sequence WHERE name = ?", table) is None:
                self.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table, first)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commit everything done inside, or nothing when an exception leaves the block."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, sql: str, *parameters: object) -> int:
        """Execute one statement; return the id of an inserted row, or the count of changed ones."""
        cursor = self._connection.execute(sql, parameters)
        return (cursor.lastrowid or 0) if sql.lstrip().upper().startswith("INSERT") else cursor.rowcount

    def one(self, sql: str, *parameters: object) -> Row | None:
        """First row of a query, or None."""
        row = self._connection.execute(sql, parameters).fetchone()
        return None if row is None else dict(row)

    def all(self, sql: str, *parameters: object) -> list[Row]:
        """Every row of a query."""
        return [dict(row) for row in self._connection.execute(sql, parameters)]

    def number(self, sql: str, *parameters: object) -> int:
        """The single number that a query yields; 0 for NULL."""
        row = self._connection.execute(sql, parameters).fetchone()
        return int(row[0] or 0)

    def add_task(self, kind: str, payload: Row, *, delay_seconds: float = 0.0) -> int:
        """Queue work for later; it survives a restart."""
        return self.run(
            "INSERT INTO tasks (kind, payload, due_at) VALUES (?, ?, ?)",
            kind,
            json.dumps(payload),
            time.time() + delay_seconds,
        )

    def switch(self, name: str, default: int = 0) -> int:
        """Read a small persistent setting."""
        row = self.one("SELECT value FROM switches WHERE name = ?", name)
        return default if row is None else int(row["value"])

    def set_switch(self, name: str, value: int) -> None:
        """Keep a small persistent setting."""
        self.run("INSERT OR REPLACE INTO switches (name, value) VALUES (?, ?)", name, value)

    def clear(self) -> None:
        """Forget everything but the number sequences, so that no id is ever given twice."""
        for table in _TABLES:
            self.run(f"DELETE FROM {table}")  # noqa: S608 (fixed names)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
