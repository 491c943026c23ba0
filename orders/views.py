"""Orders, jobs, invoices and a command, in the format of the DBBase examples."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer

from accounts.idempotency import idempotent
from accounts.model_permissions import has_model_permission
from accounts.permissions import OwnsOrHasModelPermission, action_of, check_owner
from common.http.numbers import parse_number
from common.http.permissions import IsAuthenticatedOrOpen
from dialects.base import UPDATE_OR_DELETE
from dialects.dbbase import DbbaseRenderer, DbbaseViewSet
from dialects.dbbase.camel_case import to_camel
from dialects.events import EVENT_STREAM, EventStreamRenderer, event_stream_response
from dialects.openapi_parts import request_header, response_header
from orders import old_texts, services
from orders.events import has_seen_end, job_events
from orders.filters import InvoiceFilter, InvoiceItemFilter, JobFilter, OrderFilter
from orders.models import Command, Invoice, InvoiceItem, Job, Order
from orders.querysets import (
    InvoiceItemQuerySet,
    InvoiceQuerySet,
    JobQuerySet,
    OrderQuerySet,
)
from orders.sent_back import SentBackMixin
from orders.serializers import (
    CommandSerializer,
    InvoiceItemSerializer,
    InvoiceSerializer,
    JobSerializer,
    OrderSerializer,
    OrderWithJobsSerializer,
    StartedJobSerializer,
)

WRITES = {"create", "update", "partial_update"}


class IdempotentViewSet(DbbaseViewSet):
    """With an `Idempotency-Key`, a POST takes effect once, however often it is sent."""

    tag = "Orders"

    @idempotent
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().create(request, *args, **kwargs)


class OwnedViewSet(IdempotentViewSet):
    """Rows owned by a user. Writing those of others needs the model permission."""

    permission_classes = [IsAuthenticated, OwnsOrHasModelPermission]
    owner_key = "owner_id"

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        if self.action in WRITES and request.user.is_authenticated:
            self.check_owner(request)

    def check_owner(self, request: Request) -> None:
        """Raise ValidationError for another owner, before any validation."""
        default = request.user.pk if self.action == "partial_update" else None
        if str(self.body.get(self.owner_key, default)) == str(request.user.pk):
            return
        if not self.may_write_for_others():
            raise ValidationError(old_texts.OTHER_OWNER, code="other_owner")

    def example_to_send(self, example: object) -> object:
        """Return the example with the user as the owner, if it names one."""
        key = to_camel(self.owner_key)
        if isinstance(example, dict) and key in example and self.request.user.pk:
            return example | {key: self.request.user.pk}
        return example

    def may_write_for_others(self) -> bool:
        """Return whether the user has the permission. PUT can add a row as well."""
        model = self.get_queryset().model
        may = partial(has_model_permission, self.request.user, model=model)
        if self.action == "create":
            return may("add")
        may_be_new = self.action == "update"
        return may("change") and (not may_be_new or may("add") or not self.is_free())


class OrderViewSet(OwnedViewSet):
    """Orders with their items. Users see only their own orders."""

    action_texts = {
        "create": "Store the order. To process it as well, use `/api/v2/orders`.",
        "destroy": "Delete the order with its items and jobs.",
    }
    serializer_class = OrderSerializer
    filterset_class = OrderFilter

    def get_queryset(self) -> OrderQuerySet:
        user, action = self.request.user, action_of(self.request)
        return Order.objects.visible_to(user, action).for_api()


STARTED = "Return the job. Follow it at its URL, which is in `Location`."

accepted = extend_schema(
    responses={202: StartedJobSerializer},
    parameters=[
        response_header("Location", "URL of the job.", statuses=[202]),
        response_header("Retry-After", statuses=[202]),
    ],
)


class OrderWithJobsViewSet(OrderViewSet):
    """Orders with their jobs. POST and PUT enqueue a job that processes the order."""

    verbose_name, verbose_name_plural = "order with jobs", "orders with jobs"
    action_texts = {
        "create": f"Create the order and queue a job that processes it. {STARTED}",
        "update": "Replace the order, or create it if no order has the ID, and "
        f"queue a new job that processes it. {STARTED}",
        "partial_update": "Change the order without a new job.",
        "destroy": OrderViewSet.action_texts["destroy"],
    }
    serializer_class = OrderWithJobsSerializer

    def get_queryset(self) -> OrderQuerySet:
        return super().get_queryset().with_jobs()

    @accepted
    @idempotent
    @transaction.atomic
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.accept(self.get_serializer(data=self.body))

    @accepted
    @transaction.atomic
    def update(self, request: Request, *args: object, **kwargs: object) -> Response:
        if kwargs.get("partial"):
            return super().update(request, *args, **kwargs)
        return self.accept(self.serializer_of_update())

    def accept(self, serializer: Any) -> Response:
        self.save(serializer)
        job = services.start_job(order=serializer.instance)
        return accepted_response(job, self.request)

    def perform_create(self, serializer: serializers.BaseSerializer[Order]) -> None:
        serializer.save(status=Order.Status.NEW)

    def perform_update(self, serializer: Any) -> None:
        # PATCH starts no job.
        serializer.save(**{} if serializer.partial else {"status": Order.Status.NEW})


def accepted_response(job: Job, request: Request) -> Response:
    """Return 202 with the job's URL, and when to look there."""
    url = reverse("orders:job-detail", [job.pk], request=request)
    return Response(
        StartedJobSerializer(job).data,
        status=202,
        headers={"Location": url, "Retry-After": "1"},
    )


class JobViewSet(OwnedViewSet):
    """Jobs, which process orders. Users see only their own jobs."""

    action_texts = {
        "create": "Queue a job that processes the order.",
        "destroy": "Delete the job. To keep its record, cancel it instead.",
    }
    serializer_class = JobSerializer
    filterset_class = JobFilter
    bodyless_actions = ["cancel", "retry"]

    def get_queryset(self) -> JobQuerySet:
        user, action = self.request.user, action_of(self.request)
        return Job.objects.visible_to(user, action).for_api()

    def lock_for_write(self, row: Job) -> None:
        # First the order, as workers do.
        Order.objects.select_for_update().filter(pk=row.order_id).first()
        super().lock_for_write(row)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Cancel an unfinished job. The job is kept."""
        job = self.get_object()
        services.cancel(job=job)
        return Response(self.get_serializer(self.read_again(job)).data)

    @extend_schema(request=None)
    @accepted
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Queue a failed or cancelled job again."""
        job = self.get_object()
        services.retry(job=job)
        return accepted_response(self.read_again(job), request)

    @extend_schema(
        operation_id="getJobEvents",
        summary="Follow a job by Server-Sent Events",
        parameters=[
            request_header("Last-Event-ID", "ID of the last event that you received.")
        ],
        responses={
            (200, EVENT_STREAM): OpenApiTypes.STR,
            (200, "application/json"): JobSerializer,
            204: None,
        },
    )
    @action(detail=True, renderer_classes=[EventStreamRenderer, DbbaseRenderer])
    def events(
        self, request: Request, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """Send the job at once and after each change, as Server-Sent Events.

        The data of a `job` event are the job. The last event is `end`, with data such
        as `{"status": "finished"}`. The response ends with it, or after 30 seconds.
        Then reconnect with the last ID in `Last-Event-ID`, as `EventSource` does by
        itself. After `end`, that gets 204. With `Accept: application/json`, the
        response is the job.
        """
        job, last_id = self.get_object(), request.headers.get("Last-Event-ID", "")
        if not isinstance(request.accepted_renderer, EventStreamRenderer):
            return Response(self.get_serializer(job).data)
        if has_seen_end(job, self.render_job, last_id):
            return Response(status=204)
        is_read = request.method == "GET"
        events = job_events(job, self.render_job, last_id) if is_read else ()
        return event_stream_response(events)

    def render_job(self, job: Job) -> bytes:
        context = {"response": Response()}
        data = self.get_serializer(job).data
        return DbbaseRenderer().render(data, renderer_context=context)


class InvoiceViewSet(SentBackMixin, OwnedViewSet):
    """Invoices with their items. An issued invoice cannot be changed or deleted."""

    action_texts = {
        "create": "Create a draft with its items.",
        "update": "Change a draft, or create it if no invoice has the ID. An issued "
        "invoice can only be sent back unchanged.",
        "partial_update": "Change a draft. An issued invoice can only be sent back "
        "unchanged.",
        "destroy": "Delete a draft with its items.",
    }
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    permission_classes = [IsAuthenticatedOrOpen, OwnsOrHasModelPermission]
    owner_key = "user_id"
    bodyless_actions = ["issue"]

    def get_queryset(self) -> InvoiceQuerySet:
        user, action = self.request.user, action_of(self.request)
        return Invoice.objects.visible_to(user, action).for_api()

    def get_object(self) -> Invoice:
        invoice: Invoice = super().get_object()
        if self.action in UPDATE_OR_DELETE:
            invoice.check_draft()
        return invoice

    @extend_schema(request=None, responses=InvoiceSerializer)
    @action(
        detail=True,
        methods=["post"],
        permission_classes=[IsAuthenticated, OwnsOrHasModelPermission],
    )
    def issue(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Issue a draft: assign its number and make it immutable.

        Issuing an invoice again has no effect.
        """
        invoice = self.get_object()
        services.issue(invoice=invoice)
        return Response(self.get_serializer(self.read_again(invoice)).data)


class InvoiceItemViewSet(SentBackMixin, IdempotentViewSet):
    """Items of invoices. Items of an issued invoice cannot be changed."""

    action_texts = {
        "create": "Add an item to a draft.",
        "update": "Change an item of a draft, or add it if no item has the ID.",
        "partial_update": "Change an item of a draft.",
        "destroy": "Delete an item of a draft.",
    }
    serializer_class = InvoiceItemSerializer
    filterset_class = InvoiceItemFilter
    permission_classes = [IsAuthenticatedOrOpen, OwnsOrHasModelPermission]

    def get_queryset(self) -> InvoiceItemQuerySet:
        user, action = self.request.user, action_of(self.request)
        return InvoiceItem.objects.visible_to(user, action).for_api()

    def perform_create(self, serializer: BaseSerializer[InvoiceItem]) -> None:
        self.check_invoice(serializer, "add")
        super().perform_create(serializer)

    def perform_update(self, serializer: BaseSerializer[InvoiceItem]) -> None:
        self.check_invoice(serializer, "change" if serializer.instance else "add")
        super().perform_update(serializer)

    def check_invoice(
        self, serializer: BaseSerializer[InvoiceItem], action: str
    ) -> None:
        """Raise PermissionDenied for an invoice to which the user may not add items."""
        if invoice := serializer.validated_data.get("invoice"):
            check_owner(self.request.user, action, InvoiceItem, invoice.user_id)

    def get_object(self) -> InvoiceItem:
        """Return the item; to change it, lock its invoice, which must be a draft."""
        if self.action in UPDATE_OR_DELETE:
            user, action = self.request.user, action_of(self.request)
            invoices = Invoice.objects.visible_to(user, action, of=InvoiceItem)
            both = invoices.of_item(self.key["id"], self.new_invoice_id())
            services.lock_drafts(invoices=both)
        item: InvoiceItem = super().get_object()
        return item

    def new_invoice_id(self) -> int | None:
        """Return the id of the invoice that the item moves to, if the body has one."""
        value = self.body.get("invoice_id") if self.action != "destroy" else None
        return parse_number(str(value))


CommandResponse = inline_serializer(
    "CommandDone",
    {"message": serializers.CharField(), "data": CommandSerializer()},
)


class CommandViewSet(DbbaseViewSet):
    """Commands, only stored. The response has status 419, as in the old service."""

    tag = "Orders"
    queryset = Command.objects.all()
    serializer_class = CommandSerializer
    permission_classes = [IsAuthenticatedOrOpen]
    action_texts = {
        "create": "Store the command. Its success has status 419, as in the old "
        "service. HTTP libraries take 419 for an error, so check for it first."
    }

    @extend_schema(
        operation_id="runCommand",
        summary="Run a command",
        responses={419: CommandResponse},
    )
    @idempotent
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        created = super().create(request, *args, **kwargs)
        data = {"message": old_texts.COMMAND_DONE, "data": created.data}
        return Response(data, status=419)
