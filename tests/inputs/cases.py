"""Requests as outsiders send them, and the right responses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from accounts.models import User
from accounts.services import issue_tokens
from tests.support.service_processes import Response, Service

PASSWORD = "quintet-demo"


class Case(NamedTuple):
    """A request and what its response must be.

    `body` is sent as JSON unless it is bytes. `shows` is a part of the response's body,
    as text. `user` is the name of a demo account; without one the request has no token.
    """

    request: str  # "POST /orders"
    body: Any = None
    status: int = 400
    shows: str = ""
    user: str = ""
    headers: dict[str, str] = {}


class Server:
    """A web server with the demo data, which the cases of a test share."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.tokens: dict[str, str] = {}

    def check(self, cases: Iterable[Case]) -> None:
        """Send the requests in their order. Fail with every wrong response."""
        wrong = [text for case in cases if (text := self.difference(case))]
        assert not wrong, "\n\n".join(wrong)

    def difference(self, case: Case) -> str:
        """Return what is wrong with the response, or an empty string."""
        response = self.send(case)
        text = response.body.decode(errors="replace")
        if response.status == case.status and case.shows in text:
            return ""
        expected = f"{case.status} {case.shows}".strip()
        return f"{case}\nexpected: {expected}\nreceived: {response.status} {text[:500]}"

    def send(self, case: Case) -> Response:
        method, path = case.request.split(" ", 1)
        headers = dict(case.headers)
        if case.user:
            headers["Authorization"] = f"Bearer {self.token(case.user)}"
        return self.service.call(method, path, case.body, **headers)

    def token(self, user: str) -> str:
        if user not in self.tokens:
            account = User.objects.get(email=f"{user}@example.com")
            self.tokens[user] = issue_tokens(account).access
        return self.tokens[user]
