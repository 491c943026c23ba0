"""Headers of errors: a link to help, and texts that old bodies have no room for."""

from __future__ import annotations

import re

from django.conf import settings

from common.http.errors import Problem, first_message
from common.http.strict_json import dumps_deep

LINK, DETAIL = "Link", "X-Error-Detail"
MAX_DETAIL = 500
# Servers refuse some of these in a header, which may quote what the client has sent.
NOT_IN_HEADERS = re.compile(r"[^ -~]")


def help_headers(problem: Problem, body: object) -> dict[str, str]:
    """Return the headers that explain the problem whose body this is."""
    headers = {LINK: f'<{settings.ERROR_HELP_URL}#{code_of(problem)}>; rel="help"'}
    if detail := missing_detail(problem, body):
        headers[DETAIL] = detail
    return headers


def code_of(problem: Problem) -> str:
    """Return the problem's code; of an invalid body, the code of its first field."""
    return first_message(problem.fields)[2] if problem.fields else problem.code


def missing_detail(problem: Problem, body: object) -> str:
    """Return the texts of the problem that the body doesn't have, as one ASCII line."""
    texts = [problem.hint] if problem.fields else [problem.detail, problem.hint]
    if not any(texts):
        return ""
    sent = dumps_deep(body)
    missing = [text for text in texts if text and inner_json(text) not in sent]
    line = " ".join(" ".join(missing).split())
    return NOT_IN_HEADERS.sub("?", line)[:MAX_DETAIL]


def inner_json(text: str) -> bytes:
    """Return the text as it stands between quotes in JSON."""
    return dumps_deep(text)[1:-1]
