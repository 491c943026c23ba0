"""Apps that a page of the documentation prints, built from its blocks and used."""

from __future__ import annotations

import doctest
import json
import re
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection
from django.test import override_settings
from django.urls import clear_url_caches, include, path

from config import documents
from config.apis import API
from config.urls import urlpatterns as own_patterns
from dialects.dbbase import DbbaseDialect
from dialects.envelope import EnvelopeDialect
from dialects.message import MessageDialect
from dialects.openapi_document import openapi_document
from dialects.restless import RestlessDialect
from tests.support.guide_pages import is_printed

URLCONF = "urls_with_page_app"
TOKEN = "$TOKEN"
PYTHON = re.compile(r"((?:^.+\n)+)\n```python\n([\s\S]*?)```", re.MULTILINE)
LINE = re.compile(r"^ *(API\(.*\)),?$", re.MULTILINE)
DIALECTS = {
    dialect.__name__: dialect
    for dialect in (RestlessDialect, DbbaseDialect, EnvelopeDialect, MessageDialect)
}


class Exchange(NamedTuple):
    """A request and its response, as a block of a page prints them."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    status: str
    response_headers: dict[str, str]
    response: str


def files_of(name: str, page: str) -> dict[str, str]:
    """Return the app's files: Python blocks after a paragraph that names one."""
    files = {}
    for paragraph, text in PYTHON.findall(page):
        for file in re.findall(rf"`({name}/\w+\.py)`", paragraph):
            files[file] = text
    return files


def exchanges_of(page: str) -> list[Exchange]:
    blocks = re.findall(r"```http\n(.*?)```", page, re.DOTALL)
    return [parse_exchange(block.strip()) for block in blocks]


def parse_exchange(block: str) -> Exchange:
    request, _, response = block.partition("\n\nHTTP/1.1 ")
    head, _, body = request.partition("\n\n")
    first, *lines = head.split("\n")
    method, url = first.split(" ", 1)
    head, _, content = response.partition("\n\n")
    status, *response_lines = head.split("\n")
    headers, response_headers = parse_headers(lines), parse_headers(response_lines)
    return Exchange(method, url, headers, body, status, response_headers, content)


def parse_headers(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


@contextmanager
def installed_app(name: str, page: str, folder: Path, blocker: Any) -> Iterator[Any]:
    """Install the page's app with its tables and URLs, and remove all of it again."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").touch()
    for file, text in files_of(name, page).items():
        (folder / file).write_text(text)
    sys.path.insert(0, str(folder))
    installed = [*settings.INSTALLED_APPS, name]
    try:
        with override_settings(INSTALLED_APPS=installed, ROOT_URLCONF=URLCONF):
            make_urls(page)
            forget_documents()
            with tables(list(apps.get_app_config(name).get_models()), blocker):
                yield apps.get_app_config(name)
    finally:
        sys.path.remove(str(folder))
        forget(name)


def forget_documents() -> None:
    """Forget the documents made of other URLs."""
    for cached in (openapi_document, documents.systems, documents.rendered):
        cached.cache_clear()


def make_urls(page: str) -> None:
    """Make the service's URLs and those of the lines for `config/apis.py`."""
    urls: Any = types.ModuleType(URLCONF)
    apis = [eval(line, {"API": API, **DIALECTS}) for line in LINE.findall(page)]
    assert apis
    own = [path("", include(api.urlconf)) for api in apis]
    urls.urlpatterns = [*own_patterns, *own]
    urls.handler404 = "config.errors.not_found"
    urls.handler500 = "config.errors.server_error"
    sys.modules[URLCONF] = urls


@contextmanager
def tables(models: list[Any], blocker: Any) -> Iterator[None]:
    with blocker.unblock(), connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    yield
    with blocker.unblock(), connection.schema_editor() as editor:
        for model in reversed(models):
            editor.delete_model(model)


def forget(name: str) -> None:
    for model in [*admin.site._registry]:
        if model._meta.app_label == name:
            admin.site.unregister(model)
    for module in [*sys.modules]:
        if module == URLCONF or module.partition(".")[0] == name:
            del sys.modules[module]
    apps.all_models.pop(name, None)
    apps.clear_cache()
    clear_url_caches()
    forget_documents()


def assert_as_printed(exchange: Exchange, client: Any, media_type: str) -> None:
    """Send the request, and compare the response with what the page prints."""
    headers = {"Accept": media_type, "Content-Type": media_type} | exchange.headers
    headers.pop("Authorization", None)
    content_type = headers.pop("Content-Type")
    response = client.generic(
        exchange.method,
        exchange.url,
        exchange.body.encode(),
        content_type,
        headers=headers,
    )
    what = f"{exchange.method} {exchange.url}\n{response.content.decode()}"
    status = HTTPStatus(response.status_code)
    assert f"{status.value} {status.phrase}" == exchange.status, what
    for name, value in exchange.response_headers.items():
        assert response.headers.get(name) == value, what
    if exchange.response:
        assert_printed(response.content, exchange.response)


def assert_printed(content: bytes, printed: str) -> None:
    """Assert that the JSON body is as printed, apart from white space."""
    body = json.dumps(json.loads(content), ensure_ascii=False)
    assert is_printed(printed, body), f"{printed}\n{body}"


def assert_alike(text: str, printed: str) -> None:
    """Assert that the text is as printed, where an ellipsis stands for any text."""
    first, *others = printed.split("…")
    assert text.startswith(first), f"{printed}\n{text}"
    position = len(first)
    for part in others:
        found = text.find(part, position)
        assert found >= 0, f"{part}\n{text}"
        position = found + len(part)
    assert text.endswith(others[-1] if others else first), f"{printed}\n{text}"
    assert others or text == printed, f"{printed}\n{text}"


def run_sessions(page: str) -> doctest.TestResults:
    """Run the page's `pycon` blocks, and return how many examples failed."""
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    for number, session in enumerate(re.findall(r"```pycon\n(.*?)```", page, re.S)):
        test = parser.get_doctest(session, {}, f"session {number}", None, None)
        runner.run(test)
    return runner.summarize()
