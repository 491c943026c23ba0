"""All settings, read from the environment alone; README.md lists the variables.

Development needs no variable. Production (`QUINTET_ENV=production`) refuses to
start until the ones it cannot guess are set.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def choice(name: str, allowed: list[str], default: str) -> str:
    """The variable's value, refused at start when it is none of the allowed ones."""
    value = env.str(name, default=default)
    if value not in allowed:
        raise ImproperlyConfigured(
            f"{name}={value!r} is not known. Set it to one of: {', '.join(allowed)}."
        )
    return value


def require(cures: dict[str, str]) -> None:
    """Refuses to start, naming every missing variable and how to set it."""
    missing = [
        f"  {name}: {cure}" for name, cure in cures.items() if not env.str(name, "")
    ]
    if missing:
        raise ImproperlyConfigured(
            "QUINTET_ENV=production needs these environment variables:\n"
            + "\n".join(missing)
        )


# Environment

PRODUCTION = choice("QUINTET_ENV", ["development", "production"], "development") == (
    "production"
)
NEW_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
if PRODUCTION:
    require(
        {
            "SECRET_KEY": f"a long random text, made by: {NEW_KEY}",
            "ALLOWED_HOSTS": "the host names served, such as api.example.com",
            "DATABASE_URL": "such as postgres://user:password@host:5432/quintet",
        }
    )

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str(
    "SECRET_KEY",
    default="development-only-key-that-production-refuses-to-start-with",
)
if PRODUCTION and (len(SECRET_KEY) < 50 or SECRET_KEY.startswith("development-only")):
    raise ImproperlyConfigured(
        f"SECRET_KEY must be at least 50 random characters. Make one by: {NEW_KEY}"
    )
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"]
)

# What anonymous callers may do: `open` keeps what the old systems left open,
# `closed` leaves them the public catalog to read.
QUINTET_ACCESS = choice(
    "QUINTET_ACCESS", ["open", "closed"], "closed" if PRODUCTION else "open"
)
# Rows in the answer of a list that the old API did not page.
QUINTET_MAX_UNPAGED = env.int("QUINTET_MAX_UNPAGED", default=1000)
# Related rows that a JSON:API resource names; a longer list is read at its own URL.
QUINTET_MAX_LINKAGE = env.int("QUINTET_MAX_LINKAGE", default=1000)
if QUINTET_MAX_LINKAGE < 1:
    raise ImproperlyConfigured("QUINTET_MAX_LINKAGE must be at least 1.")

# Applications

INSTALLED_APPS = [
    "config",
    "accounts",
    "goals",
    "bucketlists",
    "casting",
    "media_catalog",
    "orders",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.middleware.NoContentMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
# Both spellings of a URL answer directly: a redirect would lose the body of a POST.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Database

DATABASE_OPTIONS: dict[str, dict[str, Any]] = {
    # IMMEDIATE takes the write lock at the start of a transaction, so that the
    # timeout applies; without it parallel writers fail at once.
    "django.db.backends.sqlite3": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA foreign_keys=ON;"
            "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=NORMAL;"
            "PRAGMA busy_timeout=20000;"
        ),
    },
    "django.db.backends.postgresql": {"connect_timeout": 5},
}


def database() -> dict[str, Any]:
    """The connection that DATABASE_URL names: SQLite or PostgreSQL."""
    config = env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}")
    if config["ENGINE"] not in DATABASE_OPTIONS:
        raise ImproperlyConfigured(
            "DATABASE_URL must start with sqlite:/// or postgres://."
        )
    options = DATABASE_OPTIONS[config["ENGINE"]] | config.get("OPTIONS", {})
    return {
        **config,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
    "accounts.hashers.BCryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(
        seconds=env.int("ACCESS_TOKEN_SECONDS", default=300)
    ),
    "REFRESH_TOKEN_LIFETIME": timedelta(
        seconds=env.int("REFRESH_TOKEN_SECONDS", default=14 * 24 * 3600)
    ),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,
    "ALGORITHM": "HS256",
    # A key of its own: what signs cookies and mails must not sign tokens.
    "SIGNING_KEY": hashlib.sha256(f"quintet.tokens:{SECRET_KEY}".encode()).hexdigest(),
    "USER_ID_CLAIM": "sub",
}

# APIs

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # A `format` parameter is the client's own, not a choice of renderer.
    "URL_FORMAT_OVERRIDE": None,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Quintet",
    "DESCRIPTION": "Five REST services at their original URLs.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "REDOC_UI_SETTINGS": {
        "theme": {
            "typography": {
                "fontFamily": "system-ui, sans-serif",
                "headings": {"fontFamily": "system-ui, sans-serif"},
            }
        }
    },
    "PREPROCESSING_HOOKS": ["config.schema.canonical_paths"],
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Texts and times

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

# Static files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Transport

if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^livez$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {
            "handlers": ["console"],
            "level": env.str("LOG_LEVEL", default="INFO"),
            "propagate": False,
        },
        "django_tasks": {"level": env.str("LOG_LEVEL", default="INFO")},
    },
}
TEST_RUNNER = "config.testing.PytestRunner"
