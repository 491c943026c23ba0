from __future__ import annotations

from typing import Self

from accounts.models import User
from media_catalog.row_counts import CountedQuerySet


class BookQuerySet(CountedQuerySet):
    def for_api(self) -> Self:
        return self.select_related("author")


class AuthorQuerySet(CountedQuerySet):
    def for_api(self) -> Self:
        return self.prefetch_related("books")


class CreatorQuerySet(CountedQuerySet):
    def owned_by(self, user: User) -> Self:
        """Return the creators that are linked to the user's account."""
        return self.filter(account=user)


class VideoQuerySet(CountedQuerySet):
    def owned_by(self, user: User) -> Self:
        """Return the videos whose author is linked to the user's account."""
        return self.filter(author__account=user)


class PlaylistQuerySet(CountedQuerySet):
    def owned_by(self, user: User) -> Self:
        """Return the playlists whose owner is linked to the user's account."""
        return self.filter(owner__account=user)
