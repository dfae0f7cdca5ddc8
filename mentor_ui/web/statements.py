"""A tutor's monthly statements as files: for a spreadsheet, and to print."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from mentor_ui.domain.errors import DomainError
from mentor_ui.domain.local_time import zone_named
from mentor_ui.resources import Resources, get_resources
from mentor_ui.services.limits import Limit, Wait
from mentor_ui.services.statements import Statement, statement
from mentor_ui.settings import Settings
from mentor_ui.web.problems import problem
from mentor_ui.web.requests import signed_in_actor

COLUMNS = (
    "Date",
    "Time",
    "What",
    "About",
    "Student",
    "Session",
    "Reference",
    "Amount (NGN)",
    "Balance (NGN)",
)
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Spreadsheets take a cell that begins like this for a formula."""


class Statements:
    """The routes below `/api/wallet`, with their limit.

    Args:
        settings: Where counts are shared.
    """

    def __init__(self, settings: Settings) -> None:
        self._limit = Limit("120 per hour", name="statements", redis_url=settings.redis_url)

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(
                "/api/wallet/statements/{month}.csv",
                self._file(statement_csv, "text/csv; charset=utf-8", "csv"),
                methods=["GET"],
            ),
            Route(
                "/api/wallet/statements/{month}.pdf",
                self._file(_printed, "application/pdf", "pdf"),
                methods=["GET"],
            ),
        ]

    def _file(
        self, write: Callable[[Statement, str], bytes], media_type: str, ending: str
    ) -> Callable[[Request], object]:
        async def answer(request: Request) -> Response:
            try:
                name, content = await run_in_threadpool(self._make, request, get_resources(), write)
            except DomainError as error:
                headers = {"cache-control": "no-store"}
                if isinstance(error, Wait):
                    headers["retry-after"] = str(error.seconds)
                return problem(error, headers)
            headers = {
                "cache-control": "no-store",
                "content-disposition": f'attachment; filename="mentor-wallet-{name}.{ending}"',
            }
            return Response(content, media_type=media_type, headers=headers)

        return answer

    def _make(
        self, request: Request, resources: Resources, write: Callable[[Statement, str], bytes]
    ) -> tuple[str, bytes]:
        with resources.database.reading() as session:
            actor = signed_in_actor(session, request)
            self._limit.count(str(actor.person_id))
            made = statement(session, actor, month=request.path_params["month"], now=datetime.now(UTC))
        return made.month, write(made, resources.settings.public_url)


def _printed(made: Statement, public_url: str) -> bytes:
    # Its libraries take a second and 50 MB, which only a process that prints should spend.
    from mentor_ui.web.statement_pdf import statement_pdf  # noqa: PLC0415

    return statement_pdf(made, public_url)


def statement_csv(made: Statement, public_url: str) -> bytes:
    """Return a statement for a spreadsheet: UTF-8 with its mark, so that names are read as they are.

    Args:
        made: The month.
        public_url: Base of the links to sessions.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    zone = zone_named(made.zone)
    first = made.begins.astimezone(zone)
    writer.writerow([first.date(), "", "Opening balance", "", "", "", "", "", _naira(made.opening_kobo)])
    for line in made.lines:
        local = line.at.astimezone(zone)
        session_url = f"{public_url}/mentorship/session/{line.session_id}" if line.session_id else ""
        texts = [line.what, line.about, line.who, session_url, line.reference]
        writer.writerow(
            [
                local.date(),
                f"{local:%H:%M:%S}",
                *(safe_cell(one) for one in texts),
                _naira(line.amount_kobo),
                _naira(line.balance_kobo),
            ]
        )
    last = min(made.ends, made.made_at).astimezone(zone)
    writer.writerow([last.date(), "", "Closing balance", "", "", "", "", "", _naira(made.closing_kobo)])
    return file.getvalue().encode("utf-8-sig")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; people name their sessions as they like."""
    begins = text.lstrip(" \u00a0")
    return f"'{text}" if begins.startswith(FORMULA_BEGINS) else text


def _naira(kobo: int) -> str:
    return f"{Decimal(kobo) / 100:.2f}"
