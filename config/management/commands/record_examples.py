"""`manage.py record_examples`: responses for the examples of the OpenAPI document."""

from __future__ import annotations

import json
from argparse import ArgumentParser

from django.core.management import BaseCommand, CommandError

from config.examples import FOLDER, Example, load_examples
from config.replay import demo_database, is_same, send


class Command(BaseCommand):
    help = (
        "Sends the requests in docs/examples/ to new demo data in a test database, and "
        "records the responses."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="record nothing, and fail if a response differs from the recorded one",
        )

    def handle(self, *, check: bool, verbosity: int, **options: object) -> None:
        with demo_database():
            changed = [
                example["operation"]
                for examples in load_examples().values()
                for example in examples
                if self.record(example)
            ]
        if check and changed:
            raise CommandError(f"Responses differ: {', '.join(changed)}")
        for system, examples in load_examples().items() if changed else ():
            text = json.dumps(examples, indent=2, ensure_ascii=False)
            (FOLDER / f"{system}.json").write_text(f"{text}\n")
        if verbosity:
            self.stdout.write("\n".join(changed) or "All responses are as recorded.")

    def record(self, example: Example) -> bool:
        """Put the response into the example. Return whether it has changed."""
        response = send(example)
        if "response" in example and is_same(response, example["response"]):
            return False
        example["response"] = response
        return True
