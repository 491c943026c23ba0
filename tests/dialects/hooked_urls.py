"""The views of every dialect, whose hooks are counted and can refuse."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.urls import include, path, re_path
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.viewsets import ModelViewSet

from bucketlists.serializers import BucketlistSerializer
from bucketlists.views import BucketlistViewSet, ItemViewSet
from casting.views import ActorViewSet, MovieViewSet
from dialects.dbbase import DbbaseRouter
from dialects.message import MessageDialect
from dialects.restless import RestlessRouter
from dialects.routers import INTEGER_ID, EitherSlashRouter
from goals.views import GoalsView, GoalViewSet, UsersView
from media_catalog.views import (
    BookViewSet,
    CreatorViewSet,
    PlaylistViewSet,
    VideoViewSet,
)
from orders.views import InvoiceViewSet, JobViewSet, OrderViewSet, OrderWithJobsViewSet

# What a test lets the hooks do.
calls: Counter[str] = Counter()
refused: set[str] = set()


def called(name: str) -> None:
    calls[name] += 1
    if name in refused:
        raise PermissionDenied


class Hooked:
    """Overrides the hooks with the parameters that DRF documents."""

    def get_queryset(self) -> Any:
        called("get_queryset")
        return super().get_queryset()  # type: ignore[misc]

    def filter_queryset(self, queryset: Any) -> Any:
        called("filter_queryset")
        rows = super().filter_queryset(queryset)  # type: ignore[misc]
        return rows.none() if "every row" in refused else rows

    def get_object(self) -> Any:
        called("get_object")
        return super().get_object()  # type: ignore[misc]

    def check_object_permissions(self, request: Any, obj: Any) -> None:
        called("check_object_permissions")
        super().check_object_permissions(request, obj)  # type: ignore[misc]

    def perform_create(self, serializer: Any) -> None:
        called("perform_create")
        super().perform_create(serializer)  # type: ignore[misc]

    def perform_update(self, serializer: Any) -> None:
        called("perform_update")
        super().perform_update(serializer)  # type: ignore[misc]

    def perform_destroy(self, instance: Any) -> None:
        called("perform_destroy")
        super().perform_destroy(instance)  # type: ignore[misc]


class DiaryViewSet(MessageDialect, ModelViewSet):
    """As docs/how-to/add-an-api.md shows it."""

    queryset = BucketlistViewSet.queryset
    serializer_class = BucketlistSerializer
    permission_classes = [AllowAny]

    def perform_create(self, serializer: Any) -> None:
        serializer.save(owner=self.request.user)


def hooked(view: Any) -> Any:
    return type(view.__name__, (Hooked, view), {"permission_classes": [AllowAny]})


def registered(router: Any, **viewsets: Any) -> Any:
    for name, viewset in viewsets.items():
        prefix = name.replace("__", "/").replace("_", "-")
        basename = viewset.__name__.removesuffix("ViewSet").lower()
        router.register(prefix, hooked(viewset), basename)
    return router


plain = registered(
    EitherSlashRouter(),
    bucketlists=BucketlistViewSet,
    diary=DiaryViewSet,
    actors=ActorViewSet,
    movies=MovieViewSet,
)
plain.register(r"v1\.0/goals", hooked(GoalViewSet), "goal")
items = rf"bucketlists/(?P<id>{INTEGER_ID})/items"
plain.register(items, hooked(ItemViewSet), "item")
dbbase = registered(
    DbbaseRouter(),
    books=BookViewSet,
    orders=OrderViewSet,
    api__v2__orders=OrderWithJobsViewSet,
    api__v2__jobs=JobViewSet,
    invoices=InvoiceViewSet,
)
restless = RestlessRouter()
for name, viewset in [
    ("user", CreatorViewSet),
    ("video", VideoViewSet),
    ("playlist", PlaylistViewSet),
]:
    restless.register(name, hooked(viewset))

goals = (
    [
        re_path("^v1.0/goals/?$", hooked(GoalsView).as_view(), name="goals"),
        re_path("^v1.0/users/?$", hooked(UsersView).as_view(), name="users"),
        *plain.urls,
    ],
    "goals",
)
urlpatterns = [
    path("", include(goals)),
    path("", include((dbbase.urls, "orders"))),
    path("api/", include(restless.urls)),
    path("", include("accounts.urls")),
]
handler404 = "config.errors.not_found"
