"""The project's URLs, and a view that can't be described."""

from __future__ import annotations

from django.urls import include, path

from dialects.dbbase import DbbaseRouter
from tests.dialects.described_urls import BrokenViewSet
from tests.dialects.described_urls import urlpatterns as described

router = DbbaseRouter()
router.register("broken", BrokenViewSet)
urlpatterns = [path("", include(router.urls)), *described]
