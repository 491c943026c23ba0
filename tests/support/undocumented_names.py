"""Find names of libraries that the product uses although they are not documented.

A *patch* assigns to an attribute of an imported module or class, or disconnects a
library's signal receiver. A *private name* has one leading underscore and is not
defined by the file itself; imports and texts for `getattr()` count, too. A *bypass*
goes past a class's own ways: `__dict__`, `vars()`, `__new__`, `object.__init__`,
`object.__setattr__`, or an assignment to `__class__`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support.packages import PACKAGES

# Names with an underscore that Django or Python documents.
DOCUMENTED = {
    *("_meta", "_default_manager", "_base_manager", "_db"),
    *("_replace", "_fields", "_asdict", "_exit", "_"),
}
# Configured by assignment, as their documentation shows.
CONFIGURED = {"settings", "logging", "admin"}
BYPASSES = {"__dict__", "__new__"}
OBJECT_METHODS = {"__init__", "__setattr__", "__getattribute__"}
ACCESSORS = {"getattr", "setattr", "hasattr", "delattr"}


class Finding(NamedTuple):
    kind: str
    file: str
    name: str


def findings(root: Path) -> Iterator[Finding]:
    """Yield the patches, private names and bypasses in the product's files."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            name = str(path.relative_to(root))
            for kind, text in Reader(ast.parse(path.read_text())).findings():
                yield Finding(kind, name, text)


class Reader:
    """The findings in one file."""

    def __init__(self, tree: ast.Module) -> None:
        self.nodes = list(ast.walk(tree))
        self.imported = {name for node in self.nodes for name in imports(node)}
        self.own = {name for node in self.nodes for name in definitions(node)}

    def findings(self) -> Iterator[tuple[str, str]]:
        for node in self.nodes:
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                yield from self.assignment(node)
            elif isinstance(node, ast.Attribute):
                yield from self.attribute(node)
            elif isinstance(node, ast.Call):
                yield from self.call(node)
            elif isinstance(node, ast.ImportFrom) and is_library(node):
                names = [alias.name for alias in node.names]
                yield from (("private", name) for name in names if is_private(name))

    def assignment(
        self, node: ast.Assign | ast.AugAssign | ast.AnnAssign
    ) -> Iterator[tuple[str, str]]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if not isinstance(target, ast.Attribute):
                continue
            if target.attr == "__class__":
                yield "bypass", "__class__"
            if root_of(target) in self.imported - CONFIGURED:
                yield "patch", ast.unparse(target)

    def attribute(self, node: ast.Attribute) -> Iterator[tuple[str, str]]:
        base = node.value.id if isinstance(node.value, ast.Name) else ""
        is_own = base in {"self", "cls"} and node.attr in self.own
        if is_private(node.attr) and not is_own:
            yield "private", node.attr
        of_object = base == "object" and node.attr in OBJECT_METHODS
        if of_object or node.attr in BYPASSES:
            yield "bypass", node.attr

    def call(self, node: ast.Call) -> Iterator[tuple[str, str]]:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id == "vars":
                yield "bypass", "vars"
            if function.id in ACCESSORS and len(node.args) > 1:
                yield from self.access(function.id, node.args)
        elif isinstance(function, ast.Attribute) and function.attr == "disconnect":
            yield "patch", ast.unparse(function)

    def access(self, function: str, args: list[ast.expr]) -> Iterator[tuple[str, str]]:
        target, name = args[:2]
        text = name.value if isinstance(name, ast.Constant) else None
        if isinstance(text, str) and is_private(text):
            yield "private", text
        is_imported = isinstance(target, ast.Name) and target.id in self.imported
        if function == "setattr" and is_imported:
            yield "patch", ast.unparse(target)


def is_private(name: str) -> bool:
    is_single = name.startswith("_") and not name.startswith("__")
    return is_single and name not in DOCUMENTED


def root_of(target: ast.expr) -> str:
    """Return the variable that a chain of attributes begins with."""
    while isinstance(target, ast.Attribute):
        target = target.value
    return target.id if isinstance(target, ast.Name) else ""


def imports(node: ast.AST) -> Iterator[str]:
    """Yield the names that an import of a library binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0]
    elif isinstance(node, ast.ImportFrom) and is_library(node):
        for alias in node.names:
            yield alias.asname or alias.name


def is_library(node: ast.ImportFrom) -> bool:
    return (node.module or "").partition(".")[0] not in PACKAGES


def definitions(node: ast.AST) -> Iterator[str]:
    """Yield the names that a file defines, attributes of `self` included."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        yield from [node.attr] if root_of(node) == "self" else []
