"""The texts in the product's files: strings, docstrings, comments and templates."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.guide_pages import ROOT
from tests.support.packages import PACKAGES

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
# A line number and the text that begins there.
Lines = Iterator[tuple[int, str]]

SCRIPTS = [path for path in (ROOT / "script").iterdir() if path.is_file()]
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
MODULES += [ROOT / "manage.py", ROOT / "docs/openapi.py"]
TEMPLATES = sorted(
    path
    for name in PACKAGES
    for path in (ROOT / name).rglob("templates/**/*")
    if path.suffix in {".html", ".txt"}
)
# Modules with texts that stay as the old services had them.
OLD_TEXTS = [path for path in MODULES if path.name == "old_texts.py"]
NO_TEXT = re.compile(
    r"<(script|style)\b.*?</\1>|\{[%{](?!.*\bcomment\b).*?[%}]\}|</?\w[^>]*>", re.DOTALL
)

# Of `str.format()`; doubled braces stand for themselves.
PLACEHOLDER = re.compile(r"\{[^{}]+\}")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def docstrings(path: Path) -> Iterator[tuple[Documented, str]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield node, text


def strings(path: Path) -> Lines:
    """Yield the strings of a module: its messages, names and docstrings."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def templates(path: Path) -> Iterator[str]:
    """Yield the messages of a module, with `{}` in place of each value."""
    skipped = {
        id(node.value) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Expr)
    }
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in node.values)
            text = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}"
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = "" if id(node) in skipped else node.value
        else:
            continue
        # A single word is a name or a code.
        if " " in text.strip():
            yield PLACEHOLDER.sub("{}", text).strip()


def comments(source: str) -> Lines:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def texts(path: Path) -> Lines:
    """Yield what people read in a file of the product."""
    source = path.read_text()
    if path in MODULES:
        yield from strings(path)
        yield from comments(source)
    elif path in TEMPLATES:
        blank = NO_TEXT.sub(lambda match: "\n" * match[0].count("\n"), source)
        yield from enumerate(blank.splitlines(), 1)
    else:
        yield from enumerate(source.splitlines(), 1)
