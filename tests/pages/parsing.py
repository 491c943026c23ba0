"""The parts of the landing page, read from its HTML."""

from __future__ import annotations

import json
from html.parser import HTMLParser


class Page(HTMLParser):
    """Texts by the ids of their elements, and the links outside the requests."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.links: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.feed(html)
        self.options = json.loads(self.texts["options"])
        self.missing = self.by_suffix("-missing")
        self.curl = self.by_suffix("-curl")

    def by_suffix(self, suffix: str) -> dict[str, str]:
        return {
            name.removesuffix(suffix): " ".join(text.split(" "))
            for name, text in self.texts.items()
            if name.endswith(suffix)
        }

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "a" and "data-try" not in values:
            self.links.append(values["href"] or "")
        if tag not in {"meta", "link", "input"}:
            self.open.append((tag, values.get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _, name in self.open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data
