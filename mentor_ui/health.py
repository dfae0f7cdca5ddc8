"""Whether a process of this application could do its work, asked from beside it, as containers do."""

import httpx
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from mentor_ui.db.engine import Database
from mentor_ui.db.shared import PATIENCE_SECONDS
from mentor_ui.processes import answers
from mentor_ui.settings import Settings


def problem_of(settings: Settings) -> str:
    """Return why work could not be done, in one sentence; empty when it could.

    Args:
        settings: The application's settings.
    """
    if answers(settings.port):
        return _asked(f"http://127.0.0.1:{settings.port}/api/health")
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            session.connection().execute(text("SELECT 1 FROM person LIMIT 1"))
        if settings.redis_url:
            with Redis.from_url(settings.redis_url, socket_timeout=PATIENCE_SECONDS) as client:
                client.ping()
    except (SQLAlchemyError, RedisError, OSError) as error:
        return f"No answer: {type(error).__name__}."
    finally:
        database.dispose()
    return ""


def _asked(url: str) -> str:
    try:
        reply = httpx.get(url, timeout=PATIENCE_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        return f"The server does not answer: {type(error).__name__}."
    return "" if reply.is_success else str(reply.json().get("detail", reply.text[:200]))
