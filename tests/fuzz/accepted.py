"""Failures of Schemathesis's checks that are meant, each with its reason.

`schemathesis.toml` loads this module.
"""

from __future__ import annotations

import re
from typing import Any

import schemathesis

# DBBase lists, and JSON:API relationships.
SHARED_VIEWS = re.compile(
    r"/(books|authors|orders|invoices|invoice-items)|/api/v2/(orders|jobs)"
    r"|/api/\w+/[^/]+/relationships/\w+"
)


def breaks_a_rule_beyond_the_schema(failure: Any, case: Any, response: Any) -> bool:
    """A schema can't say that `page` excludes `offset`, or that a password is right.

    400 and 412 are declared, and the body names the rule.
    """
    is_refused = "positive_data_acceptance" in failure.checks
    return is_refused and response.status_code in {400, 412, 419, 422}


def reads_texts_as_forms_send_them(failure: Any, case: Any, response: Any) -> bool:
    """Fields read `1`, `"1"` and `true` alike: forms of the old clients have texts."""
    is_accepted = "negative_data_rejection" in failure.checks
    return is_accepted and "Incorrect type" in failure.message


def ignores_a_parameter(failure: Any, case: Any, response: Any) -> bool:
    """Parameters without effect are ignored, as the old services did.

    Examples are empty ones, and `fields[…]` of a type that the response lacks.
    """
    is_accepted = "negative_data_rejection" in failure.checks
    return is_accepted and "in query" in failure.message


def knows_more_methods(failure: Any, case: Any, response: Any) -> bool:
    """The old services refused `PUT /orders` with 400, since it lacks an ID.

    `Allow` names the methods of the view, as DRF documents.
    """
    is_about_methods = set(failure.checks) & {
        *("unsupported_method", "allow_header_conformance")
    }
    return bool(is_about_methods and SHARED_VIEWS.fullmatch(case.operation.path))


def posts_the_form_of_a_page(failure: Any, case: Any, response: Any) -> bool:
    """The page of a job has a form, which is no part of the API."""
    is_about_methods = "allow_header_conformance" in failure.checks
    return is_about_methods and case.operation.path.endswith(".html")


def has_too_long_a_url(failure: Any, case: Any, response: Any) -> bool:
    """The server refuses any URL of more than 8190 characters."""
    is_undocumented = "status_code_conformance" in failure.checks
    return is_undocumented and response.status_code == 414


def fails_the_precondition_first(failure: Any, case: Any, response: Any) -> bool:
    """`If-Match` is compared before the body is read, as RFC 9110 says."""
    is_accepted = "negative_data_rejection" in failure.checks
    return is_accepted and response.status_code == 412


def streams_events(failure: Any, case: Any, response: Any) -> bool:
    """The schema of a stream is that of its text. OpenAPI 3.1 has none of an event."""
    media_type = str(response.headers.get("content-type"))
    return "response_schema" in str(failure.checks) and "event-stream" in media_type


ACCEPTED = [
    breaks_a_rule_beyond_the_schema,
    reads_texts_as_forms_send_them,
    ignores_a_parameter,
    knows_more_methods,
    posts_the_form_of_a_page,
    has_too_long_a_url,
    fails_the_precondition_first,
    streams_events,
]


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Return whether the failure counts."""
    return not any(accepts(failure, case, response) for accepts in ACCEPTED)
