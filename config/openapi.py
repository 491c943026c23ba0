"""The settings of the OpenAPI document: what it says of the service as a whole."""

from __future__ import annotations

TITLE = "Quintet"
VERSION = "1.0.0"
DESCRIPTION = "Five REST services at their original URLs."
TAGS = {
    "Accounts": "Register, log in, and manage your account.",
    "Goals": "Trees of goals, by the names of their users.",
    "Bucket lists": "Your bucket lists and their items.",
    "Casting agency": "Actors, movies and their casts.",
    "Media catalog (JSON:API)": "Creators, videos and playlists, by JSON:API 1.0.",
    "Books and authors": "The books of the catalog and their authors.",
    "Orders and invoices": "Orders, the jobs that process them, and invoices.",
}
FONT = {"fontFamily": "system-ui, sans-serif"}


def spectacular_settings(prefix: str) -> dict[str, object]:
    """Return SPECTACULAR_SETTINGS. `prefix` is SCRIPT_NAME."""
    return {
        "OAS_VERSION": "3.1.1",
        "TITLE": TITLE,
        "DESCRIPTION": DESCRIPTION,
        "VERSION": VERSION,
        "LICENSE": {"name": "MIT", "identifier": "MIT"},
        "TAGS": [{"name": name, "description": TAGS[name]} for name in TAGS],
        "SERVERS": [{"url": prefix or "/"}],
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SERVE_AUTHENTICATION": [],
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "REDOC_DIST": "SIDECAR",
        "REDOC_UI_SETTINGS": {"theme": {"typography": {**FONT, "headings": FONT}}},
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
        # Docstrings speak to developers. Texts come from `dialects/schema.py`.
        "DISABLE_DOCSTRING_DESCRIPTIONS": True,
        # Sessions are for the browsable pages.
        "AUTHENTICATION_WHITELIST": [
            "accounts.authentication.TokenAuthentication",
            "accounts.external.ExternalTokenAuthentication",
        ],
        "PREPROCESSING_HOOKS": ["config.schema.canonical_paths"],
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "config.schema.share_components",
        ],
    }
