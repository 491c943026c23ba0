"""One request at a time, to see that all servers give the same answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

from benchmarks.servers import QUINTET, Server
from benchmarks.workloads import JSON_API, Workload, Wrong, resources

# A URL and headers to the status and the document.
Ask = Callable[[Workload, str, dict[str, str]], tuple[int, Any]]
# By the ids of their users.
Tokens = dict[int, str]


def over_http(server: Server) -> Ask:
    def ask(workload: Workload, url: str, headers: dict[str, str]) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {"Host": "127.0.0.1", **headers}
        connection.request(workload.method, url, body=workload.data, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, json.loads(body) if answer.status < 400 else body

    return ask


def headers_of(workload: Workload, tokens: Tokens) -> dict[str, str]:
    if workload.user is None:
        return workload.headers
    return workload.headers | {"Authorization": f"Bearer {tokens[workload.user]}"}


def answers(ask: Ask, workload: Workload, tokens: Tokens) -> dict[str, Any]:
    """The documents at some URLs of the workload, each with the right status."""
    found = {}
    for url in workload.samples():
        status, document = ask(workload, url, headers_of(workload, tokens))
        if status != workload.status:
            raise Wrong(f"{workload.name}: {status} at {url}: {document}")
        workload.check(document)
        found[url] = document
    return found


def refuses_forged_tokens(ask: Ask, workload: Workload, token: str) -> bool:
    """One whose signature is another's, and none at all."""
    head, claims, signature = token.split(".")
    forged = f"{head}.{claims}.{signature[::-1]}"
    sent = [{"Authorization": f"Bearer {forged}"}, {}]
    found = [
        ask(workload, workload.url(), workload.headers | headers)[0] for headers in sent
    ]
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
    server: Server, workload: Workload, wanted: dict[str, Any], tokens: Tokens
) -> None:
    ask = over_http(server)
    part = workload.compared
    if server.program.has_own_links and workload.headers == JSON_API:
        part = resources
    for url, found in answers(ask, workload, tokens).items():
        if part(found) != part(wanted[url]):
            raise Wrong(f"{server.name} answers {url} with {json.dumps(found)[:2000]}")
    if workload.user is not None and not refuses_forged_tokens(
        ask, workload, tokens[workload.user]
    ):
        raise Wrong(f"{server.name} takes a forged token at {workload.path}")
