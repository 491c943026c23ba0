"""Query parameters that views read without a serializer or filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

FLAGS = {"1": True, "true": True, "0": False, "false": False}


def get_flag(request: Request, name: str) -> bool:
    """Return whether `?name=1` was sent. Raise ValidationError for other texts."""
    text = request.query_params.get(name, "0").lower()
    if text not in FLAGS:
        raise ValidationError({name: ["1 or 0 is expected."]})
    return FLAGS[text]


def check_query_params(
    request: Request,
    names: Collection[str],
    error: Callable[[Mapping[str, list[str]]], APIException] = ValidationError,
    *,
    is_repeatable: bool = True,
) -> None:
    """Raise `error` for unknown parameters, which would silently do nothing.

    Repeated ones are refused, too, unless they are repeatable.
    """
    query = request.query_params
    message = unknown_param_message(sorted(names))
    errors = {name: [message] for name in sorted(query.keys() - names)}
    for name, values in query.lists():
        if name in names and len(values) > 1 and not is_repeatable:
            errors[name] = ["This parameter may appear only once."]
    if errors:
        raise error(errors)


def unknown_param_message(names: Collection[str]) -> str:
    valid = f"Valid parameters: {', '.join(names)}."
    return f"Unknown parameter. {valid if names else 'This URL has none.'}"


def list_pattern(names: Iterable[str], prefix: str = "") -> str:
    """Return a regular expression of names that are separated by commas.

    `prefix` is one for what each name can begin with.
    """
    alternatives = "|".join(name.replace(".", r"\.") for name in names)
    name = f"{prefix}({alternatives})"
    return f"{name}(,{name})*"
