"""Goals: completing them by a time, unknown fields, and conditional requests."""

from __future__ import annotations

import pytest

from tests.inputs.cases import Case, Server

pytestmark = pytest.mark.usefixtures("slow_passwords")

GOALS = "/v1.0/goals"
FORM: dict[str, str] = {"Content_Type": "application/x-www-form-urlencoded"}


def ada(request: str, body: object = None, status: int = 400, shows: str = "", **more):
    return Case(request, body, status, shows, "ada", more)


def new(name: str, **fields: str) -> Case:
    return ada(f"POST {GOALS}", {"name": name, **fields}, 200, "null")


def completed(body: object, status: int = 200, shows: str = "", **more: str) -> Case:
    return ada(f"PUT {GOALS}", body, status, shows, **more)


def listed(shows: str) -> Case:
    return ada(f"GET {GOALS}?flat=1", None, 200, shows)


@pytest.mark.difference(
    "Goals",
    old="Ignores `end`, and stores the time of the PUT",
    new="Stores `end`",
    why='The article completes a goal "by providing an end timestamp"',
)
def test_a_goal_is_completed_at_the_time_that_the_client_sends(server: Server):
    server.check(
        [
            *(new(f"g{number}") for number in range(8)),
            completed({"name": "g0", "end": "2030-01-01T00:00:00"}),
            listed('"end":"2030-01-01T00:00:00Z"'),
            completed(b"name=g1&end=2031-01-01T10:00:00%2B02:00", 200, "", **FORM),
            listed('"end":"2031-01-01T08:00:00Z"'),
            ada(f"PUT {GOALS}?name=g2&end=2032-01-01", None, 200),
            listed('"end":"2032-01-01T00:00:00Z"'),
            # A goal that ended before it was added has started by then.
            completed({"name": "g3", "end": "2015-01-01T00:00:00Z"}),
            listed('"start":"2015-01-01T00:00:00Z","end":"2015-01-01T00:00:00Z"'),
            # Without a time the first one stays; another time replaces it.
            completed({"name": "g0"}),
            completed({"name": "g0", "end": ""}),
            listed('"end":"2030-01-01T00:00:00Z"'),
            completed({"name": "g0", "end": "2033-01-01T00:00:00Z"}),
            listed('"end":"2033-01-01T00:00:00Z"'),
            *(
                completed({"name": "g4", "end": end}, 400, '"end":')
                for end in [
                    *("soon", "2030-13-01", "8/9/2030", 5, True, [], {}),
                    *("2030-01-01T00:00:00 02:00", "0001-01-01T00:00:00+14:00"),
                    *("9999-12-31T23:59:59-14:00", "2030-01-01T00:00:00+99:00"),
                ]
            ),
            completed({"name": "g4", "end": None}),
        ]
    )


def test_the_url_of_a_goal_completes_it_at_a_time(server: Server):
    created = server.send(new("chart"))
    url = created.headers["Location"].partition("127.0.0.1")[2].partition("/")[2]
    server.check(
        [
            ada(f"POST /{url}/complete", {"end": "soon"}, 400, '"end":'),
            ada(f"POST /{url}/complete", {"ende": "2030-01-01"}, 400, '"ende":'),
            ada(
                f"POST /{url}/complete?subtree=1",
                {"end": "2030-01-01T00:00:00Z"},
                *(200, '"end":"2030-01-01T00:00:00Z"'),
            ),
            ada(f"POST /{url}/complete", None, 200, '"end":"2030-01-01T00:00:00Z"'),
            ada(f"POST /{url}/reopen", {"end": None}, 400, '"end":'),
            ada(f"POST /{url}/archive?since=1", None, 400, '"since":'),
            ada(f"POST /{url}/reopen", None, 200, '"end":null'),
        ]
    )


@pytest.mark.difference(
    "Goals",
    old="Ignores unknown fields",
    new="Returns 400, also for read-only fields whose value differs from the stored "
    "one",
    why="A misspelled field would go unnoticed",
)
def test_unknown_and_read_only_fields_are_refused(server: Server):
    created = server.send(new("sextant"))
    url = created.headers["Location"].partition("127.0.0.1")[2].partition("/")[2]
    row = [{"name": "one"}, {"name": "two", "titel": "x"}]
    register = {"name": "n", "email": "n@example.com", "password": "long enough"}
    server.check(
        [
            ada(f"POST {GOALS}", {"name": "x", "descripton": "y"}, 400, "descripton"),
            ada(f"POST {GOALS}", {"name": "x", "status": "done"}, 400, '"status":'),
            ada(f"POST {GOALS}?name=x&parent=1", None, 400, '"parent":'),
            ada(f"POST {GOALS}", b"name=x&end=2030-01-01", 400, '"end":', **FORM),
            ada(f"POST {GOALS}", row, 400, '"titel":'),
            completed({"name": "sextant", "done": True}, 400, '"done":'),
            ada(f"PUT {GOALS}?name=sextant&ende=2030-01-01", None, 400, '"ende":'),
            ada(f"DELETE {GOALS}?name=sextant&casade=true", None, 400, '"casade":'),
            ada(f"DELETE {GOALS}?name=sextant&cascade=yes", None, 400, '"cascade":'),
            ada(f"PATCH /{url}", {"titel": "x"}, 400, '"titel":'),
            ada(f"PATCH /{url}?foo=1", {"name": "x"}, 400, '"foo":'),
            *(
                ada(f"PATCH /{url}", {"name": "x", name: value}, 400, f'"{name}":')
                for name, value in {
                    "status": "done",
                    "id": 4711,
                    "progress": 0.5,
                    "user": "bob",
                    "end": "2030-01-01T00:00:00Z",
                    "path": [],
                    "depth": 7,
                }.items()
            ),
            ada(f"GET /{url}", None, 200, '"name":"sextant"'),
            Case("POST /v1.0/users", register | {"rol": "x"}, 400, '"rol":'),
            Case("POST /v1.0/users", register | {"id": 5}, 400, '"id":'),
        ]
    )


@pytest.mark.difference(
    "Everywhere",
    old="Ignores conditions at URLs that don't identify one row, such as `/v1.0/goals`",
    new="Returns 400 for `If-Match` and `If-None-Match` in PUT and DELETE",
    why="The client relies on the condition",
)
def test_conditions_are_never_ignored(server: Server):
    stale, any_tag = {"If_Match": 'W/"stale"'}, {"If_Match": "*"}
    gone = {"If_None_Match": "*"}
    server.check(
        [
            new("kept"),
            *(
                ada(f"{method} {GOALS}?name=kept", None, 400, text, **headers)
                for method in ("PUT", "DELETE")
                for headers, text in [
                    *((stale, "not supported"), (any_tag, "not supported")),
                    *((gone, "not supported"), ({"If_Match": "x"}, "entity tags")),
                ]
            ),
            ada("DELETE /auth/me", {"password": "quintet-demo"}, 400, "", **stale),
            listed('"name":"kept"'),
            # A method that the URL does not take stays 405.
            ada(f"PATCH {GOALS}", {"name": "kept"}, 405, "", **stale),
            ada("PUT /actors", {}, 403, "", **stale),
            ada("DELETE /bucketlists/", None, 405, "", **stale),
            ada(f"DELETE {GOALS}?name=kept", None, 200),
        ]
    )
