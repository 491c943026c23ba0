"""The forms of a browsable page, as a browser without JavaScript sends them."""

from __future__ import annotations

from html.parser import HTMLParser


class Forms(HTMLParser):
    """Collects the fields of each form by the form's method."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[dict[str, str]] = []
        self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self.forms.append({})
        elif tag == "input" and self.forms:
            self.forms[-1][str(values["name"])] = values.get("value") or ""
        elif tag == "textarea":
            self.area = str(values["name"])
            self.forms[-1][self.area] = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.forms[-1][self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""


def request_forms(page: str) -> dict[str, dict[str, str]]:
    """Return the forms that send requests, by the method of the request."""
    return {form["method"]: form for form in Forms(page).forms if "method" in form}
