"""The printed invoice as a PDF."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

from fontTools.ttLib import TTFont
from fpdf import FPDF

from orders.printing.sheet import HEADINGS, Sheet

FONTS = Path(__file__).parent / "fonts"
MAIN, BOLD = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"
FAR_EAST = FONTS / "DroidSansFallback.ttf"
# Replaces each character that no font has.
PLACEHOLDER = "\ufffd"
# Replaced by the number of pages. No invoice contains it, see `characters_of`.
PAGES = "\ue000"

# In millimetres, on A4.
MARGIN, LINE = 15, 6
WIDTHS = (11, 65, 28, 34, 42)
ALIGNED = "LLRRR"
TEXT, SMALL, LARGE = 9, 8, 18
GREY, RED = 110, (176, 32, 32)


@cache
def characters_of(*fonts: Path) -> frozenset[str]:
    """Return the characters that at least one of the fonts has."""
    characters = (map(chr, TTFont(font, lazy=True).getBestCmap()) for font in fonts)
    return frozenset().union(*characters) - {PAGES}


def replace_missing(text: str) -> str:
    """Return the text with a placeholder for each character that no font has."""
    if text.isascii():
        return text
    available = characters_of(MAIN, FAR_EAST)
    return "".join(each if each in available else PLACEHOLDER for each in text)


def pdf_of(sheet: Sheet) -> bytes:
    paper = Paper(sheet)
    paper.add_page()
    paper.write_parties()
    paper.write_lines()
    paper.write_total()
    return bytes(paper.output())


class Paper(FPDF):
    """A4 pages with the title as header and the page number as footer."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format="A4")
        self.sheet = sheet
        self.is_in_table = False
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.alias_nb_pages(PAGES)
        self.set_creation_date(sheet.created_at)
        self.set_title(sheet.title)
        self.set_lang("en")
        self.load_fonts()

    def load_fonts(self) -> None:
        """Load the fonts; the large one for the Far East only if a text needs it."""
        self.add_font("main", "", MAIN)
        self.add_font("main", "B", BOLD)
        sheet = self.sheet
        texts = [*sheet.seller, *sheet.customer, *(line[1] for line in sheet.lines)]
        characters = set(replace_missing("".join(texts)))
        if characters - characters_of(MAIN):
            self.add_font("far", "", FAR_EAST)
            self.set_fallback_fonts(["far"])

    def header(self) -> None:
        self.use(TEXT if self.page > 1 else LARGE, "B")
        self.cell(100, 10, self.sheet.title)
        if self.sheet.is_draft:
            self.use(LARGE, "B", RED)
            self.cell(0, 10, "DRAFT", align="R")
        self.ln(14)
        if self.is_in_table:
            self.write_headings()

    def footer(self) -> None:
        self.set_y(-15)
        self.use(SMALL, color=GREY)
        draft = "DRAFT, not an invoice" if self.sheet.is_draft else self.sheet.title
        self.cell(100, LINE, draft)
        self.cell(0, LINE, f"Page {self.page_no()} of {PAGES}", align="R")

    def write_parties(self) -> None:
        """Write the seller on the left; customer, number and dates on the right."""
        top = self.get_y()
        self.write_block(MARGIN, ["From", *self.sheet.seller])
        left = self.get_y()
        self.set_y(top)
        self.write_block(MARGIN + 95, ["To", *self.sheet.customer])
        self.ln(3)
        for name, value in self.sheet.facts:
            self.set_x(MARGIN + 95)
            self.use(TEXT, color=GREY)
            self.cell(30, LINE, name)
            self.use(TEXT)
            self.cell(0, LINE, value, new_x="LMARGIN", new_y="NEXT")
        self.set_y(max(left, self.get_y()) + 8)

    def write_block(self, x: float, lines: list[str]) -> None:
        self.use(SMALL, color=GREY)
        for line in lines:
            self.set_x(x)
            for part in self.wrap(85, line):
                self.set_x(x)
                self.cell(85, LINE, part, new_x="LMARGIN", new_y="NEXT")
            self.set_text_shaping(False)
            self.use(TEXT)

    def write_lines(self) -> None:
        self.write_headings()
        self.is_in_table = True
        for line in self.sheet.lines:
            self.write_line(line)
        self.is_in_table = False

    def write_headings(self) -> None:
        self.set_text_shaping(False)
        self.use(TEXT, "B")
        for width, text, align in zip(WIDTHS, HEADINGS, ALIGNED, strict=True):
            self.cell(width, LINE + 1, text, border="B", align=align)
        self.ln()
        self.use(TEXT)

    def write_line(self, line: tuple[str, ...]) -> None:
        """Write an item; if its part code needs several lines, keep them together."""
        parts = self.wrap(WIDTHS[1], line[1])
        if self.will_page_break(LINE * len(parts)):
            self.add_page()
        for column, text in enumerate((line[0], parts[0], *line[2:])):
            self.write_cell(column, text)
        for part in parts[1:]:
            self.ln(LINE)
            self.set_x(MARGIN + WIDTHS[0])
            self.write_cell(1, part)
        self.ln(LINE)

    def write_cell(self, column: int, text: str) -> None:
        # Shaping takes most of the time, and ASCII does not need it.
        self.set_text_shaping(not text.isascii())
        self.cell(WIDTHS[column], LINE, text, align=ALIGNED[column])

    def wrap(self, width: float, text: str) -> list[str]:
        """Return the text as lines that fit into the width."""
        text = replace_missing(text)
        self.set_text_shaping(not text.isascii())
        if self.get_string_width(text) <= width - 2 * self.c_margin:
            return [text]
        return cast(
            list[str],
            self.multi_cell(width, LINE, text, align="L", dry_run=True, output="LINES"),
        )

    def write_total(self) -> None:
        self.set_text_shaping(False)
        if self.will_page_break(2 * LINE):
            self.add_page()
        self.use(TEXT + 1, "B")
        self.cell(sum(WIDTHS[:-2]), LINE + 2, "Total", border="T")
        self.cell(0, LINE + 2, self.sheet.total, border="T", align="R")

    def use(
        self, size: int, style: str = "", color: int | tuple[int, int, int] = 0
    ) -> None:
        self.set_font("main", style, size)
        self.set_text_color(*((color,) if isinstance(color, int) else color))
