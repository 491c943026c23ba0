"""All settings, read from the environment alone; README.md lists the variables.

Development needs no variable. Production (`QUINTET_ENV=production`) refuses to
start until the ones it cannot guess are set.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from common.ops.logs import FORMATTERS
from config.environment import (
    BASE_DIR,
    at_least,
    broker,
    choice,
    databases,
    env,
    mail_server,
    need_package,
    origins,
    require,
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
QUINTET_MAX_LINKAGE = at_least(1, "QUINTET_MAX_LINKAGE", 1000)
# Lists are read as rows where their serializers allow it; 0 leaves them to DRF.
QUINTET_READ_ROWS = env.bool("QUINTET_READ_ROWS", default=True)
# Who sends the invoices: a name and the lines of an address.
QUINTET_SELLER = [
    line.strip() for line in env.str("QUINTET_SELLER", default="Quintet").split("|")
]

# What carries an order out: a function that takes an attempt at a job.
QUINTET_ORDER_HANDLER = env.str("QUINTET_ORDER_HANDLER", "orders.handlers.bill")
# How often a job is tried, how long one try may take, and how long a worker that has
# not been heard of counts as alive.
QUINTET_JOB_TRIES = env.int("QUINTET_JOB_TRIES", default=5)
QUINTET_JOB_SECONDS = env.float("QUINTET_JOB_SECONDS", default=60)
QUINTET_JOB_LEASE_SECONDS = env.float("QUINTET_JOB_LEASE_SECONDS", default=10)
# Threads of each process of the web server.
WEB_THREADS = at_least(1, "WEB_THREADS", 16)
# Streams of events that a process serves at a time. Each one keeps a thread, and one
# thread is always left for requests.
QUINTET_MAX_STREAMS = min(
    env.int("QUINTET_MAX_STREAMS", default=WEB_THREADS // 4), WEB_THREADS - 1
)
# How long the answer to an Idempotency-Key is given again.
QUINTET_IDEMPOTENCY_HOURS = env.int("QUINTET_IDEMPOTENCY_HOURS", default=24)

# For how many seconds a job may be due before /readyz says so; 0 for as many as it
# likes.
QUINTET_QUEUE_SECONDS = env.float("QUINTET_QUEUE_SECONDS", default=600)
# Who may read /metrics: the bearer of this token, or nobody.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
if METRICS_TOKEN:
    need_package("prometheus_client", "METRICS_TOKEN", "requirements-metrics.txt")
if METRICS_TOKEN and not re.fullmatch(r"[A-Za-z0-9._~+/=-]{16,}", METRICS_TOKEN):
    raise ImproperlyConfigured(
        f"METRICS_TOKEN must be at least 16 random characters. Make one by: {NEW_KEY}"
    )

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
    "corsheaders",
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
    "config.middleware.RequestMiddleware",
    "config.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.middleware.RefusalMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.NoContentMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.pages.ThrottledPageMiddleware",
]

# The mount: what all URLs begin with, such as /old.
FORCE_SCRIPT_NAME = env.str("SCRIPT_NAME", default="")
if not re.fullmatch(r"(/[A-Za-z0-9._~-]+)*", FORCE_SCRIPT_NAME):
    raise ImproperlyConfigured(
        "SCRIPT_NAME must read /old, without a slash at its end."
    )
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{FORCE_SCRIPT_NAME}/"
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

DATABASES = databases(QUINTET_ACCESS)
if len(DATABASES) > 1:
    DATABASE_ROUTERS = ["config.replicas.Router"]
    MIDDLEWARE.append("config.replicas.ReplicaMiddleware")
# How far a replica may be behind that is still read from.
QUINTET_REPLICA_LAG_SECONDS = env.float("QUINTET_REPLICA_LAG_SECONDS", default=5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.EmailBackend"]
# Who may open an account: `open` tells who has one, as the old services did, `strict`
# answers the same to all, `closed` lets nobody in.
QUINTET_REGISTRATION = choice(
    "QUINTET_REGISTRATION", ["open", "strict", "closed"], "open"
)
# Failed logins in any so many seconds: of an account from one address, and of one
# address at all accounts. Registrations and reset mails of an address count as many.
QUINTET_LOGIN_LIMIT = at_least(1, "QUINTET_LOGIN_LIMIT", 5)
QUINTET_ADDRESS_LIMIT = at_least(1, "QUINTET_ADDRESS_LIMIT", 100)
QUINTET_LIMIT_SECONDS = at_least(1, "QUINTET_LIMIT_SECONDS", 900)
# How long a link to a new password is good, and where it leads, if not to the host
# that was asked for it.
PASSWORD_RESET_TIMEOUT = at_least(60, "PASSWORD_RESET_SECONDS", 3600)
QUINTET_PUBLIC_URL = env.str("QUINTET_PUBLIC_URL", default="")
if not re.fullmatch(r"(https?://[^/\s?#]+/?)?", QUINTET_PUBLIC_URL):
    raise ImproperlyConfigured(
        "QUINTET_PUBLIC_URL must read https://api.example.com, without a path."
    )
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

# Tokens of an identity provider, which casting takes besides our own.
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_AUDIENCE = env.str("OIDC_AUDIENCE", default="")
OIDC_JWKS_URL = env.str("OIDC_JWKS_URL", default="")
if len({bool(OIDC_ISSUER), bool(OIDC_AUDIENCE), bool(OIDC_JWKS_URL)}) > 1:
    raise ImproperlyConfigured(
        "Set all of OIDC_ISSUER, OIDC_AUDIENCE and OIDC_JWKS_URL, or none of them."
    )
# Whoever can change the keys on their way can be anybody.
JWKS_SCHEMES = ("https://",) if PRODUCTION else ("https://", "http://")
if OIDC_JWKS_URL and not OIDC_JWKS_URL.startswith(JWKS_SCHEMES):
    raise ImproperlyConfigured(
        f"OIDC_JWKS_URL must start with {' or '.join(JWKS_SCHEMES)}."
    )

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

FONT = {"fontFamily": "system-ui, sans-serif"}
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
    "REDOC_UI_SETTINGS": {"theme": {"typography": {**FONT, "headings": FONT}}},
    "PREPROCESSING_HOOKS": ["config.schema.canonical_paths"],
    "SERVERS": [{"url": FORCE_SCRIPT_NAME}] if FORCE_SCRIPT_NAME else [],
}

# Tasks

# A broker's address chooses Celery; without one, tasks wait in the database.
BROKER_URL = broker()
QUINTET_QUEUE = env.str("QUINTET_QUEUE", default="quintet")
TASKS = {
    "default": {
        "BACKEND": "common.tasks.celery_backend.CeleryBackend"
        if BROKER_URL
        else "django_tasks_db.DatabaseBackend"
    }
}
# What looks for work that was lost, and every how many seconds each worker calls it.
SWEEPS = {
    "orders.services.sweep": 2,
    "orders.mails.sweep_mails": 30,
    "accounts.services.forget_answers": 60,
    "accounts.services.forget_tokens": 60,
    "accounts.throttles.purge_throttles": 60,
    "common.tasks.sweeps.prune": 600,
}

# Mails

mail = mail_server("dummymail://" if PRODUCTION else "consolemail://")
EMAIL_BACKEND = mail["EMAIL_BACKEND"]
EMAIL_HOST = mail["EMAIL_HOST"]
EMAIL_PORT = mail["EMAIL_PORT"]
EMAIL_HOST_USER = mail["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = mail["EMAIL_HOST_PASSWORD"]
EMAIL_FILE_PATH = mail["EMAIL_FILE_PATH"]
EMAIL_USE_TLS = mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="Quintet <quintet@localhost>"
)

# Texts and times

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

# Static files

STATIC_URL = f"{FORCE_SCRIPT_NAME}/static/"
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

BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
# How many proxies of our own write into X-Forwarded-For, for the limits of logins.
TRUSTED_PROXIES = at_least(0, "TRUSTED_PROXIES", int(BEHIND_PROXY))
if TRUSTED_PROXIES and not BEHIND_PROXY:
    raise ImproperlyConfigured("TRUSTED_PROXIES needs BEHIND_PROXY=1.")
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", default=True)
    # Paths are compared without their first slash.
    MOUNT = re.escape(f"{FORCE_SCRIPT_NAME}/"[1:])
    SECURE_REDIRECT_EXEMPT = [rf"^{MOUNT}(livez|readyz|healthz|metrics)$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

X_FRAME_OPTIONS = "DENY"

# What browsers may do with an answer: with data nothing, with a page what it needs.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Redoc and the browsable API bring style along in the page; Redoc searches in a worker.
STYLED_PAGE_POLICY = PAGE_POLICY.replace(
    "style-src 'self'", "style-src 'self' 'unsafe-inline'; worker-src blob:"
)

# The pages of other origins whose scripts may use the APIs, with tokens. Cookies stay
# at home: nobody's session in the back office answers for another site.
CORS_ALLOWED_ORIGINS = origins("CORS_ALLOWED_ORIGINS")
if CORS_ALLOWED_ORIGINS:
    MIDDLEWARE.insert(1, "corsheaders.middleware.CorsMiddleware")
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = (
    r"^/(?!(admin|session|livez|readyz|healthz|metrics)\b)"
    if CORS_ALLOWED_ORIGINS
    else r"(?!)"  # no URL
)
CORS_ALLOW_HEADERS = [
    *default_headers,
    *("idempotency-key", "if-match", "if-modified-since", "if-none-match"),
    *("last-event-id", "prefer", "x-request-id"),
]
CORS_EXPOSE_HEADERS = [
    *("Content-Disposition", "ETag", "Idempotency-Replayed", "Link", "Location"),
    *("Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining"),
    *("X-RateLimit-Reset", "X-Request-ID", "X-Total-Count"),
]

# Logs

LOG_FORMAT = choice("LOG_FORMAT", ["text", "json"], "text")
LOG_LEVEL = choice(
    "LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], "INFO"
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"entry": {"()": FORMATTERS[LOG_FORMAT]}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "entry"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL},
        # Refused requests are in the access log; mistakes of our own are left to it.
        "django.request": {"level": "ERROR"},
        # Statements and the variables of a page hold what people store.
        "django.db.backends": {"level": "INFO"},
        "django.template": {"level": "INFO"},
        # It repeats what the access log says, with the query.
        "django.server": {"handlers": [], "level": "CRITICAL"},
        # It tells which glyphs a PDF takes along.
        "fontTools": {"level": "WARNING"},
    },
}
TEST_RUNNER = "config.testing.PytestRunner"
