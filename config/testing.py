"""The test runner of `manage.py test`, which is pytest."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser
from importlib.metadata import PackageNotFoundError, version

from django.core.management import CommandError

from config.environment import BASE_DIR

REQUIREMENTS = ["requirements.txt", "requirements-dev.txt"]


class PytestRunner:
    """Test runner that passes the paths and options of `manage.py test` to pytest."""

    def __init__(
        self,
        verbosity: int = 1,
        failfast: bool = False,
        keyword: str | None = None,
        **options: object,
    ) -> None:
        self.arguments = ["-v"] * (verbosity - 1) + ["-x"] * failfast
        if keyword:
            self.arguments += ["-k", keyword]

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        parser.add_argument("-k", dest="keyword", help="pytest's -k expression")

    def run_tests(self, test_labels: list[str], **kwargs: object) -> int:
        check_requirements()
        import pytest

        return pytest.main([*self.arguments, *test_labels])


def check_requirements() -> None:
    """Raise CommandError if a package that the tests need isn't installed."""
    text = (BASE_DIR / "requirements-dev.in").read_text()
    for name in re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", text, re.MULTILINE):
        try:
            version(name)
        except PackageNotFoundError as exc:
            files = " ".join(f"-r {file}" for file in REQUIREMENTS)
            raise CommandError(
                f"The tests need {name}. Install what they need: "
                f"{sys.executable} -m pip install --require-hashes {files}"
            ) from exc
