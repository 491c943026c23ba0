"""The navigation of the pages at the APIs' URLs: the systems, and their resources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django import template

from config.documents import systems as documents
from config.documents import tags_of_operations
from dialects.documented import DocumentedPath
from dialects.openapi_document import openapi_document
from dialects.page_parts import href
from pages.documentation import url_of_system

register = template.Library()


class Tab(NamedTuple):
    """A system, and the tags of the OpenAPI document that belong to it."""

    name: str
    tags: Sequence[str]


TABS = [
    Tab("Goals", ["Goals"]),
    Tab("Bucket lists", ["Bucket lists"]),
    Tab("Casting", ["Casting"]),
    Tab("Media catalog", ["Media catalog (JSON:API)", "Books and authors"]),
    Tab("Orders", ["Orders"]),
    Tab("Accounts", ["Accounts"]),
]


def all_tabs() -> list[Tab]:
    """Return the systems, and one for each tag that belongs to none of them."""
    known = {tag for tab in TABS for tag in tab.tags}
    others = [tag for tag in tags_of_operations() if tag not in known]
    return [*TABS, *(Tab(tag, [tag]) for tag in others)]


class Link(NamedTuple):
    name: str
    url: str
    # The value of `aria-current`, "" for links to other pages.
    current: str


@register.inclusion_tag("systems.html")
def systems(path: DocumentedPath | None) -> dict[str, Any]:
    """Show a tab for each system, and links to the resources of the path's system."""
    tabs = [(tab, resources_of(tab)) for tab in all_tabs()]
    current, resources = next(
        (each for each in tabs if path and path.tag in each[0].tags), (None, [])
    )
    return {
        "systems": [
            Link(tab.name, href(pages[0].url), "true" if tab is current else "")
            for tab, pages in tabs
            if pages
        ],
        "resources": [
            Link(each.title, href(each.url), current_of(each, path))
            for each in resources
        ],
        "system": current,
    }


@register.simple_tag
def documentation_url(path: DocumentedPath) -> str:
    """Return the URL of the documentation of the path's system."""
    name = next(name for name, tag in documents().items() if tag["name"] == path.tag)
    return url_of_system(name)


def resources_of(tab: Tab) -> list[DocumentedPath]:
    """Return the paths without parameters, those that can be read first."""
    paths = [
        DocumentedPath(template, template)
        for template in openapi_document()["paths"]
        if "{" not in template
    ]
    own = [path for path in paths if path.tag in tab.tags and is_page(path)]
    return sorted(own, key=lambda path: not path.operation("GET"))


def is_page(path: DocumentedPath) -> bool:
    """Return whether the URL has a page, which a file such as CSV has not."""
    return "." not in path.template.rpartition("/")[2]


def current_of(path: DocumentedPath, shown: DocumentedPath | None) -> str:
    if shown is None or not shown.template.startswith(path.template.rstrip("/")):
        return ""
    return "page" if shown.template == path.template else "true"
