"""A wallet's monthly statement to print."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, TextEmphasis
from fpdf.fonts import FontFace

from mentor_ui.domain.local_time import clock, long_day, place_of
from mentor_ui.services.statements import Statement
from mentor_ui.services.wallet import Line

FONTS: Final = Path(__file__).parent / "fonts"
FAMILY: Final = "statement"

INK, MUTED, RULE = (23, 32, 27), (86, 99, 92), (227, 224, 213)
HEADINGS = ("Date", "What", "About", "Amount (₦)", "Balance (₦)")
WIDTHS = (25, 38, 65, 26, 28)
"""In millimetres; together the width between the margins."""

LONGEST_ABOUT = 120


class _Paper(FPDF):
    """A4, with our letters and a line at each page's end."""

    def __init__(self, made: Statement) -> None:
        super().__init__(format="A4")
        self._name = f"mentor · wallet statement · {made.title}"
        self.set_margin(14)
        self.set_auto_page_break(auto=True, margin=18)
        self.add_font(FAMILY, "", FONTS / "dejavu-sans.ttf")
        self.add_font(FAMILY, "B", FONTS / "dejavu-sans-bold.ttf")
        self.set_title(f"Wallet statement, {made.title}")
        self.set_author("mentor")
        self.set_creation_date(made.made_at)
        self.set_lang("en")

    def footer(self) -> None:
        """Write the line at a page's end."""
        self.set_y(-12)
        self.set_font(FAMILY, size=7)
        self.set_text_color(*MUTED)
        self.cell(0, 5, f"{self._name} · page {self.page_no()} of {{nb}}", align="C")


def statement_pdf(made: Statement, public_url: str) -> bytes:
    """Return a statement to print: the balance before, each line, the balance after.

    Args:
        made: The month.
        public_url: Base of the links to sessions.
    """
    paper = _Paper(made)
    paper.add_page()
    _head(paper, made)
    _table(paper, made, public_url)
    return bytes(paper.output())


def _head(paper: FPDF, made: Statement) -> None:
    paper.set_text_color(*INK)
    paper.set_font(FAMILY, "B", 17)
    paper.cell(0, 9, f"Wallet statement, {made.title}", new_x="LMARGIN", new_y="NEXT")
    paper.set_font(FAMILY, size=9)
    paper.set_text_color(*MUTED)
    last = min(made.ends - timedelta(seconds=1), made.made_at)
    period = f"{long_day(made.begins, made.zone)} to {long_day(last, made.zone)} ({place_of(made.zone)} time)"
    at = f"{long_day(made.made_at, made.zone)}, {clock(made.made_at, made.zone)}"
    for words in (made.tutor, period, f"Made {at}. All amounts in naira."):
        paper.cell(0, 5, words, new_x="LMARGIN", new_y="NEXT")
    paper.ln(4)
    came_in = sum(line.amount_kobo for line in made.lines if line.amount_kobo > 0)
    went_out = sum(line.amount_kobo for line in made.lines if line.amount_kobo < 0)
    figures = (
        ("Opening balance", made.opening_kobo),
        ("Came in", came_in),
        ("Went out", went_out),
        ("Closing balance", made.closing_kobo),
    )
    for label, _ in figures:
        paper.cell(45.5, 5, label)
    paper.ln(5)
    paper.set_font(FAMILY, "B", 11)
    paper.set_text_color(*INK)
    for _, kobo in figures:
        paper.cell(45.5, 7, f"₦{_naira(kobo)}" if kobo >= 0 else f"−₦{_naira(-kobo)}")  # noqa: RUF001
    paper.ln(12)


def _table(paper: FPDF, made: Statement, public_url: str) -> None:
    paper.set_font(FAMILY, size=8)
    paper.set_text_color(*INK)
    paper.set_draw_color(*RULE)
    bold = FontFace(emphasis=TextEmphasis.B)
    with paper.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        headings_style=bold,
        col_widths=WIDTHS,
        line_height=4.5,
        padding=1,
        v_align="TOP",
        text_align=("LEFT", "LEFT", "LEFT", "RIGHT", "RIGHT"),
    ) as table:
        table.row(HEADINGS)
        begins = long_day(made.begins, made.zone)
        table.row((_short(begins), "Opening balance", "", "", _naira(made.opening_kobo)), style=bold)
        for line in made.lines:
            row = table.row()
            row.cell(f"{_short(long_day(line.at, made.zone))}\n{clock(line.at, made.zone)}")
            row.cell(line.what)
            row.cell(
                _about(line),
                link=f"{public_url}/mentorship/session/{line.session_id}" if line.session_id else None,
            )
            row.cell(_naira(line.amount_kobo))
            row.cell(_naira(line.balance_kobo))
        last = long_day(min(made.ends - timedelta(seconds=1), made.made_at), made.zone)
        table.row((_short(last), "Closing balance", "", "", _naira(made.closing_kobo)), style=bold)


def _about(line: Line) -> str:
    about = line.about if len(line.about) <= LONGEST_ABOUT else f"{line.about[: LONGEST_ABOUT - 1].rstrip()}…"
    return "\n".join(part for part in (about, line.who, line.reference) if part)


def _short(day: str) -> str:
    """Return `22 Nov 2026` of `22 November 2026`."""
    number, month, year = day.split(" ")
    return f"{number} {month[:3]} {year}"


def _naira(kobo: int) -> str:
    return f"{Decimal(kobo) / 100:,.2f}"
