"""The guide: the Markdown files in `docs/` as pages, without other hosts."""

from __future__ import annotations

import mimetypes
import posixpath
from functools import cache, partial
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from pages.markdown import Document, render_markdown

FOLDER: Path = settings.BASE_DIR / "docs"
# The files that pages show or link to, by their suffix. OpenAPI has its own URL.
FILES = {".svg", ".png", ".conf", ".service", ".yml", ""}
PICTURES = {".svg", ".png"}
# Names of URLs for other files.
OTHERS = {"openapi.yaml": "openapi-yaml"}


@conditional_page
@cache_control(no_cache=True)
@require_safe
def page(request: HttpRequest, name: str = "") -> HttpResponse:
    """Return a page of the guide; without a name, the table of contents."""
    if name not in names():
        raise Http404
    context = {"document": document(name), "contents": contents(), "name": name}
    return render(request, "guide.html", context)


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


def name_of(path: Path) -> str:
    page = path.parent if path.name == "index.md" else path.with_suffix("")
    name = page.relative_to(FOLDER).as_posix()
    return "" if name == "." else name


@cache
def names() -> list[str]:
    """Return the names of the pages, "" for the table of contents."""
    return sorted(paths())


@cache
def files() -> set[str]:
    return {
        path.relative_to(FOLDER).as_posix()
        for path in FOLDER.glob("*/**/*")
        if path.is_file() and path.suffix in FILES
    }


@cache
def contents() -> list[tuple[str, str]]:
    """Return names and titles of all pages."""
    return [(name, document(name).title) for name in names() if name]


@cache
def document(name: str) -> Document:
    path = paths()[name]
    folder = path.parent.relative_to(FOLDER).as_posix()
    return render_markdown(path.read_text(), partial(resolve, folder=folder))


def url_of(name: str) -> str:
    return reverse("guide-page", args=[name]) if name else reverse("guide")


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
