"""One request at a time, to see that all servers give the same answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

from benchmarks.servers import HOST, QUINTET, Server
from benchmarks.workloads import JSON_API, Request, Workload, Wrong, resources

# A request and its headers to the status and the document.
Ask = Callable[[Workload, Request, dict[str, str]], tuple[int, Any]]
# By the ids of their users.
Tokens = dict[int, str]


def over_http(server: Server) -> Ask:
    def ask(
        workload: Workload, request: Request, headers: dict[str, str]
    ) -> tuple[int, Any]:
        connection = HTTPConnection(HOST, server.port, timeout=30)
        # Without the port, so that links to other pages are the same from everybody.
        sent = {"Host": HOST, **headers}
        connection.request(workload.method, request.url, request.data, sent)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, json.loads(body) if answer.status < 400 else body

    return ask


def headers_of(workload: Workload, request: Request, tokens: Tokens) -> dict[str, str]:
    if request.user is None:
        return workload.headers
    return workload.headers | {"Authorization": f"Bearer {tokens[request.user]}"}


def answers(ask: Ask, workload: Workload, tokens: Tokens) -> list[Any]:
    """The documents for some requests of the workload, each with the right status."""
    found = []
    for request in workload.samples:
        headers = headers_of(workload, request, tokens)
        status, document = ask(workload, request, headers)
        if status != workload.status:
            raise Wrong(f"{workload.name}: {status} at {request.url}: {document}")
        workload.check(document)
        found.append(document)
    return found


def refuses_forged_tokens(ask: Ask, workload: Workload, tokens: Tokens) -> bool:
    """One whose signature is another's, and none at all."""
    request = workload.samples[0]
    genuine = headers_of(workload, request, tokens)["Authorization"]
    signed, _, signature = genuine.rpartition(".")
    sent = [{"Authorization": f"{signed}.{signature[::-1]}"}, {}]
    found = [ask(workload, request, workload.headers | headers)[0] for headers in sent]
    return all(status in {401, 403} for status in found)


def verify(servers: list[Server], workloads: list[Workload], tokens: Tokens) -> None:
    """Quintet's documents are right, and all others' are the same."""
    [quintet] = [server for server in servers if server.name == QUINTET]
    for workload in workloads:
        wanted = answers(over_http(quintet), workload, tokens)
        for server in servers:
            if workload.name in server.program.workloads:
                compare(server, workload, wanted, tokens)


def compare(
    server: Server, workload: Workload, wanted: list[Any], tokens: Tokens
) -> None:
    ask = over_http(server)
    part = workload.compared
    if server.program.has_own_links and workload.headers == JSON_API:
        part = resources
    found = answers(ask, workload, tokens)
    for request, theirs, ours in zip(workload.samples, found, wanted, strict=True):
        if part(theirs) != part(ours):
            text = json.dumps(theirs)[:2000]
            raise Wrong(f"{server.name} answers {request.url} with {text}")
    if workload.users and not refuses_forged_tokens(ask, workload, tokens):
        raise Wrong(f"{server.name} takes a forged token at {workload.name}")
