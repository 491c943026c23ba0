"""Query parameters that a view reads by itself."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

FLAGS = {"1": True, "true": True, "0": False, "false": False}


def flag(request: Request, name: str) -> bool:
    """Whether `?name=1` was sent; anything but 1 and 0 is refused."""
    query = request.query_params
    text = query.get(name, "0").lower() if query else "0"
    if text not in FLAGS:
        raise ValidationError({name: ["1 or 0 is expected."]})
    return FLAGS[text]


def refuse_unknown(request: Request, known: set[str]) -> None:
    """400 for a misspelt parameter, which would silently do nothing."""
    unknown = sorted(request.query_params.keys() - known)
    if unknown:
        allowed = (
            f"Known are {', '.join(sorted(known))}." if known else "None is known."
        )
        raise ValidationError({unknown[0]: [f"There is no such parameter. {allowed}"]})


def count_rows(rows: Any) -> int:
    """The number of rows; a queryset may know a cheaper way than to count them."""
    return int(rows.total() if hasattr(rows, "total") else rows.count())
