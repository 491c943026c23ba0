"""Settings of the OpenAPI document, and its description of the whole service.

Texts of operations are in `dialects/schema.py` and at the views.
"""

from __future__ import annotations

from email.utils import parseaddr

TITLE = "Quintet"
VERSION = "1.0.0"
SUMMARY = "Five REST APIs in one service, at their original URLs."
# Several dialects accept more than the document declares: see "Bodies".
DESCRIPTION = f"""{SUMMARY}

Each API keeps the format of the service that it replaces. One account works with all of
them. The [guide](/guide/) explains how to use them.

## Authentication

Log in with `POST /auth/login` and send the access token with each request:
`Authorization: Bearer <token>`. When it expires, `POST /auth/refresh` exchanges the
refresh token for two new tokens. Operations whose `security` contains `{{}}` also work
without a token. If you send one, it must be valid even there: an expired token returns
401. Only operations without any `security`, such as the login, ignore it.

The browsable pages of this service log in with a session cookie. Requests with this
cookie need the `X-CSRFToken` header for writes, or return 403. API clients should send
tokens.

## Bodies

Send JSON as `application/json`, and to the media catalog as
`application/vnd.api+json`. `/auth`, `/v1.0` and `/bucketlists` also accept
`application/x-www-form-urlencoded` and `multipart/form-data` with the same field names.
A body may have up to 2.5 MB, and can't be compressed. Duplicate keys and texts with
NUL characters return 400.

If your client or proxy only knows GET and POST, send POST with
`X-HTTP-Method-Override: PATCH`, `PUT` or `DELETE`.

URLs work with and without a slash at the end, except those of JSON:API, which have
none.

## Errors

Each operation lists its possible errors, in the format of its API. In addition:

- **400** if the request is not valid HTTP or its query is not UTF-8.
- **405** if the URL has no such method. `Allow` names the methods.
- **413** if the body of a request is longer than the limit.
- **500** if the server fails. The body has the API's error format. The
  `X-Request-ID` of the response leads the operators to the cause.
- **503** while the database is unavailable. Send the request again after the seconds
  in `Retry-After`.

The header `Link` of an error leads to
[its code in the guide](/guide/reference/errors/), which explains what to do about it.
`X-Error-Detail` has more details than the body, such as the closest valid name.

**419** is the success status of `POST /a-model-command`, and of no other operation.

## Conditional requests

A response to GET has an `ETag`. Send it back in `If-None-Match`, and the response is
304 without a body if nothing has changed.

PUT, PATCH, DELETE and actions on a single row accept `If-Match`. If someone else has
changed the row since you read it, the response is 412, and nothing is written.

## Sending a POST twice

A POST with an `Idempotency-Key` takes effect once, however often you send it. The
second response is the first one again, with `Idempotency-Replayed: true`. Another body
with the same key returns 422, and the same request while the first one is still running
returns 409. The operations that declare the header support it.

## Long lists

A list has at most 1,000 rows, unless the operators set another limit. If there are
more, `Link: <...>; rel="next"` leads to the rest. Most lists can also be paginated,
with the total in `X-Total-Count`. JSON:API has both in the body.

## Rate limits

Logins, registrations and password changes are limited by account and IP address. Their
responses have `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`.
Beyond the limit, the response is 429, and `Retry-After` has the seconds to wait.
"""
TAGS = {
    "Accounts": "Register, log in and manage your account, which works with all APIs.",
    "Goals": "Trees of goals. One URL has the goals of all users, by their names.",
    "Bucket lists": "Your bucket lists and their items.",
    "Casting": "Actors, movies and casts. Each operation requires a permission, "
    "which the agency's roles grant.",
    "Media catalog (JSON:API)": "Creators, videos and playlists, by JSON:API 1.0 with "
    "the filters of Flask-Restless. Everyone can read them.",
    "Books and authors": "The books of the catalog. Everyone can read them. Keys of "
    "bodies can be in camelCase or snake_case; responses have camelCase.",
    "Orders": "Orders, the jobs that process them, and invoices. Keys of bodies can be "
    "in camelCase or snake_case; responses have camelCase.",
}
# The page of the guide about a tag. Tags of your own APIs need none.
GUIDES = {
    "Accounts": "accounts",
    "Goals": "goals",
    "Bucket lists": "bucketlists",
    "Casting": "casting",
    "Media catalog (JSON:API)": "json-api",
    "Books and authors": "dbbase",
    "Orders": "dbbase",
}
# Names of enumerations, each by its values or by the choices of a model.
ENUMS = {
    "GoalStatusEnum": ["open", "done"],
    "OrderStatusId": "orders.models.Order.Status",
    "JobStatusId": "orders.models.Job.Status",
    "JobStatus": ["queued", "running", "finished", "failed", "cancelled"],
}


def contact_of(sender: str) -> dict[str, str]:
    """Return the contact, without an address that works on this machine only."""
    name, address = parseaddr(sender)
    contact = {"name": name or TITLE}
    return (
        contact | {"email": address} if "." in address.rpartition("@")[2] else contact
    )


def tags(prefix: str) -> list[dict[str, str]]:
    """Return the tags, with their texts and links to their pages of the guide."""
    return [
        {"name": tag, "description": text + guide_link(tag, prefix)}
        for tag, text in TAGS.items()
    ]


def guide_link(tag: str, prefix: str) -> str:
    # `externalDocs` would need the host.
    if tag not in GUIDES:
        return ""
    return f" [Guide]({prefix}/guide/reference/{GUIDES[tag]}/)"


def spectacular_settings(prefix: str, sender: str) -> dict[str, object]:
    """Return SPECTACULAR_SETTINGS for SCRIPT_NAME and the sender of the emails."""
    return {
        "OAS_VERSION": "3.1.1",
        "TITLE": TITLE,
        "DESCRIPTION": DESCRIPTION.replace("](/guide/", f"]({prefix}/guide/"),
        "VERSION": VERSION,
        "CONTACT": contact_of(sender),
        "LICENSE": {"name": "MIT", "identifier": "MIT"},
        "TAGS": tags(prefix),
        "SERVERS": [{"url": prefix or "/", "description": "This server"}],
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_NAME_OVERRIDES": ENUMS,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
        # Docstrings speak to developers. Texts come from `dialects/schema.py`.
        "DISABLE_DOCSTRING_DESCRIPTIONS": True,
        # Sessions are for the browsable pages.
        "AUTHENTICATION_WHITELIST": [
            "accounts.authentication.TokenAuthentication",
            "accounts.external.ExternalTokenAuthentication",
        ],
        "PREPROCESSING_HOOKS": ["config.schema.canonical_paths"],
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "config.examples.add_examples",
            "config.schema.share_components",
        ],
    }
