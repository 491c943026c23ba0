"""The guide: the Markdown files in `docs/` as pages, without other hosts."""

from __future__ import annotations

import mimetypes
import posixpath
import re
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from pages import guide_search
from pages.markdown import Document, render_markdown

FOLDER: Path = settings.BASE_DIR / "docs"
# The files that pages show or link to. OpenAPI has its own URL.
FILES = ["images/*.png", "images/*.svg", "configuration/*"]
PICTURES = {".svg", ".png"}
# Names of URLs for other files.
OTHERS = {"openapi.yaml": "openapi-yaml"}


class Link(NamedTuple):
    name: str
    title: str


class Chapter(NamedTuple):
    """A list of the table of contents, with its heading."""

    title: str
    links: list[Link]


@conditional_page
@cache_control(no_cache=True)
@require_safe
def page(request: HttpRequest, name: str = "") -> HttpResponse:
    """Return a page of the guide; without a name, the table of contents."""
    if name not in names():
        raise Http404
    before, after = neighbors(name)
    context = {
        "document": document(name),
        "contents": contents(),
        "name": name,
        "before": before,
        "after": after,
    }
    return render(request, "guide.html", context)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Return the sections of the guide that have all words of the query `q`."""
    query = request.GET.get("q", "")[: guide_search.MAX_LENGTH]
    context = {
        "query": query,
        "results": guide_search.results(query, sections()),
        "contents": contents(),
    }
    return render(request, "guide_search.html", context)


@require_safe
def file(request: HttpRequest, path: str) -> FileResponse:
    """Return a picture or a configuration file of the guide."""
    if path not in files():
        raise Http404
    target = FOLDER / path
    is_picture = target.suffix in PICTURES
    media_type = mimetypes.guess_type(path)[0] if is_picture else "text/plain"
    return FileResponse(target.open("rb"), content_type=media_type)


@cache
def paths() -> dict[str, Path]:
    """Return the files of the pages by name: `moving` is `docs/moving/index.md`."""
    return {name_of(path): path for path in FOLDER.glob("**/*.md")}


def names() -> list[str]:
    """Return the names of the pages, "" for the table of contents."""
    return sorted(paths())


def name_of(path: Path) -> str:
    page = path.parent if path.name == "index.md" else path.with_suffix("")
    name = page.relative_to(FOLDER).as_posix()
    return "" if name == "." else name


def url_of(name: str) -> str:
    return reverse("guide-page", args=[name]) if name else reverse("guide")


@cache
def files() -> set[str]:
    found = [path for pattern in FILES for path in FOLDER.glob(pattern)]
    return {path.relative_to(FOLDER).as_posix() for path in found if path.is_file()}


@cache
def contents() -> list[Chapter]:
    """Return the table of contents, as `docs/index.md` lists it."""
    chapters = re.split(r"^## ", paths()[""].read_text(), flags=re.MULTILINE)[1:]
    return [chapter_of(text) for text in chapters]


def chapter_of(text: str) -> Chapter:
    links = re.findall(r"^- \[(.+?)\]\((.+?)\)", text, re.MULTILINE)
    return Chapter(
        title=text.partition("\n")[0],
        links=[Link(name_of(FOLDER / target), title) for title, target in links],
    )


def neighbors(name: str) -> tuple[Link | None, Link | None]:
    """Return the links before and after a page in the table of contents."""
    links: list[Link | None] = [link for each in contents() for link in each.links]
    names = [link.name for link in links if link]
    if name not in names:
        return None, None
    position = names.index(name)
    around = [None, *links, None]
    return around[position], around[position + 2]


@cache
def document(name: str) -> Document:
    path = paths()[name]
    folder = path.parent.relative_to(FOLDER).as_posix()
    return render_markdown(path.read_text(), partial(resolve, folder=folder))


@cache
def sections() -> list[guide_search.Section]:
    """Return the sections of all pages, in the order of the table of contents."""
    names = [link.name for chapter in contents() for link in chapter.links]
    return [
        section
        for name in names
        for section in guide_search.sections_of(paths()[name].read_text(), url_of(name))
    ]


def resolve(target: str, folder: str = "") -> str:
    """Return the URL for the target of a link in a page of this folder in `docs/`.

    What only the repository has, such as the tests, leads to the table of contents.
    """
    path, separator, anchor = target.partition("#")
    if not path or ":" in path or path.startswith("/"):
        return target
    path = posixpath.normpath(posixpath.join(folder, path))
    if path.endswith(".md") and (name := name_of(FOLDER / path)) in paths():
        return url_of(name) + separator + anchor
    if path in files():
        return reverse("guide-file", args=[path])
    return reverse(OTHERS.get(path, "guide"))
