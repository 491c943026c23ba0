"""The scripts that the PDF of an invoice prints."""

from __future__ import annotations

import logging
import unicodedata

import pytest
from django.core.checks import run_checks
from fontTools.ttLib import TTFont

from orders.models import Invoice
from orders.printing.letters import FALLBACKS, FONTS, PAGES, split_clusters
from orders.printing.pdf import Paper, pdf_of
from orders.printing.sheet import sheet_of
from orders.printing.warnings import issue_warnings, unprintable_letters
from orders.services import issue
from tests.orders.factories import InvoiceFactory, InvoiceItemFactory
from tests.orders.test_invoice_print import sheet
from tests.support.pdf import drawn_glyphs, pages_of, text_layer

# U+20BB7, a rare Han character.
RARE = "\U00020bb7"


def glyphs_of(code: str, family: str = "") -> list[str]:
    """Return the glyphs of an item's code; `family` begins the name of its font."""
    glyphs = drawn_glyphs(pdf_of(sheet(code)))
    return [name for font, name in glyphs if font.startswith(family)]


def row_of(code: str) -> str:
    """Return the text of the row of an item."""
    text = text_layer(pdf_of(sheet(code)))
    return text.partition("Amount\n1 ")[2].partition(" 1 2.00")[0]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Škoda é ß € ﬁ № ™", "DejaVu"),
        ("Ελληνικά", "DejaVu"),
        ("Жук", "DejaVu"),
        ("Հայերեն", "DejaVu"),
        ("ქართული", "DejaVu"),
        ("שלום", "DejaVu"),
        ("مرحبا", "DejaVu"),
        ("हिन्दी क्षत्रिय विद्या", "NotoSansDevanagari"),
        ("বাংলা কোম্পানি", "NotoSansBengali"),
        ("தமிழ் கொம்பு", "NotoSansTamil"),
        ("ภาษาไทย ที่นี่ น้ำ", "NotoSansThai"),
        ("한국어", "DroidSansFallback"),
        ("漢字", "DroidSansFallback"),
        ("ひらがな カタカナ", "DroidSansFallback"),
        ("🏕 🦊 👍🏽", "NotoEmoji"),
        ("Mix हिन्दी 漢字 ไทย 🦊", "NotoSansThai"),
    ],
)
def test_a_script_is_drawn_with_glyphs_and_can_be_copied(text, family):
    assert row_of(text).replace(" ", "") == text.replace(" ", "")
    assert glyphs_of(text, family)
    assert ".notdef" not in glyphs_of(text)


@pytest.mark.parametrize(
    ("text", "family", "count"),
    [
        ("क्ष", "NotoSansDevanagari", 1),  # a conjunct of three characters
        ("কো", "NotoSansBengali", 3),  # a vowel in two parts around its consonant
        ("கொ", "NotoSansTamil", 3),
        ("น้ำ", "NotoSansThai", 4),
        ("🇩🇪", "NotoEmoji", 1),
        ("👍🏽", "NotoEmoji", 1),
    ],
)
def test_letters_are_shaped(text, family, count):
    assert len(glyphs_of(text, family)) == count


def test_a_sign_without_its_letter_has_no_dotted_circle():
    """A joiner ends a run of glyphs, and the next one begins with a sign."""
    drawn = glyphs_of("র\u200d্যাব", "NotoSansBengali")
    assert drawn == ["uni09B0", "uni09CD", "uni09AF", "uni09BE", "uni09AC"]
    assert row_of("র\u200d্যাব") == "র\u200d্যাব"
    for path in FALLBACKS.values():
        assert 0x25CC not in TTFont(path, lazy=True).getBestCmap()


def test_a_character_without_a_font_is_printed_as_its_code_point():
    text = text_layer(pdf_of(sheet(f"a{RARE}b", PAGES, customer="\u1200")))

    assert "1 aU+20BB7b 1" in text
    assert "2 U+E000 1" in text
    assert "To\nU+1200" in text
    assert text.count("Page 1 of 1") == 1


def test_a_variation_selector_leaves_the_usual_form():
    assert row_of("葛\U000e0100\U000e0101") == "葛"


@pytest.mark.parametrize(
    "word",
    [
        "ที่อยู่สำหรับจัดส่งใบแจ้งหนี้และเอกสารประกอบการชำระเงิน" * 2,
        "क्षत्रियविद्याश्री" * 6,
        "কোম্পানি" * 15,
        "👩\u200d💻👍🏽🏕️🇩🇪" * 12,
        "שָׁלוֹם" * 20,
        "漢" * 80,
    ],
)
def test_a_long_word_is_split_between_its_letters(word):
    paper = Paper(sheet(word))
    paper.add_page()
    paper.use(9)
    lines = paper.wrap(65, word)

    assert "".join(lines) == word
    assert len(lines) > 1
    for line in lines:
        assert paper.get_string_width(line) <= 65
        assert not unicodedata.category(line[0]).startswith("M")
        assert line[0] != "\u200d"


@pytest.mark.parametrize(
    ("word", "clusters"),
    [
        ("क्षिप्र", ["क्षि", "प्र"]),
        ("ที่เก็บน้ำ", ["ที่", "เก็", "บ", "น้ำ"]),
        ("👩\u200d💻🏕️", ["👩\u200d💻", "🏕️"]),
        ("👍🏽a", ["👍🏽", "a"]),
        ("🇩🇪x", ["🇩🇪", "x"]),
        ("", []),
    ],
)
def test_what_belongs_to_a_letter_stays_with_it(word, clusters):
    assert split_clusters(word) == clusters


def test_words_are_kept_whole_where_they_fit():
    text = "many words हिन्दी बहुत सारे शब्द यहाँ हैं और फिर भी कुछ और शब्द बाकी हैं"
    paper = Paper(sheet(text))
    paper.add_page()
    paper.use(9)

    assert " ".join(line.strip() for line in paper.wrap(65, text)) == text


def test_fonts_are_small_free_and_loaded_only_if_needed():
    fonts = list(FONTS.glob("*.ttf"))
    assert len(fonts) == 8
    assert sum(font.stat().st_size for font in FONTS.iterdir()) < 7_000_000
    for font in fonts:
        family = font.name.partition("-")[0].removesuffix(".ttf")
        assert (FONTS / f"{family}.LICENSE.txt").exists()
    [page] = pages_of(pdf_of(sheet("M8")))
    assert len(page["/Resources"]["/Font"]) == 2


# Warnings


@pytest.fixture
def draft(ada) -> Invoice:
    ada.name = f"Ada {RARE}"
    ada.save()
    return InvoiceItemFactory(invoice__user=ada, part_code="\u1200 हिन्दी 🦊").invoice


def test_a_draft_warns_of_characters_without_a_font(draft, settings):
    settings.QUINTET_INVOICE_NOTE = ["\ua000"]

    assert unprintable_letters(sheet_of(draft)) == ["\u1200", "\ua000", RARE]
    [warning] = [
        text for text in issue_warnings(draft, sheet_of(draft)) if "code points" in text
    ]
    assert warning == (
        "The PDF shows only the code points of \u1200 (U+1200), \ua000 (U+A000),"
        f" {RARE} (U+20BB7)."
    )


def test_many_characters_are_counted(ada):
    code = "".join(map(chr, range(0x1200, 0x1220)))
    draft = InvoiceItemFactory(invoice__user=ada, part_code=code).invoice

    [warning] = issue_warnings(draft, sheet_of(draft))
    assert warning.endswith("ሉ (U+1209) and 22 others.")


def test_issuing_logs_characters_without_a_font(draft, ada, caplog):
    with caplog.at_level(logging.WARNING, "orders"):
        issue(invoice=draft)
        invoice = InvoiceFactory(user=ada)
        InvoiceItemFactory(invoice=invoice, part_code="हिन्दी")
        ada.name = "Ada"
        ada.save()
        issue(invoice=invoice)

    [record] = [each for each in caplog.records if each.name.startswith("orders")]
    draft.refresh_from_db()
    assert record.getMessage() == (
        f"Invoice {draft.number} has no font for U+1200, U+20BB7."
    )


def test_a_check_names_texts_of_all_invoices_without_a_font(settings):
    settings.QUINTET_SELLER = [f"Quintet {RARE}"]

    [warning] = [each for each in run_checks() if each.id == "orders.W001"]
    assert warning.msg.startswith("QUINTET_SELLER has characters")
    assert RARE in warning.msg
