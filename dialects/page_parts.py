"""Parts of the pages at the APIs' URLs: links, and texts of the document as HTML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, urlencode

from django.urls import get_script_prefix
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from dialects.documented import DocumentedPath, documented, resolved
from dialects.openapi_parts import Schema

URL = re.compile(r'"(https?://[^\s"\\]+)"')
LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')
PAGES = {"first": "First", "prev": "Previous", "next": "Next", "last": "Last"}
MAX_ROWS = 12
# Fields that may say what a row is.
NAMES = ("title", "name", "description", "lastName", "invoiceNumber", "partCode")


class PageLink(NamedTuple):
    url: str
    text: str


def href(url: str) -> str:
    return get_script_prefix().rstrip("/") + url


def with_links(content: str) -> SafeString:
    """Return the response as HTML, in which the URLs are links."""
    # The odd parts are URLs.
    parts = URL.split(content)
    return format_html_join(
        "",
        "{}",
        (
            (format_html('"<a href="{0}">{0}</a>"', part) if number % 2 else part,)
            for number, part in enumerate(parts)
        ),
    )


def page_links(header: str) -> list[PageLink]:
    """Return links to the pages of the header `Link`, in the order of PAGES."""
    urls = {rel: url for url, rel in LINK.findall(header)}
    return [PageLink(urls[rel], text) for rel, text in PAGES.items() if rel in urls]


def described(text: str) -> SafeString:
    """Return a description of the document as HTML: paragraphs, lists and `code`."""
    blocks = filter(None, map(str.strip, text.split("\n\n")))
    return format_html_join("", "{}", ((with_items(block),) for block in blocks))


def with_items(block: str) -> SafeString:
    if not block.startswith("- "):
        return format_html("<p>{}</p>", with_code(block))
    items = ((with_code(item),) for item in block[2:].split("\n- "))
    return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", items))


def with_code(text: str) -> SafeString:
    return format_html_join(
        "",
        "{}",
        (
            (format_html("<code>{}</code>", part) if number % 2 else part,)
            for number, part in enumerate(text.split("`"))
        ),
    )


def query_parameters(operation: Schema) -> list[Schema]:
    """Return the parameters of the query, with their descriptions as HTML."""
    parameters = map(resolved, operation.get("parameters", []))
    return [
        {**parameter, "text": with_code(parameter.get("description", ""))}
        for parameter in parameters
        if parameter["in"] == "query"
    ]


def example_query(parameters: Iterable[Schema]) -> str:
    """Return the recorded query string of an operation, with its question mark."""
    pairs = [
        (parameter["name"], each if isinstance(each, str) else json.dumps(each))
        for parameter in parameters
        if "example" in parameter
        for each in as_list(parameter["example"])
    ]
    return f"?{urlencode(pairs)}" if pairs else ""


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def row_links(path: DocumentedPath, body: object) -> list[PageLink]:
    """Return links to the first rows of a list whose rows have URLs."""
    above = path.url.rstrip("/")
    rows = first_rows(body) if path.is_list and documented(f"{above}/0") else []
    return [
        PageLink(href(f"{above}/{quote(str(row['id']), safe='')}"), name_of(row))
        for row in rows[:MAX_ROWS]
    ]


def first_rows(body: object) -> list[Schema]:
    """Return the rows of a list, which may be in an object that has a list."""
    members = body.values() if isinstance(body, dict) else [body]
    for member in members:
        if isinstance(member, list) and member:
            return [row for row in member if isinstance(row, dict) and "id" in row]
    return []


def name_of(row: Schema) -> str:
    """Return the ID of a row, and what the row is called."""
    attributes = row.get("attributes")
    fields = attributes if isinstance(attributes, dict) else row
    names = [fields[name] for name in NAMES if isinstance(fields.get(name), str)]
    return f"{row['id']} {Truncator(names[0]).chars(60)}" if names else str(row["id"])
