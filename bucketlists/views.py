"""Everybody's own bucket lists."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.viewsets import ModelViewSet

from accounts.serializers import MessageSerializer
from bucketlists.filters import BucketlistFilter, ItemFilter
from bucketlists.models import Bucketlist, Item
from bucketlists.schema import ONE_OR_MANY, SENT_ONE_OR_MANY
from bucketlists.serializers import (
    BucketlistSerializer,
    BucketlistWithItemsSerializer,
    ItemSerializer,
    NestedItemSerializer,
)
from bucketlists.services import MAX_ITEMS, add_items, delete_item, hold_list
from common.http.conditional import digest
from dialects.base import ListRowsMixin
from dialects.message import MessageDialect, RowsDialect
from dialects.pagination import PAGE_HEADERS, OptionalPagination
from dialects.query_params import get_flag, refuse_unknown_params

ITEMS = OpenApiParameter("items", bool, description="Show the items of each list.")
UNIQUE = OpenApiParameter(
    "unique", bool, description="409 if the owner has a list of this name already."
)
PAGE_NAMES = {"limit", "offset", "page"}
# Lists in one answer, where each may show a thousand items.
LISTS_WITH_ITEMS = 100


class QueryNames:
    """Refuses unknown parameters where one left out would do harm unseen."""

    query_names: dict[str, set[str]]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if (action := self.action) in self.query_names:  # type: ignore[attr-defined]
            refuse_unknown_params(request, self.query_names[action])


@extend_schema_view(
    list=extend_schema(parameters=[ITEMS, *PAGE_HEADERS]),
    retrieve=extend_schema(parameters=[ITEMS]),
    create=extend_schema(parameters=[ITEMS, UNIQUE]),
    update=extend_schema(parameters=[ITEMS, UNIQUE]),
    partial_update=extend_schema(parameters=[ITEMS, UNIQUE]),
)
class BucketlistViewSet(QueryNames, ListRowsMixin, MessageDialect, ModelViewSet):
    queryset = Bucketlist.objects.all()
    permission_classes = [IsAuthenticated]
    pagination_class = OptionalPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = BucketlistFilter
    query_names = {
        "list": {"items", "q", "sort", *PAGE_NAMES},
        "create": {"items", "unique"},
        "update": {"items", "unique"},
        "partial_update": {"items", "unique"},
    }

    @property
    def shows_items(self) -> bool:
        return get_flag(self.request, "items")

    @property
    def max_rows(self) -> int:
        return LISTS_WITH_ITEMS if self.shows_items else MAX_ITEMS

    def get_serializer_class(self) -> type[BucketlistSerializer]:
        is_document = getattr(self, "swagger_fake_view", False)
        if is_document or self.shows_items:
            return BucketlistWithItemsSerializer
        return BucketlistSerializer

    def get_queryset(self) -> Any:
        rows = Bucketlist.objects.visible_to(self.request.user)
        return rows.with_items() if self.shows_items else rows

    def lock_row(self, row: Bucketlist) -> None:
        hold_list(row)

    def version_of(self, row: Bucketlist) -> str:
        """That of the items, too, which a change may replace."""
        return digest(BucketlistWithItemsSerializer(row).data)

    def version_shown(self, data: Any) -> str:
        if not isinstance(data, ReturnDict):
            return ""
        if "items" in data:
            return digest(data)
        row: Any = data.serializer.instance
        shown = NestedItemSerializer(row.items.all(), many=True).data
        return digest({**data, "items": shown})

    def perform_create(self, serializer: Any) -> None:
        unique = get_flag(self.request, "unique")
        serializer.save(owner=self.request.user, unique=unique)

    def perform_update(self, serializer: Any) -> None:
        serializer.save(unique=get_flag(self.request, "unique"))

    @extend_schema(responses={200: MessageSerializer})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        bucketlist = self.get_object()
        message = f"bucketlist {bucketlist.pk} deleted"
        bucketlist.delete()
        return Response({"message": message})


class ItemViewSet(QueryNames, ListRowsMixin, RowsDialect, ModelViewSet):
    """The things to do of one list."""

    serializer_class = ItemSerializer
    permission_classes = [IsAuthenticated]
    pagination_class = OptionalPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = ItemFilter
    queryset = Item.objects.all()
    lookup_url_kwarg = "item_id"
    query_names = {"list": {"done", "q", "sort", *PAGE_NAMES}}

    def bucketlist(self) -> Bucketlist:
        rows = Bucketlist.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["id"])

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        rows = Item.objects.filter(bucketlist=self.bucketlist())
        return rows.select_related("bucketlist")

    def lock_row(self, row: Item) -> None:
        hold_list(row.bucketlist)

    @extend_schema(parameters=PAGE_HEADERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(request=SENT_ONE_OR_MANY, responses={201: ONE_OR_MANY})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Adds an item, or all items of a JSON list, or none of them."""
        if not isinstance(request.data, list):
            return super().create(request, *args, **kwargs)
        bucketlist = self.bucketlist()
        rows = self.get_serializer(
            data=request.data, many=True, allow_empty=False, max_length=MAX_ITEMS
        )
        rows.is_valid(raise_exception=True)
        items = add_items(bucketlist, rows.validated_data)
        return Response(self.get_serializer(items, many=True).data, status=201)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(bucketlist=self.bucketlist())

    @extend_schema(responses={200: MessageSerializer})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        item = self.get_object()
        message = f"item {item.pk} deleted"
        delete_item(item)
        return Response({"message": message})
