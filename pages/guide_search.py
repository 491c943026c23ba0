"""The search of the guide: sections of its pages that have all words of a query."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from pages.markdown import anchor_of

MAX_LENGTH = 200
MAX_RESULTS = 30
# Characters around the first word that an excerpt shows.
BEFORE, AFTER = 60, 160
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
MARKS = re.compile(r"^<!--.*?-->$|^ *```.*$|^[-:| ]+$|^> ?|[`*|]", re.MULTILINE)
# A hit in a heading counts as many in the text.
HEADING_WEIGHT, TITLE_WEIGHT, MAX_HITS = 20, 5, 5


class Section(NamedTuple):
    """A heading of a page and the text below it, as readers see it."""

    url: str
    page: str
    heading: str
    text: str


class Result(NamedTuple):
    url: str
    title: str
    excerpt: SafeString


def sections_of(text: str, url: str) -> list[Section]:
    """Split a page at its headings. The first section has no heading of its own."""
    hidden = BLOCK.sub(lambda block: block[0].replace("\n#", "\n\0#"), text)
    _, title, first, *rest = HEADING.split(hidden)
    sections = [Section(url, title, "", plain(first))]
    for heading, part in zip(rest[::2], rest[1::2], strict=True):
        target = f"{url}#{anchor_of(heading)}"
        sections.append(Section(target, title, plain(heading), plain(part)))
    return sections


def plain(text: str) -> str:
    """Return Markdown without its marks, in one line."""
    text = MARKS.sub("", LINK.sub(r"\1", text)).replace("\0", "")
    return re.sub(r"\s+", " ", text).strip()


def results(query: str, sections: list[Section]) -> list[Result]:
    """Return the best sections that have each word of the query, the best first."""
    words = query.lower().split()
    if not words:
        return []
    weighed = [(weight(words, section), section) for section in sections]
    found = sorted((pair for pair in weighed if pair[0]), key=lambda pair: -pair[0])
    return [result_of(section, words) for _, section in found[:MAX_RESULTS]]


def weight(words: list[str], section: Section) -> int:
    """Return how well the section fits, or 0 if it lacks a word."""
    heading, title = section.heading.lower(), section.page.lower()
    text = section.text.lower()
    total = 0
    for word in words:
        hits = min(text.count(word), MAX_HITS)
        hits += HEADING_WEIGHT * (word in heading) + TITLE_WEIGHT * (word in title)
        if not hits:
            return 0
        total += hits
    return total


def result_of(section: Section, words: list[str]) -> Result:
    title = f"{section.page}: {section.heading}" if section.heading else section.page
    return Result(section.url, title, excerpt_of(section.text, words))


def start_before(text: str, hit: int) -> int:
    """Return the start of a word that is at most BEFORE characters before the hit."""
    if hit <= BEFORE:
        return 0
    space = text.find(" ", hit - BEFORE, hit)
    return space + 1 if space >= 0 else hit - BEFORE


def excerpt_of(text: str, words: list[str]) -> SafeString:
    """Return the text around the first word as HTML, with all words marked."""
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    first = pattern.search(text)
    start = start_before(text, first.start()) if first else 0
    end = start + BEFORE + AFTER
    shown = text[start:end]
    parts = [
        f"<mark>{escape(part)}</mark>" if pattern.fullmatch(part) else escape(part)
        for part in re.split(f"({pattern.pattern})", shown, flags=re.IGNORECASE)
    ]
    html = ("… " if start else "") + "".join(parts) + (" …" if end < len(text) else "")
    return mark_safe(html)  # noqa: S308
