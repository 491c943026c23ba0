"""What a PDF of ours draws, read from its fonts and its pages."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from fontTools.ttLib import TTFont
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream

# Stands for a glyph whose text another one has.
WORD_JOINER = "\u2060"


def pages_of(content: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(content)).pages)


def text_layer(content: bytes) -> str:
    """Return the text that readers copy, without spaces that only they see."""
    text = "".join(page.extract_text() for page in pages_of(content))
    return text.replace(WORD_JOINER, "")


def drawn_glyphs(content: bytes) -> list[tuple[str, str]]:
    """Return font and name of each glyph, in the order of drawing."""
    return [glyph for page in pages_of(content) for glyph in glyphs_of(page)]


def glyphs_of(page: PageObject) -> Iterator[tuple[str, str]]:
    resources: Any = page["/Resources"]
    fonts = {
        key: read_font(value.get_object()) for key, value in resources["/Font"].items()
    }
    # The font, and those that the end of a graphics state sets again.
    font: Any = None
    outer: list[Any] = []
    for operands, operator in ContentStream(page.get_contents(), None).operations:
        if operator == b"q":
            outer.append(font)
        elif operator == b"Q":
            font = outer.pop()
        elif operator == b"Tf":
            font = fonts[operands[0]]
        elif operator == b"Tj":
            names, glyph_ids, family = font
            for code in codes_of(operands[0]):
                yield family, names[glyph_ids[2 * code] * 256 + glyph_ids[2 * code + 1]]


def read_font(font: Any) -> tuple[list[str], bytes, str]:
    """Return the names of the glyphs, the map from codes to them, and the family."""
    descendant = font["/DescendantFonts"][0].get_object()
    descriptor = descendant["/FontDescriptor"].get_object()
    file = TTFont(io.BytesIO(descriptor["/FontFile2"].get_object().get_data()))
    glyph_ids = descendant["/CIDToGIDMap"].get_object().get_data()
    return file.getGlyphOrder(), glyph_ids, font["/BaseFont"].partition("+")[2]


def codes_of(text: Any) -> Iterator[int]:
    data = text.original_bytes
    return (data[n] * 256 + data[n + 1] for n in range(0, len(data), 2))
