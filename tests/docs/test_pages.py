"""The guide as a whole: its table of contents, links, tables and blocks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pages.markdown import anchor_of
from tests.support.guide_pages import (
    FOLDER,
    ROOT,
    Block,
    blocks,
    names,
    page,
    run_elsewhere,
)

NAMES = names()
FILES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
FILES += [ROOT / "benchmarks/README.md", *(FOLDER / f"{name}.md" for name in NAMES)]
LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]+))?\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)

every_file = pytest.mark.parametrize(
    "file", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES]
)
every_page = pytest.mark.parametrize("name", NAMES)


def prose(file: Path) -> str:
    """Return the file's text without its blocks."""
    return FENCED.sub("", file.read_text())


def headings(file: Path) -> list[str]:
    return re.findall(r"^#+ (.*)$", prose(file), re.MULTILINE)


def test_the_table_of_contents_lists_each_page_once():
    listed = re.findall(r"\]\(([\w/-]+)\.md\)", page("index"))

    assert ["index", *listed] == NAMES
    assert len(set(NAMES)) == len(NAMES)


@every_page
def test_a_page_has_one_title_and_each_heading_once(name):
    file = FOLDER / f"{name}.md"
    anchors = [anchor_of(heading) for heading in headings(file)]

    assert page(name).startswith("# ")
    assert len(re.findall(r"^# ", prose(file), re.MULTILINE)) == 1
    assert len(set(anchors)) == len(anchors)


def test_the_first_screen_of_the_readme_shows_what_quintet_is():
    first = (ROOT / "README.md").read_text().splitlines()[:40]
    text = "\n".join(first)

    assert re.search(r"!\[.+\]\(docs/images/.+\.png\)", text)
    assert "$ script/server" in first
    for name in ("tutorial/first-steps", "moving/index", "how-to/deploy"):
        assert f"](docs/{name}.md)" in text


@every_file
def test_every_link_leads_to_a_file_and_a_heading(file):
    for target, anchor in LINK.findall(prose(file)):
        if ":" in target or target.startswith("/"):
            continue
        path = file.parent / target if target else file
        assert path.exists(), target
        if anchor:
            assert anchor in map(anchor_of, headings(path)), f"{target}#{anchor}"


@every_file
def test_every_table_has_a_heading_for_each_of_its_cells(file):
    table: list[int] = []
    for line in [*prose(file).splitlines(), ""]:
        row = line.strip()
        if not row.startswith("|"):
            assert not table or len(table) > 1, f"no table: {row}"
            table = []
            continue
        cells = re.split(r"(?<!\\)\|", row.strip("|"))
        table.append(len(cells))
        assert table[0] == table[-1], row
        if len(table) == 1:
            assert all(cell.strip() for cell in cells), f"an empty heading: {row}"
        if len(table) == 2:
            assert re.fullmatch(r"[|:\- ]+", row), f"no table: {row}"


def is_named_in(name: str, test: str) -> bool:
    """Return whether a test reads the page, or all pages of its folder."""
    text = (ROOT / test).read_text()
    return name in text or f"docs/{name.partition('/')[0]}" in text


def covered(block: Block, name: str) -> bool:
    """Return whether a test uses the block."""
    if block.note == "file":
        return (ROOT / block.target).read_text().strip() == block.text.strip()
    if block.note == "run by":
        return is_named_in(name, block.target)
    return block.language == "console"


@every_page
def test_every_block_is_a_file_or_run_by_a_test(name):
    text = page(name)
    if test := run_elsewhere(text):
        assert is_named_in(name, test)
        return
    for block in blocks(text):
        assert covered(block, name), block.text
    assert text.count("```") == 2 * len(blocks(text))
    # The served guide shows blocks inside lists as text.
    assert "\n ```" not in text.replace("\n  ", "\n ").replace("\n  ", "\n ")
