"""Markdown of the guide as HTML, with the anchors that GitHub gives headings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.codehilite import CodeHiliteExtension
from markdown.extensions.toc import TocExtension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

# Returns the URL that a link of the page leads to.
Resolve = Callable[[str], str]
# Comments on lines of their own speak to tests.
COMMENT = re.compile(r"^ *<!--.*?-->\n", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    title: str
    html: SafeString
    # The headings of the second level: their anchors and texts.
    sections: list[tuple[str, str]]


def anchor_of(heading: str, separator: str = "-") -> str:
    """Return `error-codes` for `Error codes`, as GitHub does."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", separator)


class PageProcessor(Treeprocessor):
    """Processor that resolves links, and makes wide tables and code scrollable."""

    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self.resolve = resolve

    def run(self, root: Element) -> None:
        for name, attribute in (("a", "href"), ("img", "src")):
            for element in root.iter(name):
                element.set(attribute, self.resolve(element.get(attribute, "")))
        for position, element in enumerate(list(root)):
            if element.tag == "table":
                show_pipes(element)
                root[position] = scrollable(element)


def show_pipes(table: Element) -> None:
    """Show `\\|` in code as a pipe, as GitHub does."""
    for code in table.iter("code"):
        code.text = AtomicString((code.text or "").replace("\\|", "|"))


def scrollable(table: Element) -> Element:
    """Return the table in a box, whose keyboard focus lets people scroll it."""
    label = " ".join("".join(cell.itertext()) for cell in table.iter("th"))
    attributes = {"class": "scroll", "tabindex": "0", "role": "group"}
    box = Element("div", attributes | {"aria-label": f"Table: {label.strip()}"})
    box.append(table)
    return box


class PageExtension(Extension):
    def __init__(self, resolve: Resolve) -> None:
        super().__init__()
        self.resolve = resolve

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        # After those that Markdown brings, which make the elements.
        md.treeprocessors.register(PageProcessor(self.resolve), "page", 0)


def render_markdown(text: str, resolve: Resolve) -> Document:
    """Return the document, which must be one of our own: its HTML is trusted."""
    toc: Any = TocExtension(slugify=anchor_of, toc_depth="2-2")
    converter = Markdown(
        extensions=[
            "fenced_code",
            "sane_lists",
            "tables",
            CodeHiliteExtension(guess_lang=False),
            toc,
            PageExtension(resolve),
        ]
    )
    html = converter.convert(COMMENT.sub("", text))
    tokens: list[Any] = getattr(converter, "toc_tokens", [])
    title = re.search(r"^# (.+)$", text, re.MULTILINE)
    return Document(
        title=title[1] if title else "Guide",
        html=mark_safe(html),  # noqa: S308
        sections=[(token["id"], token["name"]) for token in tokens],
    )
