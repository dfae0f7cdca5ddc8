"""Monthly statements, read back by parsers that know nothing of us, and added up."""

import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from pypdf import PdfReader
from starlette.applications import Starlette

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.gate.cookies import SESSION_COOKIE
from mentor_ui.models import AccountKind, MentorshipSession, Person
from mentor_ui.services import ledger, refunds
from mentor_ui.services.statements import months
from mentor_ui.settings import get_settings
from mentor_ui.web.statements import COLUMNS, Statements, safe_cell
from tests.banking import earn, set_account, withdraw
from tests.booked import cookie_for
from tests.web.conftest import HOST
from tests.world import Pair, make_pair, make_person

pytestmark = pytest.mark.anyio

BEFORE = datetime(2026, 9, 14, 8, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 8, 8, tzinfo=UTC)
TITLE = '=HYPERLINK("http://evil.example","Ọ̀jọ́ ₦")'


@pytest.fixture
async def reader(joined: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=Statements(get_settings()).routes()))
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        yield client


async def fetch(reader: httpx.AsyncClient, database: Database, actor: Actor, name: str) -> httpx.Response:
    cookie = f"{SESSION_COOKIE}={cookie_for(database, actor)}"
    return await reader.get(f"/api/wallet/statements/{name}", headers={"cookie": cookie})


@pytest.fixture
def pair(joined: Database) -> Pair:
    """A tutor with lines in September and October: earned, returned and withdrawn."""
    made = make_pair(joined, price_kobo=512_345)
    set_account(joined, made.tutor)
    earn(joined, made, sessions=2, now=BEFORE)
    held = earn(joined, made, sessions=40, now=OCTOBER)
    with joined.transaction() as session:
        booking = session.get_one(MentorshipSession, held[0])
        booking.title = TITLE
        session.add(booking)
        session.get_one(Person, made.student.person_id).name = "Àdúkẹ́ Ọláńrewájú"
        refunds.give_back(
            session,
            booking,
            of_price_kobo=512_345,
            reason="a test.",
            now=OCTOBER + timedelta(days=2),
        )
    withdraw(joined, made.tutor, 1_000_050, now=OCTOBER + timedelta(days=3))
    return made


def balance(database: Database, tutor: Actor, until: datetime) -> Decimal:
    with database.reading() as session:
        kobo = ledger.balance_kobo(session, AccountKind.TUTOR_WALLET, tutor.person_id, until=until)
    return Decimal(kobo) / 100


async def test_a_spreadsheet_adds_up_to_the_ledgers_balances(
    reader: httpx.AsyncClient, joined: Database, pair: Pair
) -> None:
    answer = await fetch(reader, joined, pair.tutor, "2026-10.csv")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert 'filename="mentor-wallet-2026-10.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    first, *lines, last = rows
    # In Lagos the month begins an hour before midnight UTC.
    opening = balance(joined, pair.tutor, datetime(2026, 9, 30, 23, tzinfo=UTC))
    closing = balance(joined, pair.tutor, datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert (first["What"], first["Date"]) == ("Opening balance", "2026-10-01")
    assert (last["What"], last["Date"]) == ("Closing balance", "2026-11-01")
    assert (Decimal(first["Balance (NGN)"]), Decimal(last["Balance (NGN)"])) == (opening, closing)
    assert opening == 2 * Decimal("3586.41")
    running = opening
    for line in lines:
        running += Decimal(line["Amount (NGN)"])
        assert Decimal(line["Balance (NGN)"]) == running
    assert running == closing
    assert len(lines) == 42
    assert [line["What"] for line in lines].count("Session held") == 40
    assert lines[-1]["Reference"].startswith("po-")
    assert lines[-1]["About"] == "Kuda Bank •••• 6789"
    returned = next(line for line in lines if line["What"] == "Returned to the student")
    assert returned["Session"].startswith(f"{HOST}/mentorship/session/")
    assert returned["About"] == f"'{TITLE}"
    assert returned["Student"] == "Àdúkẹ́ Ọláńrewájú"


async def test_what_is_printed_says_the_same(reader: httpx.AsyncClient, joined: Database, pair: Pair) -> None:
    answer = await fetch(reader, joined, pair.tutor, "2026-10.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    paper = PdfReader(io.BytesIO(answer.content))
    assert len(paper.pages) > 1
    text = "\n".join(page.extract_text() for page in paper.pages)
    assert "Wallet statement, October 2026" in text
    assert "Amount (₦)" in text
    assert "Tunde Bakare" in text
    assert "page 1 of" in text
    money = r"-?[\d,]+\.\d\d"
    pairs = re.findall(rf"({money})\s+({money})\s*(?=\n|$)", text)
    amounts = [Decimal(amount.replace(",", "")) for amount, _ in pairs]
    opening = balance(joined, pair.tutor, datetime(2026, 9, 30, 23, tzinfo=UTC))
    closing = balance(joined, pair.tutor, datetime(2026, 10, 31, 23, tzinfo=UTC))
    assert len(amounts) == 42, text
    running = opening
    for (_, shown), amount in zip(pairs, amounts, strict=True):
        running += amount
        assert Decimal(shown.replace(",", "")) == running
    assert running == closing
    assert f"₦{opening:,.2f}" in text
    assert f"₦{closing:,.2f}" in text


async def test_a_month_begins_with_the_end_of_the_one_before(
    reader: httpx.AsyncClient, joined: Database, pair: Pair
) -> None:
    ends: list[tuple[str, str]] = []
    for month in ("2026-08", "2026-09", "2026-10", "2026-11"):
        answer = await fetch(reader, joined, pair.tutor, f"{month}.csv")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        ends.append((rows[0]["Balance (NGN)"], rows[-1]["Balance (NGN)"]))
    assert ends[0] == ("0.00", "0.00")
    assert [begin for begin, _ in ends[1:]] == [end for _, end in ends[:-1]]
    with joined.reading() as session:
        names = months(session, pair.tutor, datetime(2026, 11, 25, tzinfo=UTC))
    assert names == [("2026-11", "November 2026"), ("2026-10", "October 2026"), ("2026-09", "September 2026")]


async def test_only_the_tutor_reads_it(reader: httpx.AsyncClient, joined: Database, pair: Pair) -> None:
    assert (await reader.get("/api/wallet/statements/2026-10.csv")).status_code == 401
    student = await fetch(reader, joined, pair.student, "2026-10.pdf")
    assert (student.status_code, student.json()["code"]) == (403, "not_allowed")
    other = await fetch(reader, joined, make_person(joined, Role.MENTOR), "2026-10.csv")
    rows = list(csv.DictReader(io.StringIO(other.content.decode("utf-8-sig"))))
    assert [row["Balance (NGN)"] for row in rows] == ["0.00", "0.00"]


@pytest.mark.parametrize(
    "month", ["2999-01", "2026-13", "2026-1", "0000-00", "9999-12", "nonsense", "2026-10-01"]
)
async def test_what_is_no_month_has_no_statement(
    reader: httpx.AsyncClient, joined: Database, pair: Pair, month: str
) -> None:
    answer = await fetch(reader, joined, pair.tutor, f"{month}.csv")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_month")


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+234", "'+234"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("React = fun", "React = fun"),
        ("", ""),
    ],
)
def test_no_cell_is_taken_for_a_formula(text: str, cell: str) -> None:
    assert safe_cell(text) == cell
