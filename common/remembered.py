from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

More = ParamSpec("More")
Result = TypeVar("Result")
OfText = Callable[Concatenate[str, More], Result]


def remembered(most: int, longest: int) -> Callable[[OfText[More, Result]], Any]:
    """Keeps so many results of a function of a text, and of what else it is given.

    Clients make the texts up. Longer ones are rare, would fill the memory with
    themselves, and are worked out each time.
    """

    def decorate(work_out: OfText[More, Result]) -> Any:
        kept: Any = lru_cache(most)(work_out)

        @wraps(work_out)
        def find(text: str, *more: More.args, **named: More.kwargs) -> Result:
            function = kept if len(text) <= longest else work_out
            found: Result = function(text, *more, **named)
            return found

        vars(find)["cache_info"] = kept.cache_info
        return find

    return decorate
