#!/usr/bin/env python
"""Quintet's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from common.ops import origin

    try:
        with origin.using(origin.COMMAND, " ".join(sys.argv[1:2])):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(f"Quintet: {error}")


if __name__ == "__main__":
    main()
