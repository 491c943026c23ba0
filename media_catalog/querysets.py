from __future__ import annotations

from typing import Self

from django.db import models

from accounts.models import User


class CreatorQuerySet(models.QuerySet):
    def owned_by(self, user: User) -> Self:
        """The creators that are linked to the user's account."""
        return self.filter(account=user)


class VideoQuerySet(models.QuerySet):
    def owned_by(self, user: User) -> Self:
        """The videos whose author is linked to the user's account."""
        return self.filter(author__account=user)


class PlaylistQuerySet(models.QuerySet):
    def owned_by(self, user: User) -> Self:
        """The playlists whose owner is linked to the user's account."""
        return self.filter(owner__account=user)
