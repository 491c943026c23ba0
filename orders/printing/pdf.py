"""The printed invoice as a PDF."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from django.conf import settings
from fpdf import FPDF
from fpdf.fonts import Glyph, SubsetMap, TTFFont

from orders.printing.letters import (
    BOLD,
    FALLBACKS,
    MAIN,
    PAGES,
    fallbacks_for,
    replace_missing,
    split_clusters,
)
from orders.printing.sheet import HEADINGS, Sheet

# In millimetres. The part's column takes what the others leave.
MARGIN, LINE, NOTE_LINE, BLOCK = 15, 6, 5, 85
NUMBER, UNITS, PRICE, AMOUNT = 11, 28, 34, 42
ALIGNED = "LLRRR"
TEXT, SMALL, LARGE = 9, 8, 18
GREY, RED = 110, (176, 32, 32)
# Allows a line to end.
ZERO_WIDTH_SPACE = "\u200b"
WORD_JOINER = "\u2060"


def pdf_of(sheet: Sheet) -> bytes:
    paper = Paper(sheet)
    paper.add_page()
    paper.write_parties()
    paper.write_lines()
    paper.write_total()
    if sheet.note:
        paper.write_note()
    return bytes(paper.output())


class TextLayer(SubsetMap):
    """Map of the glyphs of a font to the text that readers search and copy.

    The first glyph of a cluster has all of its text. Readers would show codes of this
    file for the others, if these had none, so they have a character without effect.
    """

    def pick_glyph(self, glyph: Glyph | None) -> int | None:
        if glyph is not None and glyph.unicode == ():
            glyph = replace(glyph, unicode=(ord(WORD_JOINER),))
        return super().pick_glyph(glyph)


class Paper(FPDF):
    """Pages with the title as header and the page number as footer."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(format=settings.QUINTET_INVOICE_PAPER)
        self.sheet = sheet
        self.is_in_table = False
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=20)
        self.alias_nb_pages(PAGES)
        self.set_creation_date(sheet.created_at)
        self.set_title(sheet.title)
        self.set_lang("en")
        self.load_fonts()
        part = round(self.epw - NUMBER - UNITS - PRICE - AMOUNT, 1)
        self.widths = (NUMBER, part, UNITS, PRICE, AMOUNT)

    def load_fonts(self) -> None:
        """Load the fonts; those for other scripts only if a text needs them."""
        self.add_font("main", "", MAIN)
        self.add_font("main", "B", BOLD)
        names, _ = fallbacks_for("".join(self.sheet.texts))
        for name in names:
            self.add_font(name, "", FALLBACKS[name])
        self.set_fallback_fonts(names)
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.subset = TextLayer(font)

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
            for part in self.wrap(BLOCK, line):
                self.set_x(x)
                self.cell(BLOCK, LINE, part, new_x="LMARGIN", new_y="NEXT")
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
        for width, text, align in zip(self.widths, HEADINGS, ALIGNED, strict=True):
            self.cell(width, LINE + 1, text, border="B", align=align)
        self.ln()
        self.use(TEXT)

    def write_line(self, line: tuple[str, ...]) -> None:
        """Write an item; if its part code needs several lines, keep them together."""
        parts = self.wrap(self.widths[1], line[1])
        if self.will_page_break(LINE * len(parts)):
            self.add_page()
        for column, text in enumerate((line[0], parts[0], *line[2:])):
            self.write_cell(column, text)
        for part in parts[1:]:
            self.ln(LINE)
            self.set_x(MARGIN + NUMBER)
            self.write_cell(1, part)
        self.ln(LINE)

    def write_cell(self, column: int, text: str) -> None:
        # Shaping takes most of the time, and ASCII does not need it.
        self.set_text_shaping(not text.isascii())
        self.cell(self.widths[column], LINE, text, align=ALIGNED[column])

    def wrap(self, width: float, text: str) -> list[str]:
        """Return the text as lines that fit into the width."""
        text = replace_missing(text)
        self.set_text_shaping(not text.isascii())
        if self.get_string_width(text) <= width - 2 * self.c_margin:
            return [text]
        text = " ".join(self.split_word(width, word) for word in text.split(" "))
        lines = cast(
            list[str],
            self.multi_cell(width, LINE, text, align="L", dry_run=True, output="LINES"),
        )
        return [line.replace(ZERO_WIDTH_SPACE, "") for line in lines]

    def split_word(self, width: float, word: str) -> str:
        """Return a word with the places where it can be split if it is too long.

        fpdf2 splits other words before any character.
        """
        if word.isascii() or self.get_string_width(word) <= width - 2 * self.c_margin:
            return word
        clusters = split_clusters(word)
        return word if len(clusters) == len(word) else ZERO_WIDTH_SPACE.join(clusters)

    def write_total(self) -> None:
        self.set_text_shaping(False)
        if self.will_page_break(2 * LINE):
            self.add_page()
        self.use(TEXT + 1, "B")
        self.cell(sum(self.widths[:-2]), LINE + 2, "Total", border="T")
        self.cell(0, LINE + 2, self.sheet.total, border="T", align="R")
        self.ln()

    def write_note(self) -> None:
        """Write the seller's note, on one page unless it is longer than that."""
        self.ln(LINE)
        self.use(SMALL, color=GREY)
        parts = [part for line in self.sheet.note for part in self.wrap(self.epw, line)]
        if self.will_page_break(NOTE_LINE * len(parts)):
            self.add_page()
        for part in parts:
            self.set_text_shaping(not part.isascii())
            self.cell(0, NOTE_LINE, part, new_x="LMARGIN", new_y="NEXT")
        self.set_text_shaping(False)

    def use(
        self, size: int, style: str = "", color: int | tuple[int, int, int] = 0
    ) -> None:
        self.set_font("main", style, size)
        self.set_text_color(*((color,) if isinstance(color, int) else color))
