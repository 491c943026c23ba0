from __future__ import annotations

from rest_framework.routers import SimpleRouter

# A longer number would exceed the integers of a database. Its URL returns 404.
INTEGER_ID = "[0-9]{1,18}"


class EitherSlashRouter(SimpleRouter):
    """A router whose URLs work with and without a slash at their end."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
