"""What axe-core, the accessibility checker, finds on a page."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (360, 1280)
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
# Otherwise axe may see colors on their way from one scheme to the other.
END_TRANSITIONS = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, ::before, ::after { transition: none !important }");
    document.adoptedStyleSheets = [sheet];
}"""
IS_TOO_WIDE = "document.documentElement.scrollWidth > window.innerWidth"


def violations(page: Page) -> list[str]:
    """Return a line for each element with a problem, as the page is now."""
    return [
        f"{found['id']} {node['html']}"
        for found in Axe().run(page).response["violations"]
        for node in found["nodes"]
    ]


def violations_everywhere(page: Page) -> list[str]:
    """Return the problems in both color schemes and on both widths, all parts opened.

    A page that needs to be scrolled sideways has one, too. A click returns before the
    new page has its whole text, so this waits until it is loaded.
    """
    page.wait_for_load_state()
    page.evaluate(OPEN_ALL)
    page.evaluate(END_TRANSITIONS)
    lines = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found = violations(page)
            if page.evaluate(IS_TOO_WIDE):
                found.append("too wide")
            lines += [f"{page.url} {scheme} {width}: {line}" for line in found]
    return lines


def check(page: Any) -> None:
    """Check that a page of `watched` has no errors, fits each window, is accessible."""
    page.wait_for_load_state("networkidle")
    assert page.errors == []
    assert violations_everywhere(page) == []
    # Axe itself tries inline styles and reads style sheets by other URLs.
    page.errors.clear()
