"""Views whose rows are the user's own, as docs/how-to/add-an-api.md advises."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from django_filters import FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from bucketlists.models import Bucketlist
from common.http.serializers import SentFieldsSerializer
from config.urls import urlpatterns as own_urlpatterns
from dialects.base import ListRowsMixin
from dialects.dbbase import DbbaseModelSerializer, DbbaseRouter, DbbaseViewSet
from dialects.envelope import EnvelopeViewSet
from dialects.message import MessageDialect
from dialects.routers import EitherSlashRouter
from media_catalog.models import Book
from orders.models import Order


class ParcelSerializer(DbbaseModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "description"]


class ParcelFilter(FilterSet):
    class Meta:
        model = Order
        fields = ["description", "owner__name"]


class ParcelViewSet(DbbaseViewSet):
    serializer_class = ParcelSerializer
    filterset_class = ParcelFilter
    takes_lists = True
    verbose_name = "parcel"

    def get_queryset(self) -> Any:
        user: Any = self.request.user
        return Order.objects.filter(owner=user)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(owner=self.request.user)

    @action(detail=True, methods=["post"])
    def send(self, request: Any, pk: str) -> Response:
        return Response(self.get_serializer(self.get_object()).data)


class WishSerializer(SentFieldsSerializer):
    class Meta:
        model = Bucketlist
        fields = ["id", "name"]


class WishFilter(FilterSet):
    class Meta:
        model = Bucketlist
        fields = ["name"]


class OwnWishes:
    serializer_class: Any = WishSerializer
    filterset_class: Any = WishFilter

    def get_queryset(self: Any) -> Any:
        return Bucketlist.objects.filter(created_by=self.request.user)

    def perform_create(self: Any, serializer: Any) -> None:
        serializer.save(created_by=self.request.user)


class WishViewSet(OwnWishes, EnvelopeViewSet):
    collection = "wishes"
    verbose_name, verbose_name_plural = "wish", "wishes"


class DreamViewSet(OwnWishes, ListRowsMixin, MessageDialect, ModelViewSet):
    filter_backends = [DjangoFilterBackend]
    verbose_name = "dream"


class BrokenSerializer(DbbaseModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "no_such_field"]


class BrokenViewSet(DbbaseViewSet):
    queryset = Book.objects.all()
    serializer_class = BrokenSerializer


dbbase = DbbaseRouter()
dbbase.register("parcels", ParcelViewSet, "parcel")
router = EitherSlashRouter()
router.register("wishes", WishViewSet, "wish")
router.register("dreams", DreamViewSet, "dream")
urlpatterns = [
    path("", include(dbbase.urls)),
    path("", include(router.urls)),
    *own_urlpatterns,
]
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
