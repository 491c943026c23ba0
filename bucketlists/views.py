"""Everybody's own bucket lists."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from accounts.serializers import MessageSerializer
from bucketlists.models import Bucketlist
from bucketlists.serializers import BucketlistSerializer
from dialects.message import MessageDialect


class BucketlistViewSet(MessageDialect, ModelViewSet):
    queryset = Bucketlist.objects.all()
    serializer_class = BucketlistSerializer
    permission_classes = [IsAuthenticated]

    def get_queryset(self) -> Any:
        return Bucketlist.objects.visible_to(self.request.user)

    def perform_create(self, serializer: Any) -> None:
        serializer.save(created_by=self.request.user)

    @extend_schema(responses={200: MessageSerializer})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        bucketlist = self.get_object()
        message = f"bucketlist {bucketlist.pk} deleted"
        bucketlist.delete()
        return Response({"message": message})
