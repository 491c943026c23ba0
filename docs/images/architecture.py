"""Draws `architecture.svg`: the packages, and which of them each one imports.

`script/picture` runs it. A test compares the file with the code's imports.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import grimp

APPS = ["goals", "bucketlists", "casting", "media_catalog", "orders"]
TOP = ["pages", "flask_import"]
PACKAGES = [*TOP, "config", *APPS, "accounts", "dialects", "common"]
DIALECTS = ["message", "envelope", "restless", "dbbase"]
ROOMS = ["http", "tasks", "ops", "db"]
TEXTS = {
    "pages": "landing page, start page of the admin, guide",
    "flask_import": "moves the databases of the old services in",
    "config": "settings, URLs, errors outside of views, health checks, the web server",
    "accounts": "users, tokens, passwords, idempotency keys",
    "dialects": "views, pagination, lists, conditional requests",
    "common": "no models, no dialect",
    "http": "errors, JSON, headers",
    "tasks": "workers, sweeps",
    "ops": "logs, metrics, health",
    "db": "fields, indexes, triggers",
}
WIDTH, MARGIN, GAP = 900, 20, 10
STYLE = """
text{font-family:system-ui,sans-serif;text-anchor:middle;fill:#1b1f24;font-size:12px}
.name{font-size:15px;font-weight:600}
rect{stroke:#57606a;stroke-width:1}
.config,.common{fill:#f3f4f6}.app{fill:#dbeafe}.accounts{fill:#fef3c7}
.dialects{fill:#dcfce7}.part{fill:#fff}.heading{fill:none;stroke:none}
line{stroke:#57606a;stroke-width:1.5;marker-end:url(#arrow)}
"""
ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
    'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#57606a"/>'
    "</marker></defs>"
)


@dataclass(frozen=True)
class Box:
    """A rectangle with lines of text in its middle; the first line is its name."""

    css: str
    left: float
    top: float
    width: float
    height: float
    lines: list[str]

    def __str__(self) -> str:
        x = self.left + self.width / 2
        y = self.top + self.height / 2 - 9 * len(self.lines) + 14
        texts = "".join(
            f'<text x="{x:g}" y="{y + 18 * n:g}"{CSS_OF_NAME if n == 0 else ""}>'
            f"{escape(line)}</text>"
            for n, line in enumerate(self.lines)
        )
        return (
            f'<rect class="{self.css}" x="{self.left:g}" y="{self.top:g}" rx="6" '
            f'width="{self.width:g}" height="{self.height:g}"/>{texts}'
        )


CSS_OF_NAME = ' class="name"'


def read_imports() -> dict[str, set[str]]:
    """Return the packages that each package imports, those in `common` one by one."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    imports: dict[str, set[str]] = {}
    for module in sorted(graph.modules):
        package = package_of(module)
        imports.setdefault(package, set()).update(
            package_of(imported)
            for imported in graph.find_modules_directly_imported_by(module)
        )
    return {package: others - {package} for package, others in imports.items()}


def package_of(module: str) -> str:
    """Return `goals` for `goals.views` and `dialects.dbbase` for its modules."""
    first, *rest = module.split(".")
    is_divided = first == "common" or (first == "dialects" and rest[:1] != [])
    if is_divided and rest and rest[0] in {*DIALECTS, *ROOMS}:
        return f"{first}.{rest[0]}"
    return first


Texts = list[list[str]]


def row(
    css: str, top: float, height: float, texts: Texts, padding: float = 0
) -> list[Box]:
    """Return boxes of equal width, side by side over the whole picture."""
    left = MARGIN + padding
    width = (WIDTH - 2 * left - GAP * (len(texts) - 1)) / len(texts)
    return [
        Box(css, left + n * (width + GAP), top, width, height, lines)
        for n, lines in enumerate(texts)
    ]


def divided(name: str, top: float, parts: Texts) -> list[Box]:
    """Return a box with its name in its upper half and its parts in the lower one."""
    return [
        *row(name, top, 128, [[]]),
        *row("heading", top + 4, 54, [[name, TEXTS[name]]]),
        *row("part", top + 68, 50, parts, padding=10),
    ]


def short_names(packages: set[str], parent: str) -> str:
    """Return the parts of a package that are imported, such as `http, db`."""
    order = [*DIALECTS, *ROOMS]
    names = [name for name in order if f"{parent}.{name}" in packages]
    return ", ".join(names)


def app_lines(app: str, imports: set[str]) -> list[str]:
    return [
        app,
        f"speaks {short_names(imports, 'dialects')}",
        f"uses {short_names(imports, 'common')}",
    ]


def boxes(imports: dict[str, set[str]]) -> list[Box]:
    return [
        *row("config", 20, 54, [[name, TEXTS[name]] for name in TOP]),
        *row("config", 112, 54, [["config", TEXTS["config"]]]),
        *row("app", 204, 74, [app_lines(app, imports[app]) for app in APPS]),
        *row("accounts", 316, 54, [["accounts", TEXTS["accounts"]]]),
        *divided("dialects", 408, [[name] for name in DIALECTS]),
        *divided("common", 574, [[name, TEXTS[name]] for name in ROOMS]),
    ]


def arrows(imports: dict[str, set[str]]) -> Iterator[str]:
    """Yield an arrow from each layer to the next one, where there is an import."""
    layers = [TOP, ["config"], APPS, ["accounts"], ["dialects"], ["common"]]
    ends = [(74, 112), (166, 204), (278, 316), (370, 408), (536, 574)]
    for upper, lower, (top, bottom) in zip(layers, layers[1:], ends, strict=False):
        used = set().union(*(all_imports(imports, package) for package in upper))
        if used & {name for package in lower for name in (package, *parts_of(package))}:
            yield f'<line x1="450" y1="{top}" x2="450" y2="{bottom}"/>'


def all_imports(imports: dict[str, set[str]], package: str) -> set[str]:
    names = [package, *parts_of(package)]
    return set().union(*(imports.get(name, set()) for name in names))


def parts_of(package: str) -> list[str]:
    parts = {"dialects": DIALECTS, "common": ROOMS}.get(package, [])
    return [f"{package}.{part}" for part in parts]


def picture() -> str:
    imports = read_imports()
    label = (
        "Layers: pages and flask_import, config, apps, accounts, dialects, common. "
        "Imports go down."
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 722" '
        f'role="img" aria-label="{label}">',
        f"<style>{STYLE}</style>{ARROW}",
        f'<rect width="{WIDTH}" height="722" fill="#fff" style="stroke:none"/>',
        *map(str, boxes(imports)),
        *arrows(imports),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    Path(__file__).with_suffix(".svg").write_text(picture())
