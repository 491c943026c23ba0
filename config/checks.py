"""System checks of the environment and of the static files.

The web server, which runs no checks, logs both warnings at its start.
"""

from __future__ import annotations

import os

from django.conf import settings
from django.core.checks import Warning, register

from config.static_files import COLLECT_COMMAND, missing_static_files

# Variables of the old services and of Flask, and the variable to set in their place.
REPLACEMENTS = {
    "APP_SETTINGS": "QUINTET_ENV",
    "FLASK_ENV": "QUINTET_ENV",
    "FLASK_CONFIG": "QUINTET_ENV",
    "FLASK_DEBUG": "DEBUG",
    "SECRET": "SECRET_KEY",
    "FLASK_SECRET_KEY": "SECRET_KEY",
    "JWT_SECRET": "SECRET_KEY",
    "JWT_SECRET_KEY": "SECRET_KEY",
    "SQLALCHEMY_DATABASE_URI": "DATABASE_URL",
    "DATABASE_URI": "DATABASE_URL",
    "DB_URL": "DATABASE_URL",
    "FLASK_RUN_HOST": "HOST",
    "FLASK_RUN_PORT": "PORT",
    "AUTH0_DOMAIN": "OIDC_ISSUER",
    "API_AUDIENCE": "OIDC_AUDIENCE",
    "AUTH0_AUDIENCE": "OIDC_AUDIENCE",
    "CELERY_BROKER_URL": "BROKER_URL",
    "MAIL_SERVER": "EMAIL_URL",
    "MAIL_DEFAULT_SENDER": "DEFAULT_FROM_EMAIL",
    "CORS_ORIGINS": "CORS_ALLOWED_ORIGINS",
}


@register()
def check_old_variables(app_configs: object, **kwargs: object) -> list[Warning]:
    """Warn of each old variable that is set, while Quintet's own is not."""
    return [
        Warning(
            f"{old} is set, but Quintet doesn't read it.",
            hint=f"Set {new}, which docs/reference/settings.md describes.",
            id="config.W001",
        )
        for old, new in REPLACEMENTS.items()
        if old in os.environ and new not in os.environ
    ]


@register()
def check_static_files(app_configs: object, **kwargs: object) -> list[Warning]:
    """Warn of pages that can't be shown in production."""
    if not settings.PRODUCTION or not (names := missing_static_files()):
        return []
    text = f"{len(names)} static files are not collected, such as {names[0]}."
    return [Warning(text, hint=f"Run: {COLLECT_COMMAND}", id="config.W002")]
