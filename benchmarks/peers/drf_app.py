"""Django REST framework: viewsets and serializers, with its package for JSON:API."""

from __future__ import annotations

import json
from typing import Any

import jwt
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.shortcuts import get_object_or_404
from django.urls import include, path
from django.utils.http import http_date
from rest_framework import serializers, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.mixins import CreateModelMixin
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework_json_api import serializers as json_api
from rest_framework_json_api.pagination import JsonApiPageNumberPagination
from rest_framework_json_api.parsers import JSONParser
from rest_framework_json_api.renderers import JSONRenderer
from rest_framework_json_api.views import ModelViewSet as JSONAPIModelViewSet

from benchmarks.peers.models import (
    Actor,
    Author,
    Book,
    Bucketlist,
    Goal,
    Invoice,
    InvoiceItem,
    User,
    Video,
)


class Caller:
    is_authenticated = True

    def __init__(self, pk: int) -> None:
        self.pk = pk


class BearerAuthentication(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        try:
            claims = jwt.decode(token, settings.TOKEN_KEY, algorithms=["HS256"])
        except jwt.InvalidTokenError as error:
            raise AuthenticationFailed from error
        return Caller(int(claims["sub"])), token

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class BookPagination(LimitOffsetPagination):
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        config = json.loads(request.query_params["pageConfig"])
        first = config.get("offset", 0)
        return list(queryset[first : first + config["limit"]])

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"Book": data})


class AuthorSerializer(serializers.ModelSerializer):
    firstName = serializers.CharField(source="first_name")  # noqa: N815
    lastName = serializers.CharField(source="last_name")  # noqa: N815
    fullName = serializers.CharField(source="full_name")  # noqa: N815

    class Meta:
        model = Author
        fields = ["firstName", "lastName", "fullName", "id"]


class BookSerializer(serializers.ModelSerializer):
    pubYear = serializers.IntegerField(source="pub_year")  # noqa: N815
    authorId = serializers.IntegerField(source="author_id")  # noqa: N815
    author = AuthorSerializer()

    class Meta:
        model = Book
        fields = ["id", "isbn", "title", "pubYear", "authorId", "author"]


class BookViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Book.objects.select_related("author").order_by("id")
    serializer_class = BookSerializer
    pagination_class = BookPagination

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        author = self.request.query_params.get("authorId")
        return found if author is None else found.filter(author_id=author)


class VideoSerializer(json_api.ModelSerializer):
    class Meta:
        model = Video
        resource_name = "video"
        fields = ["title", "create_at", "update_at", "deleted", "author", "playlists"]


class VideoPagination(JsonApiPageNumberPagination):
    def get_paginated_response(self, data: Any) -> Response:
        answer = super().get_paginated_response(data)
        answer.data["meta"] = {"total": self.page.paginator.count}
        return answer


class VideoViewSet(JSONAPIModelViewSet):
    queryset = Video.objects.prefetch_related("playlists").order_by("id")
    serializer_class = VideoSerializer
    pagination_class = VideoPagination
    renderer_classes = [JSONRenderer]
    parser_classes = [JSONParser]


class GoalsView(APIView):
    def get(self, request: Any) -> Response:
        user = get_object_or_404(User, name=request.query_params["user"])
        goals = Goal.objects.filter(user=user, archived=None)
        order = F("position").asc(nulls_last=True)
        return Response({user.name: nested(list(goals.order_by(order, "pk")))})


def nested(goals: list[Goal]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    branches: dict[int | None, Any] = {goal.pk: {} for goal in goals} | {None: tree}
    for goal in goals:
        if goal.parent_id in branches:
            branches[goal.parent_id][goal.name] = branches[goal.pk]
    return tree


class ItemSerializer(serializers.ModelSerializer):
    invoiceId = serializers.IntegerField(source="invoice_id", read_only=True)  # noqa: N815
    partCode = serializers.CharField(source="part_code")  # noqa: N815
    unitPrice = serializers.FloatField(source="unit_price")  # noqa: N815

    class Meta:
        model = InvoiceItem
        fields = ["id", "invoiceId", "partCode", "units", "unitPrice"]


class InvoiceSerializer(serializers.ModelSerializer):
    userId = serializers.PrimaryKeyRelatedField(  # noqa: N815
        source="user", queryset=User.objects.all()
    )
    invoiceDate = serializers.DateField(source="invoice_date")  # noqa: N815
    invoiceItems = ItemSerializer(source="invoice_items", many=True)  # noqa: N815

    class Meta:
        model = Invoice
        fields = ["id", "userId", "invoiceDate", "invoiceItems"]

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Invoice:
        lines = validated_data.pop("invoice_items")
        invoice = Invoice.objects.create(**validated_data)
        items = [InvoiceItem(invoice=invoice, **line) for line in lines]
        created = InvoiceItem.objects.bulk_create(items)
        invoice._prefetched_objects_cache = {"invoice_items": created}
        return invoice


class InvoiceViewSet(viewsets.ModelViewSet):
    queryset = Invoice.objects.prefetch_related("invoice_items")
    serializer_class = InvoiceSerializer


class ActorPagination(LimitOffsetPagination):
    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        first = int(request.query_params.get("offset", 0))
        return list(queryset[first : first + settings.MAX_ACTORS])

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"actors": data, "success": True})


class ActorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Actor
        fields = ["age", "gender", "id", "name"]


class ActorViewSet(viewsets.ModelViewSet):
    queryset = Actor.objects.order_by("id")
    serializer_class = ActorSerializer
    pagination_class = ActorPagination
    authentication_classes = [BearerAuthentication]
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if gender := self.request.query_params.get("gender"):
            found = found.filter(gender__iexact=gender)
        if age := self.request.query_params.get("age_min"):
            found = found.filter(age__gte=age)
        return found


class HttpDateField(serializers.DateTimeField):
    def to_representation(self, value: Any) -> str:
        return http_date(value.timestamp())


class BucketlistSerializer(serializers.ModelSerializer):
    date_created = HttpDateField(read_only=True)
    date_modified = HttpDateField(read_only=True)
    created_by = serializers.IntegerField(source="created_by_id", read_only=True)

    class Meta:
        model = Bucketlist
        fields = ["id", "name", "date_created", "date_modified", "created_by"]


class BucketlistViewSet(CreateModelMixin, viewsets.GenericViewSet):
    queryset = Bucketlist.objects.all()
    serializer_class = BucketlistSerializer
    authentication_classes = [BearerAuthentication]
    permission_classes = [IsAuthenticated]

    def perform_create(self, serializer: Any) -> None:
        serializer.save(created_by_id=self.request.user.pk)


plain = SimpleRouter(trailing_slash=False)
plain.register("books", BookViewSet)
plain.register("api/video", VideoViewSet)
plain.register("invoices", InvoiceViewSet)
plain.register("actors", ActorViewSet)
slashed = SimpleRouter()
slashed.register("bucketlists", BucketlistViewSet)
urlpatterns = [
    path("v1.0/goals", GoalsView.as_view()),
    path("", include(plain.urls)),
    path("", include(slashed.urls)),
]
