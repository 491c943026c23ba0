"""No page has a word that docs/contributing/writing.md forbids."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.guide_pages import FOLDER, ROOT, marked, names

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += [FOLDER / f"{name}.md" for name in names() if name != "contributing/writing"]
ROWS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \|$", marked("contributing/writing", "words"), re.M
)
ADVICE = {word: better for words, better in ROWS[1:] for word in words.split(", ")}
# Blocks, code, comments and the targets of links are no prose.
NO_PROSE = re.compile(
    r"^ *```.*?^ *```$|`[^`]+`|<!--.*?-->|\]\([^)]*\)", re.MULTILINE | re.DOTALL
)


def found(text: str) -> list[str]:
    """Return the lines of a text with forbidden words, and what to write instead."""
    lines = []
    for number, line in enumerate(NO_PROSE.sub(blank, text).splitlines(), 1):
        for word, better in ADVICE.items():
            if re.search(rf"\b{re.escape(word)}\b", line, re.IGNORECASE):
                lines.append(f"line {number}: {word!r}, better: {better}")
    return lines


def blank(match: re.Match[str]) -> str:
    """Return as many lines as the match has, so that line numbers stay right."""
    return "\n" * match[0].count("\n")


@pytest.mark.parametrize(
    "page", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES]
)
def test_a_page_has_no_forbidden_word(page: Path):
    assert found(page.read_text()) == []


def test_a_forbidden_word_is_found():
    text = "```\nPlease\n```\n\n`please`\nSee [it](please.md). Please wait."

    assert found(text) == ["line 6: 'please', better: (leave it out)"]
