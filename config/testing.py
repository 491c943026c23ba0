"""`manage.py test` runs the suite with pytest."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any


class PytestRunner:
    """Hands `manage.py test [paths]` over to pytest, with its options after `--`."""

    def __init__(
        self, verbosity: int = 1, failfast: bool = False, **options: Any
    ) -> None:
        self.arguments = ["-v"] * (verbosity - 1) + ["-x"] * failfast
        if keyword := options.get("keyword"):
            self.arguments += ["-k", keyword]

    @classmethod
    def add_arguments(cls, parser: ArgumentParser) -> None:
        parser.add_argument("-k", dest="keyword", help="pytest's -k expression")

    def run_tests(self, test_labels: list[str], **kwargs: Any) -> int:
        import pytest

        return pytest.main([*self.arguments, *test_labels])
