"""Checks of query parameters that hold for every URL of a resource type.

JSON:API reserves the names of these families. All other unknown parameters are ignored,
as in Flask-Restless.
"""

from __future__ import annotations

import re

from django.http import QueryDict

from dialects.restless.errors import JSONAPIError, did_you_mean
from dialects.restless.filters import ID_LIST
from dialects.restless.pagination import QUOTED, page_error

PAGE = re.compile(r"page\[.*\]", re.DOTALL)
FAMILY = re.compile(r"(filter|fields|page)\[.*\]", re.DOTALL)
SINGLE = {"include", "links", "sort"}


def check_query_params(params: QueryDict) -> None:
    """Raise 400 for an unknown `page[…]`, and for a parameter that is sent twice."""
    for name, values in params.lists():
        if PAGE.fullmatch(name) and name not in QUOTED:
            detail = f"Unknown parameter {name}. Valid parameters: {', '.join(QUOTED)}."
            raise page_error(detail, name, meta=did_you_mean(name, QUOTED))
        is_ours = name in SINGLE or FAMILY.fullmatch(name)
        if is_ours and len(values) > 1 and name != ID_LIST:
            detail = f"The parameter {name} may appear only once."
            raise JSONAPIError(400, "repeated_parameter", detail, parameter=name)
