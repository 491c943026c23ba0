"""The examples of docs/how-to/use-a-client.md, each in four tools or languages."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGE = (ROOT / "docs/how-to/use-a-client.md").read_text()


def part(tool: str) -> str:
    """Return the page's examples of one tool, in their order."""
    pattern = rf"<details><summary>{tool}</summary>\n(.*?)</details>"
    return "\n".join(re.findall(pattern, PAGE, re.DOTALL))


def code(language: str) -> str:
    """Return the page's code in one language as one program."""
    pattern = rf"```{language.lower()}\n(.*?)```"
    return "\n".join(re.findall(pattern, part(language), re.DOTALL))
