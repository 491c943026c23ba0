"""The test runner of `manage.py test`, which is pytest."""

from __future__ import annotations

from argparse import ArgumentParser


class PytestRunner:
    """Runs pytest with the paths and options of `manage.py test`."""

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
        import pytest

        return pytest.main([*self.arguments, *test_labels])
