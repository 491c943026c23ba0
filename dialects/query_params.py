"""Query parameters that views read without a serializer or filter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from common.suggestions import suggestion

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
    errors = {
        name: [unknown_param_message(name, sorted(names))]
        for name in sorted(query.keys() - names)
    }
    for name, values in query.lists():
        if name in names and len(values) > 1 and not is_repeatable:
            errors[name] = ["This parameter may appear only once."]
    if errors:
        raise error(errors)


def unknown_param_message(name: str, valid_names: Collection[str]) -> str:
    if not valid_names:
        return "Unknown parameter. This URL has none."
    return unknown_name_message("parameter", name, valid_names)


def unknown_name_message(kind: str, name: str, valid_names: Iterable[str]) -> str:
    """Return `Unknown field. Did you mean "title"? Valid fields: id, title.`"""
    close_name = suggestion(name, valid_names)
    valid = f"Valid {kind}s: {', '.join(valid_names)}."
    return " ".join(filter(None, [f"Unknown {kind}.", close_name, valid]))


def list_pattern(names: Iterable[str], prefix: str = "") -> str:
    """Return a regular expression of names that are separated by commas.

    `prefix` is one for what each name can begin with.
    """
    alternatives = "|".join(name.replace(".", r"\.") for name in names)
    name = f"{prefix}({alternatives})"
    return f"{name}(,{name})*"
