"""Goals as nested objects, assembled from flat rows without recursion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from common.errors import Unprocessable

Tree = dict[str, Any]
# Python's own JSON reader gives up at 1,000 levels, and so do old clients.
MAX_DEPTH = 900


def nest(
    users: Iterable[tuple[int, str]], goals: Iterable[tuple[int, int | None, int, str]]
) -> Tree:
    """The goals of each user, by name: `{"ada": {"ship": {"test": {}}}}`.

    `users` are rows of id and name, `goals` of id, parent id, user id and name;
    the order of both is kept. Raises Unprocessable beyond `MAX_DEPTH` levels.
    """
    trees: dict[int, Tree] = {}
    result: Tree = {}
    for user_id, user_name in users:
        trees[user_id] = result[user_name] = {}
    rows = list(goals)
    branches: dict[int, Tree] = {pk: {} for pk, *_ in rows}
    for pk, parent_id, user_id, name in rows:
        above = trees[user_id] if parent_id is None else branches[parent_id]
        above[name] = branches[pk]
    refuse_too_deep(result)
    return result


def refuse_too_deep(tree: Tree) -> None:
    level = list(tree.values())
    for _ in range(MAX_DEPTH + 1):
        level = [below for branch in level for below in branch.values()]
        if not level:
            return
    raise Unprocessable(
        f"The tree is deeper than {MAX_DEPTH} levels, too deep to be nested.",
        code="too_deep",
    )
