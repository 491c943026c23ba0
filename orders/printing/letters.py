"""The fonts of a PDF, and the characters that they can print.

DejaVu Sans prints Latin, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic, Droid
Sans Fallback prints Han, Kana and Hangul, and Noto fonts print the other scripts and
emoji. `script/update-fonts` has the versions of the Noto fonts.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

FONTS = Path(__file__).parent / "fonts"
MAIN, BOLD = FONTS / "DejaVuSans.ttf", FONTS / "DejaVuSans-Bold.ttf"
# For the characters that the main font lacks. The first that has one prints it.
FALLBACKS = {
    "far": FONTS / "DroidSansFallback.ttf",
    "devanagari": FONTS / "NotoSansDevanagari.ttf",
    "bengali": FONTS / "NotoSansBengali.ttf",
    "tamil": FONTS / "NotoSansTamil.ttf",
    "thai": FONTS / "NotoSansThai.ttf",
    "emoji": FONTS / "NotoEmoji.ttf",
}
# Replaced by the number of pages. No invoice contains it, see `characters_of`.
PAGES = "\ue000"

# A font without the other forms of a character prints the usual one.
VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
ZERO_WIDTH_JOINER = "\u200d"
# The canonical combining class of the sign that joins two consonants.
VIRAMA = 9
# Vowels that Thai writes before their consonant, and vowels that it writes after it.
THAI_LEADING, THAI_FOLLOWING = frozenset("เแโใไ"), frozenset("ะาำ")
SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
FLAG_LETTERS = frozenset(map(chr, range(0x1F1E6, 0x1F200)))


@cache
def characters_of(font: Path) -> frozenset[str]:
    return frozenset(map(chr, TTFont(font, lazy=True).getBestCmap())) - {PAGES}


def fallbacks_for(text: str) -> tuple[list[str], set[str]]:
    """Return the fallback fonts that a text needs, and the characters of no font."""
    rest = set() if text.isascii() else set(text) - characters_of(MAIN)
    names = []
    for name, font in FALLBACKS.items():
        if rest and rest & characters_of(font):
            names.append(name)
            rest -= characters_of(font)
    return names, rest


def missing_characters(text: str) -> list[str]:
    """Return the characters that no font has, in the order of their code points."""
    return sorted(fallbacks_for(VARIATION_SELECTORS.sub("", text))[1])


def code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def replace_missing(text: str) -> str:
    """Return the text with `U+XXXX` for each character that no font has."""
    missing = fallbacks_for(text)[1]
    for character in missing:
        is_selector = VARIATION_SELECTORS.match(character)
        text = text.replace(character, "" if is_selector else code_point(character))
    return text


def split_clusters(text: str) -> list[str]:
    """Return the parts of a word between which a line can end.

    Vowel signs, accents, conjuncts and joined emoji stay with their letter.
    """
    clusters: list[str] = []
    for character in text:
        if clusters and is_tied(clusters[-1][-1], character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def is_tied(before: str, character: str) -> bool:
    """Return whether no line can end between two characters of a word."""
    return (
        unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"}
        or unicodedata.combining(before) == VIRAMA
        or before == ZERO_WIDTH_JOINER
        or before in THAI_LEADING
        or character in THAI_FOLLOWING | SKIN_TONES
        or (before in FLAG_LETTERS and character in FLAG_LETTERS)
    )
