"""Orders, their jobs, invoices and a command, as the DBBase examples spoke."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from common.permissions import IsAuthenticatedOrOpen
from dialects.dbbase import DbbaseViewSet
from orders.filters import InvoiceFilter, InvoiceItemFilter, JobFilter, OrderFilter
from orders.models import Command, Invoice, InvoiceItem, Job, Order
from orders.serializers import (
    OTHER_OWNER,
    CommandSerializer,
    InvoiceItemSerializer,
    InvoiceSerializer,
    JobSerializer,
    OrderSerializer,
    OrderWithJobsSerializer,
    StartedJobSerializer,
)
from orders.services import start_job


class OwnedViewSet(DbbaseViewSet):
    """Whoever writes a row must name its owner, and only staff may name another."""

    owner_key = "owner_id"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action in {"create", "update", "partial_update"}:
            self.refuse_other_owner(request.user)

    def refuse_other_owner(self, user: Any) -> None:
        """Before anything is looked up or checked."""
        if not user.is_authenticated or user.is_staff:
            return
        unsaid = user.pk if self.action == "partial_update" else None
        if str(self.body.get(self.owner_key, unsaid)) != str(user.pk):
            raise ValidationError(OTHER_OWNER, code="other_owner")


class OrderViewSet(OwnedViewSet):
    serializer_class = OrderSerializer
    filterset_class = OrderFilter

    def get_queryset(self) -> Any:
        return Order.objects.visible_to(self.request.user).for_api()


accepted = extend_schema(
    responses={202: StartedJobSerializer},
    parameters=[
        OpenApiParameter(name, of, OpenApiParameter.HEADER, response=[202])
        for name, of in [("Location", str), ("Retry-After", int)]
    ],
)


class OrderWithJobsViewSet(OrderViewSet):
    """Whoever writes a whole order gets the job that carries it out."""

    serializer_class = OrderWithJobsSerializer

    def get_queryset(self) -> Any:
        return super().get_queryset().with_jobs()

    @accepted
    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.accept(self.get_serializer(data=self.body))

    @accepted
    @transaction.atomic
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if kwargs.get("partial"):
            return super().update(request, *args, **kwargs)
        return self.accept(self.serializer_of_change())

    def accept(self, serializer: Any) -> Response:
        serializer.is_valid(raise_exception=True)
        job = start_job(order=serializer.save())
        url = reverse("orders:job-detail", [job.pk], request=self.request)
        return Response(
            StartedJobSerializer(job).data,
            status=202,
            headers={"Location": url, "Retry-After": "1"},
        )


class JobViewSet(OwnedViewSet):
    serializer_class = JobSerializer
    filterset_class = JobFilter

    def get_queryset(self) -> Any:
        return Job.objects.visible_to(self.request.user).for_api()


class InvoiceViewSet(OwnedViewSet):
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    permission_classes = [IsAuthenticatedOrOpen]
    owner_key = "user_id"

    def get_queryset(self) -> Any:
        return Invoice.objects.visible_to(self.request.user).for_api()


class InvoiceItemViewSet(DbbaseViewSet):
    serializer_class = InvoiceItemSerializer
    filterset_class = InvoiceItemFilter
    permission_classes = [IsAuthenticatedOrOpen]

    def get_queryset(self) -> Any:
        return InvoiceItem.objects.visible_to(self.request.user).for_api()


CommandDone = inline_serializer(
    "CommandDone",
    {"message": serializers.CharField(), "data": CommandSerializer()},
)


class CommandViewSet(DbbaseViewSet):
    """Saves the command and says so with a status that no REST resource has."""

    queryset = Command.objects.all()
    serializer_class = CommandSerializer
    permission_classes = [IsAuthenticatedOrOpen]

    @extend_schema(responses={419: CommandDone})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        created = super().create(request, *args, **kwargs)
        message = "This is no longer a REST resource. We can do anything."
        return Response({"message": message, "data": created.data}, status=419)
