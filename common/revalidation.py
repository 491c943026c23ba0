"""Lists that are asked for again, and are answered as before if the rows are the same.

Most of them have not changed. Each time the statements of the last answer are sent
again; if they read the same rows, the answer is the same, and nothing else is done for
it. So no answer is ever older than its rows, which are read for nobody else's.

That takes a view whose answer is a matter of the URL, the request's headers and rows
alone, and not of the time, of chance, or of a file. It says so by the actions:

    class BookViewSet(DbbaseViewSet):
        answers_by_rows = {"list"}
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error, router
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from common.conditional import is_known, not_modified
from common.headers import Headers, headers_of, put_all
from common.reads import Read, Reads, at_once, noting

# Of the answers that a process keeps, in all and each, and what each needs besides,
# half of which may be the question.
MOST_BYTES, LARGEST, BYTES_BESIDES = 2**24, 2**17, 2**13
LONGEST_QUESTION = BYTES_BESIDES // 2
# What an answer is no matter of, and each client or request has of its own.
OTHER_HEADERS = {
    "HTTP_ACCEPT_ENCODING",
    "HTTP_CACHE_CONTROL",
    "HTTP_CONNECTION",
    "HTTP_FORWARDED",
    "HTTP_IF_NONE_MATCH",
    "HTTP_TRACEPARENT",
    "HTTP_TRACESTATE",
    "HTTP_USER_AGENT",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID",
}
ADDRESS = ("PATH_INFO", "QUERY_STRING", "SCRIPT_NAME", "wsgi.url_scheme")
Make = Callable[[], HttpResponseBase]


class Answer(NamedTuple):
    reads: list[Read]
    until: float
    content: bytes
    headers: Headers
    # Whose request it was, for the log.
    user: Any

    def is_current(self) -> bool:
        try:
            is_in_time = time.time() < self.until
            return is_in_time and all(map(Read.is_as_before, self.reads))
        except Error:  # The view knows what to say of it.
            return False

    def response(self, request: HttpRequest) -> HttpResponse:
        request.user = self.user
        found = HttpResponse(self.content)
        put_all(found, dict(self.headers))
        if is_known(request.META, found.headers["ETag"]):
            return not_modified(found)
        return found


class Answers(dict[Hashable, Answer | None]):
    """Answers by what was asked, all of which are forgotten once they take too much.

    None stands for what was asked once.
    """

    size = 0

    def keep(self, key: Hashable, answer: Answer | None) -> None:
        if key in self:
            self.size -= size_of(self.get(key))
        if self.size + size_of(answer) > MOST_BYTES:
            self.clear()
            self.size = 0
        self[key] = answer
        self.size += size_of(answer)


def size_of(answer: Answer | None) -> int:
    return BYTES_BESIDES + (len(answer.content) if answer else 0)


answers = Answers()


def answered(request: HttpRequest, view: Any, make: Make) -> HttpResponseBase:
    """The view's answer, made anew only if it may be another one than the last."""
    if request.method != "GET" or not answers_by_rows(view):
        return make()
    key = key_of(request, view)
    if key is None:
        return make()
    kept = answers.get(key)
    if kept and kept.is_current():
        return kept.response(request)
    if kept is None and key not in answers:
        answers.keep(key, None)
        return make()
    with noting() as reads:
        response = make()
    if is_fit(request, response, reads):
        answers.keep(key, answer_of(request, response, reads))
    return response


@cache
def answers_by_rows(view: Any) -> bool:
    actions = getattr(view, "actions", None) or {}
    named = getattr(getattr(view, "cls", None), "answers_by_rows", ())
    return actions.get("get", "get") in named


def key_of(request: HttpRequest, view: Any) -> Hashable:
    """All that the answer is a matter of but rows; None where that is too much."""
    meta = request.META
    names = [
        name for name in meta if name.startswith("HTTP_") and name not in OTHER_HEADERS
    ]
    values = [meta.get(name, "") for name in (*ADDRESS, *names)]
    is_short = sum(map(len, values)) + sum(map(len, names)) <= LONGEST_QUESTION
    return (place_of(view), *names, *values) if is_short else None


def place_of(view: Any) -> str:
    """Which database is asked, where there are several."""
    if not settings.DATABASE_ROUTERS:
        return ""
    rows = getattr(view.cls, "queryset", None)
    return "" if rows is None else router.db_for_read(rows.model)


def is_fit(request: HttpRequest, response: HttpResponseBase, reads: Reads) -> bool:
    """Whether the answer is to be given again as long as the rows are the same."""
    is_whole = isinstance(response, HttpResponse) and len(response.content) <= LARGEST
    is_plain = response.status_code == 200 and "ETag" in response.headers
    is_of_rows = reads.is_all and bool(reads.found) and not response.cookies
    # Whoever proves who they are by something else than a token may no longer be.
    is_anybodys = "HTTP_AUTHORIZATION" not in request.META or bool(reads.ends)
    return is_whole and is_plain and is_of_rows and is_anybodys


def answer_of(request: HttpRequest, response: Any, reads: Reads) -> Answer:
    headers = dict(headers_of(response))
    until = min(reads.ends, default=float("inf"))
    user = getattr(request, "user", None)
    return Answer(at_once(reads.found), until, bytes(response.content), headers, user)
