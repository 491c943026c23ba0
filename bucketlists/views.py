from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.serializer_helpers import ReturnDict
from rest_framework.viewsets import ModelViewSet

from accounts.permissions import OwnsOrHasModelPermission, action_of, check_owner
from accounts.serializers import MessageSerializer
from bucketlists import old_texts
from bucketlists.filters import (
    BUCKETLIST_SORT_FIELDS,
    ITEM_SORT_FIELDS,
    BucketlistFilter,
    ItemFilter,
)
from bucketlists.models import Bucketlist, Item
from bucketlists.schema import BucketlistSchema, ItemSchema, sort_parameter
from bucketlists.serializers import (
    BucketlistSerializer,
    BucketlistWithItemsSerializer,
    ItemSerializer,
    NestedItemSerializer,
    NewItemsSerializer,
)
from bucketlists.services import (
    MAX_ITEMS,
    delete_item,
    delete_list,
    lock_list_and_owner,
)
from common.http.conditional import digest
from dialects.base import ListRowsMixin
from dialects.message import ListBodyDialect, MessageDialect
from dialects.pagination import OptionalPagination
from dialects.query_params import check_query_params, get_flag

ITEMS = OpenApiParameter("items", bool, description="Return `items` as well.")
UNIQUE = OpenApiParameter(
    "unique", bool, description="Refuse a name that another list of the owner has."
)
PAGE_PARAMS = {"limit", "offset", "page"}
# Lists in one response, where each may show a thousand items.
MAX_LISTS_WITH_ITEMS = 100


class StrictQueryView(MessageDialect):
    """Refuse unknown query parameters of the actions in `query_params`."""

    action: str
    query_params: dict[str, set[str]]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if self.action in self.query_params:
            check_query_params(request, self.query_params[self.action])


@extend_schema_view(
    list=extend_schema(parameters=[ITEMS, sort_parameter(BUCKETLIST_SORT_FIELDS)]),
    retrieve=extend_schema(parameters=[ITEMS]),
    create=extend_schema(parameters=[ITEMS, UNIQUE]),
    update=extend_schema(parameters=[ITEMS, UNIQUE]),
    partial_update=extend_schema(parameters=[ITEMS, UNIQUE]),
)
class BucketlistViewSet(StrictQueryView, ListRowsMixin, ModelViewSet[Bucketlist]):
    """The user's bucket lists."""

    schema = BucketlistSchema()
    queryset = Bucketlist.objects.all()
    permission_classes = [IsAuthenticated, OwnsOrHasModelPermission]
    pagination_class = OptionalPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = BucketlistFilter
    query_params = {
        "list": {"items", "q", "sort", *PAGE_PARAMS},
        "create": {"items", "unique"},
        "update": {"items", "unique"},
        "partial_update": {"items", "unique"},
    }

    @property
    def shows_items(self) -> bool:
        return get_flag(self.request, "items")

    @property
    def max_rows(self) -> int:
        return MAX_LISTS_WITH_ITEMS if self.shows_items else MAX_ITEMS

    def get_serializer_class(self) -> type[BucketlistSerializer]:
        is_document = getattr(self, "swagger_fake_view", False)
        if is_document or self.shows_items:
            return BucketlistWithItemsSerializer
        return BucketlistSerializer

    def get_queryset(self) -> QuerySet[Bucketlist]:
        user, action = self.request.user, action_of(self.request)
        lists = Bucketlist.objects.visible_to(user, action)
        return lists.with_items() if self.shows_items else lists

    def lock_for_write(self, row: Bucketlist) -> None:
        lock_list_and_owner(row)

    def version_of(self, row: Bucketlist) -> str:
        """Return a digest of the list and its items, which an update may replace."""
        return digest(BucketlistWithItemsSerializer(row).data)

    def version_of_response(self, data: object) -> str:
        if not isinstance(data, ReturnDict):
            return ""
        if "items" in data:
            return digest(data)
        bucketlist: Any = data.serializer.instance
        items = NestedItemSerializer(bucketlist.sorted_items, many=True)
        return digest({**data, "items": items.data})

    def perform_create(self, serializer: BaseSerializer[Bucketlist]) -> None:
        unique = get_flag(self.request, "unique")
        serializer.save(owner=self.request.user, unique=unique)

    def perform_update(self, serializer: BaseSerializer[Bucketlist]) -> None:
        serializer.save(unique=get_flag(self.request, "unique"))

    @extend_schema(responses={200: MessageSerializer})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Delete a bucket list with its items."""
        bucketlist = self.get_object()
        message = old_texts.DELETED.format(id=bucketlist.pk)
        self.perform_destroy(bucketlist)
        return Response({"message": message})

    def perform_destroy(self, instance: Bucketlist) -> None:
        delete_list(instance)


@extend_schema_view(list=extend_schema(parameters=[sort_parameter(ITEM_SORT_FIELDS)]))
class ItemViewSet(StrictQueryView, ListRowsMixin, ListBodyDialect, ModelViewSet[Item]):
    """The items of a bucket list."""

    schema = ItemSchema()
    verbose_name = "bucket list item"
    serializer_class = ItemSerializer
    permission_classes = [IsAuthenticated, OwnsOrHasModelPermission]
    pagination_class = OptionalPagination
    filter_backends = [DjangoFilterBackend]
    filterset_class = ItemFilter
    queryset = Item.objects.all()
    lookup_url_kwarg = "item_id"
    query_params = {"list": {"done", "q", "sort", *PAGE_PARAMS}}

    @cached_property
    def bucketlist(self) -> Bucketlist:
        """The bucket list that the URL names. Raise Http404.

        The user may view its items, or do with them what the request does.
        """
        action = "add" if self.action == "create" else action_of(self.request)
        lists = Bucketlist.objects.visible_to(self.request.user, action, of=Item)
        return get_object_or_404(lists, pk=self.kwargs["id"])

    def get_queryset(self) -> QuerySet[Item]:
        if getattr(self, "swagger_fake_view", False):
            return Item.objects.all()
        items = Item.objects.filter(bucketlist=self.bucketlist)
        return items.select_related("bucketlist")

    def lock_for_write(self, row: Item) -> None:
        lock_list_and_owner(row.bucketlist)

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Add an item, or a list of items.

        If one item of a list is invalid, none of them is added.
        """
        owner_id = self.bucketlist.created_by_id
        check_owner(request.user, "add", Item, owner_id)
        if not isinstance(request.data, list):
            return super().create(request, *args, **kwargs)
        serializer = NewItemsSerializer(
            data=request.data,
            child=self.get_serializer_class()(),
            context=self.get_serializer_context(),
        )
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(serializer.data, status=201)

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save(bucketlist=self.bucketlist)

    @extend_schema(responses={200: MessageSerializer})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Delete an item."""
        item = self.get_object()
        message = f"item {item.pk} deleted"
        self.perform_destroy(item)
        return Response({"message": message})

    def perform_destroy(self, instance: Item) -> None:
        delete_item(instance)
