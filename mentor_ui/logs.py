"""Logging: one structured line per event, and never a secret or a person's address in it.

Lines carry the name of the request or event (`request_id`) or of the job in which they were written.

Production writes JSON to standard output. The demo writes to `mentor.log` in its home folder, and only
warnings to the terminal, which belongs to the address and the sign-ins.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from typing import Any

import structlog

from mentor_ui.settings import Settings

SECRET_NAMES = frozenset(
    {
        "account_number",
        "authorization",
        "cookie",
        "email",
        "password",
        "phone",
        "proxy-authorization",
        "recipient",
        "secret",
        "set-cookie",
        "start_url",
        "token",
    }
)
# Reflex puts whole headers into the text of some messages, as Python or JSON shows them.
SECRET_TEXT = re.compile(
    r"""(?ix) (b?["']? (?:set-)?cookie ["']? | b?["']?(?:proxy-)?authorization["']?) (\s* [:=,] \s*)
    (b?"(?:[^"\\]|\\.)*" | b?'(?:[^'\\]|\\.)*' | [^\r\n,}]+)"""
)
MAIL_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HIDDEN = "[hidden]"
LOG_BYTES = 5_000_000
QUIET_LOGGERS = ("httpx", "httpcore", "alembic", "sqlalchemy", "dbos", "_granian", "reflex", "reflex_base")

Event = MutableMapping[str, Any]


def configure_logs(settings: Settings) -> None:
    """Send all logging of this process where the settings say; may be called again.

    Args:
        settings: The application's settings.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        name_job,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

    def formatter(renderer: structlog.typing.Processor) -> logging.Formatter:
        return structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )

    handlers: list[logging.Handler] = []
    if settings.demo:
        settings.mentor_home.mkdir(parents=True, exist_ok=True)
        kept = RotatingFileHandler(settings.mentor_home / "mentor.log", maxBytes=LOG_BYTES, backupCount=1)
        kept.setFormatter(formatter(structlog.processors.JSONRenderer()))
        terminal = logging.StreamHandler(sys.stderr)
        terminal.setLevel(logging.WARNING)
        terminal.setFormatter(formatter(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())))
        handlers += [kept, terminal]
    else:
        output = logging.StreamHandler(sys.stdout)
        output.setFormatter(formatter(structlog.processors.JSONRenderer()))
        handlers.append(output)
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.INFO)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def name_job(_logger: Any, _method: str, event: Event) -> Event:
    """Add the job in which a line was written; its identifier holds that of the booking or payment.

    Args:
        event: The event's keys and values.

    Returns:
        The event with the job, if there is one.
    """
    # Loading the library takes seconds; where it is not loaded there are no jobs.
    library = sys.modules.get("dbos")
    job = library.DBOS.workflow_id if library is not None else None
    if job is not None:
        event["job"] = job
    return event


def hide_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Replace values of secret names, and cookies and mail addresses within text; a structlog processor.

    Args:
        event: The event's keys and values.

    Returns:
        The event without secrets.
    """
    return {str(name): _hidden(str(name), value) for name, value in event.items()}


def _hidden(name: str, value: Any) -> Any:
    if name.lower() in SECRET_NAMES:
        return HIDDEN
    if isinstance(value, str):
        return MAIL_ADDRESS.sub(HIDDEN, SECRET_TEXT.sub(rf"\1\2{HIDDEN}", value))
    if isinstance(value, dict):
        return {key: _hidden(str(key), inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [_hidden("", inner) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
