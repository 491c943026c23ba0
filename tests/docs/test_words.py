"""The words, texts and docstrings that docs/contributing/writing.md asks for."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.guide_pages import FOLDER, ROOT, marked, names
from tests.support.product_texts import (
    MODULES,
    OLD_TEXTS,
    SCRIPTS,
    TEMPLATES,
    docstrings,
    name_of,
    templates,
    texts,
)

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
# A name, an option of a command or a placeholder.
NO_WORD = re.compile(r"`[^`]+`|--[\w-]+|\{[^}]*\}")
FIRST_WORDS = re.compile(
    r"(What|Whether|Who|Which|How|Those|All|The same|Of|Where|As|That)\b"
)


def found(text: str) -> list[str]:
    """Return the lines of a text with forbidden words, and what to write instead."""
    return [
        f"line {number}: {word!r}, better: {ADVICE[word]}"
        for number, line in enumerate(NO_PROSE.sub(blank, text).splitlines(), 1)
        for word in words_in(line)
    ]


def words_in(text: str) -> list[str]:
    return [
        word
        for word in ADVICE
        if re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)
    ]


def blank(match: re.Match[str]) -> str:
    """Return as many lines as the match has, so that line numbers stay right."""
    return "\n" * match[0].count("\n")


def found_in_code(path: Path) -> list[str]:
    """Return the forbidden words in what people read. A single word is a name."""
    return [
        f"line {number}: {word!r}, better: {ADVICE[word]}"
        for number, text in texts(path)
        if " " in text.strip()
        for word in words_in(NO_WORD.sub("", text))
    ]


@pytest.mark.parametrize(
    "page", PAGES, ids=[path.relative_to(ROOT).as_posix() for path in PAGES]
)
def test_a_page_has_no_forbidden_word(page: Path):
    assert found(page.read_text()) == []


def test_a_forbidden_word_is_found():
    text = "```\nPlease\n```\n\n`please`\nSee [it](please.md). Please wait."

    assert found(text) == ["line 6: 'please', better: (leave it out)"]


def test_no_text_in_the_code_has_a_forbidden_word():
    files = {*MODULES, *TEMPLATES, *SCRIPTS} - set(OLD_TEXTS)

    assert {
        name_of(file): words for file in files if (words := found_in_code(file))
    } == {}


def test_a_forbidden_word_in_the_code_is_found(monkeypatch, tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        '"""Wait, please."""\n\nNAME = "please"  # Please wait.\n'
        'TEXT = f"Please wait for `please` {NAME}."\n'
    )
    monkeypatch.setattr("tests.support.product_texts.MODULES", [module])

    numbers = [line.partition(":")[0] for line in found_in_code(module)]
    assert sorted(numbers) == ["line 1", "line 3", "line 4"]


def test_docstrings_begin_with_a_verb_or_a_noun():
    wrong = [
        f"{name_of(path)}: {text.splitlines()[0]}"
        for path in MODULES
        for _, text in docstrings(path)
        if FIRST_WORDS.match(text)
    ]

    assert wrong == []


def test_texts_of_the_old_services_are_in_their_modules_only():
    old = {text for path in OLD_TEXTS for text in templates(path)}
    copies = [
        f"{name_of(path)}: {text}"
        for path in MODULES
        if path not in OLD_TEXTS
        for text in templates(path)
        if any(each in text for each in old)
    ]

    assert len(old) > 60
    assert copies == []


def test_modules_of_old_texts_say_that_they_stay():
    assert len(OLD_TEXTS) > 5
    for path in OLD_TEXTS:
        module = ast.get_docstring(ast.parse(path.read_text())) or ""
        assert "Clients compare them: don't correct them." in module, path
