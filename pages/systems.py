"""The five systems, and the requests of each that the landing page tries."""

from __future__ import annotations

from typing import NamedTuple

JSON = "application/json"
JSON_API = "application/vnd.api+json"

# Texts in bodies with these names are filled in for each visitor.
TIME, OWNER_ID, OWNER_NAME = "<time>", "<owner id>", "<owner name>"


class Try(NamedTuple):
    """A request that people try on the landing page."""

    label: str
    method: str
    # With the query string, unquoted.
    url: str
    body: object = None
    media_type: str = JSON
    # True if the response starts a job, which is followed to its invoice.
    starts_job: bool = False


class System(NamedTuple):
    # Its name in the URL of its OpenAPI document.
    slug: str
    name: str
    summary: str
    # The old system, what it was built with, and its URLs.
    replaces: str
    built_with: str
    prefixes: tuple[str, ...]
    # Its part of the admin, its page of the guide, and its anchor on the page on
    # differences.
    app_label: str
    guide: str
    differences: str
    tries: tuple[Try, Try, Try]


SYSTEMS = [
    System(
        slug="goals",
        name="Goals",
        summary="Trees of goals, whose progress is computed from their sub-goals.",
        replaces="Over Achiever",
        built_with="Flask-RESTful",
        prefixes=("/v1.0/goals", "/v1.0/users"),
        app_label="goals",
        guide="reference/goals",
        differences="goals",
        tries=(
            Try("Read the tree", "GET", "/v1.0/goals"),
            Try("List the users", "GET", "/v1.0/users"),
            Try(
                "Add a goal",
                "POST",
                "/v1.0/goals",
                body={"user": OWNER_NAME, "name": f"Learn Django by {TIME}"},
            ),
        ),
    ),
    System(
        slug="bucket-lists",
        name="Bucket lists",
        summary="Lists of things to do. Each list has one owner.",
        replaces="flask-rest-api",
        built_with="Flask-API and JWT",
        prefixes=("/bucketlists/", "/auth/"),
        app_label="bucketlists",
        guide="reference/bucketlists",
        differences="bucket-lists-and-accounts",
        tries=(
            Try("Read my lists", "GET", "/bucketlists/?items=true&limit=2"),
            Try("Search them", "GET", "/bucketlists/?q=light"),
            Try(
                "Add a list",
                "POST",
                "/bucketlists/?items=true",
                body={"name": "See a volcano", "items": [{"name": "Choose one"}]},
            ),
        ),
    ),
    System(
        slug="casting",
        name="Casting",
        summary="Actors, movies and casts of an agency, whose staff have roles.",
        replaces="a casting agency, a Udacity capstone project",
        built_with="Flask and Auth0",
        prefixes=("/actors", "/movies"),
        app_label="casting",
        guide="reference/casting",
        differences="casting",
        tries=(
            Try("Read the movies", "GET", "/movies?search=the"),
            Try(
                "Add an actor",
                "POST",
                "/actors",
                body={"name": "Zendaya", "age": 29, "gender": "female"},
            ),
            Try(
                "Add a movie",
                "POST",
                "/movies",
                body={"title": "Dune: Part Two", "release_date": "2024-03-01"},
            ),
        ),
    ),
    System(
        slug="media-catalog",
        name="Media catalog",
        summary="Creators, videos and playlists as JSON:API, with filters.",
        replaces="a catalog of videos",
        built_with="Flask-Restless",
        prefixes=("/api/video", "/api/user", "/api/playlist"),
        app_label="media_catalog",
        guide="reference/json-api",
        differences="media-catalog-jsonapi",
        tries=(
            Try(
                "Two videos, with authors",
                "GET",
                "/api/video?include=author&page[size]=2",
            ),
            Try(
                "Filter by title",
                "GET",
                '/api/video?filter[objects]=[{"name":"title","op":"ilike","val":"%el%"}]',
            ),
            Try(
                "Add a video",
                "POST",
                "/api/video",
                body={
                    "data": {
                        "type": "video",
                        "attributes": {"title": "How to drop an anchor"},
                    }
                },
                media_type=JSON_API,
            ),
        ),
    ),
    System(
        slug="orders",
        name="Books, orders and invoices",
        summary="An order starts a job, and the job creates the invoice.",
        replaces="the five DBBase examples",
        built_with="Flask-RESTful-DBBase",
        prefixes=("/books", "/authors", "/orders", "/api/v2/", "/invoices"),
        app_label="orders",
        guide="reference/dbbase",
        differences="books-orders-jobs-invoices-the-command",
        tries=(
            Try(
                "Newest books",
                "GET",
                '/books?pageConfig={"orderBy":"-pubYear","pageSize":2}',
            ),
            Try("Read my orders", "GET", "/orders"),
            Try(
                "Place an order",
                "POST",
                "/api/v2/orders",
                body={
                    "ownerId": OWNER_ID,
                    "description": "A spare anchor",
                    "items": [
                        {"partCode": "ANCHOR-20KG", "units": 1, "unitPrice": 210.5}
                    ],
                },
                starts_job=True,
            ),
        ),
    ),
]
