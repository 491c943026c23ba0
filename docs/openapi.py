"""Write docs/openapi.yaml: the document of a production server with all options.

`script/openapi` runs this.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.core.management import call_command

FILE = Path(__file__).with_suffix(".yaml")
OPTIONS = {
    "DATABASE_URL": "sqlite://:memory:",
    "QUINTET_ACCESS": "closed",
    "OIDC_ISSUER": "https://login.example.com",
    "OIDC_AUDIENCE": "quintet",
    "OIDC_JWKS_URL": "https://login.example.com/jwks.json",
}


def main(file: str) -> None:
    # The caller's variables must not change the document.
    os.environ.clear()
    os.environ |= OPTIONS | {"DJANGO_SETTINGS_MODULE": "config.settings"}
    django.setup()
    call_command("spectacular", file=file, validate=True, fail_on_warn=True)


if __name__ == "__main__":
    main(*sys.argv[1:] or [str(FILE)])
