"""Checks that all servers return the same documents, one request at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

from benchmarks.servers import HOST, QUINTET, Server
from benchmarks.workloads import JSON_API, Request, Workload, WrongResponse, resources

# Sends a request with these headers, and returns the status and the document.
Ask = Callable[[Workload, Request, dict[str, str]], tuple[int, Any]]
# Access tokens by user ID.
Tokens = dict[int, str]


def over_http(server: Server) -> Ask:
    def ask(
        workload: Workload, request: Request, headers: dict[str, str]
    ) -> tuple[int, Any]:
        connection = HTTPConnection(HOST, server.port, timeout=30)
        # Without the port, so that all servers return the same links.
        all_headers = {"Host": HOST, **headers}
        connection.request(workload.method, request.url, request.data, all_headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response.status, json.loads(body) if response.status < 400 else body

    return ask


def headers_of(workload: Workload, request: Request, tokens: Tokens) -> dict[str, str]:
    if request.user is None:
        return workload.headers
    return workload.headers | {"Authorization": f"Bearer {tokens[request.user]}"}


def documents(ask: Ask, workload: Workload, tokens: Tokens) -> list[Any]:
    """Return the documents for the workload's samples. Raises WrongResponse."""
    bodies = []
    for request in workload.samples:
        headers = headers_of(workload, request, tokens)
        status, document = ask(workload, request, headers)
        if status != workload.status:
            raise WrongResponse(
                f"{workload.name}: {status} at {request.url}: {document}"
            )
        workload.check(document)
        bodies.append(document)
    return bodies


def refuses_forged_tokens(ask: Ask, workload: Workload, tokens: Tokens) -> bool:
    """Return whether a wrong signature and a missing token are refused."""
    request = workload.samples[0]
    genuine = headers_of(workload, request, tokens)["Authorization"]
    signed, _, signature = genuine.rpartition(".")
    attempts = [{"Authorization": f"{signed}.{signature[::-1]}"}, {}]
    statuses = [
        ask(workload, request, workload.headers | headers)[0] for headers in attempts
    ]
    return set(statuses) <= {401, 403}


def verify(servers: list[Server], workloads: list[Workload], tokens: Tokens) -> None:
    """Check Quintet's documents, and that the other servers return the same."""
    [quintet] = [server for server in servers if server.name == QUINTET]
    for workload in workloads:
        expected = documents(over_http(quintet), workload, tokens)
        for server in servers:
            if workload.name in server.program.workloads:
                compare(server, workload, expected, tokens)


def compare(
    server: Server, workload: Workload, expected: list[Any], tokens: Tokens
) -> None:
    ask = over_http(server)
    part = workload.compared
    if server.program.has_own_links and workload.headers == JSON_API:
        part = resources
    actual = documents(ask, workload, tokens)
    for request, theirs, ours in zip(workload.samples, actual, expected, strict=True):
        if part(theirs) != part(ours):
            text = json.dumps(theirs)[:2000]
            raise WrongResponse(f"{server.name} returns for {request.url}: {text}")
    if workload.users and not refuses_forged_tokens(ask, workload, tokens):
        raise WrongResponse(f"{server.name} accepts a forged token at {workload.name}")
