"""Orders, their jobs, invoices and a command, as the DBBase examples spoke."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotAcceptable, ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.idempotency import idempotent
from common.http.permissions import IsAuthenticatedOrOpen
from dialects.dbbase import DbbaseRenderer, DbbaseViewSet
from dialects.events import EVENT_STREAM, EventStreamRenderer, event_stream_response
from dialects.pagination import parse_number
from orders import services
from orders.events import follow, has_seen_the_end
from orders.filters import InvoiceFilter, InvoiceItemFilter, JobFilter, OrderFilter
from orders.models import Command, Invoice, InvoiceItem, Job, Order
from orders.printing.html import page_of
from orders.printing.sheet import sheet_of
from orders.printing.table import table_response
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


class PostedOnceViewSet(DbbaseViewSet):
    """A POST that names an `Idempotency-Key` is carried out once."""

    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().create(request, *args, **kwargs)


# Whoever does one of these holds the row until it is done.
CHANGES = {"update", "partial_update", "destroy"}
PRINTED = {"html", "pdf", "csv"}


class OwnedViewSet(PostedOnceViewSet):
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
    @idempotent
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
        order = serializer.save(status=Order.Status.NEW)
        job = services.start_job(order=order)
        return answer_of_started(job, self.request)


def answer_of_started(job: Job, request: Request) -> Response:
    """Where to look for what becomes of it, and when."""
    url = reverse("orders:job-detail", [job.pk], request=request)
    return Response(
        StartedJobSerializer(job).data,
        status=202,
        headers={"Location": url, "Retry-After": "1"},
    )


class JobViewSet(OwnedViewSet):
    serializer_class = JobSerializer
    filterset_class = JobFilter
    bodyless_actions = ["cancel", "retry"]

    def get_queryset(self) -> Any:
        return Job.objects.visible_to(self.request.user).for_api()

    def lock_row(self, row: Job) -> None:
        # Workers, too, lock the order first.
        Order.objects.select_for_update().filter(pk=row.order_id).first()
        super().lock_row(row)

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ends the job unless it is over; its record stays."""
        services.cancel(job=self.get_object())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None)
    @accepted
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Queues a failed or cancelled job anew."""
        job = self.get_object()
        services.retry(job=job)
        return answer_of_started(self.get_object(), request)

    @extend_schema(
        parameters=[OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER)],
        responses={
            (200, EVENT_STREAM): OpenApiTypes.STR,
            (200, "application/json"): JobSerializer,
            204: None,
        },
    )
    @action(detail=True, renderer_classes=[EventStreamRenderer, DbbaseRenderer])
    def events(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """The job whenever it has changed, until it is over: Server-Sent Events.

        204 tells those who have seen the end not to come back.
        """
        job, seen = self.get_object(), request.headers.get("Last-Event-ID", "")
        if not isinstance(request.accepted_renderer, EventStreamRenderer):
            return Response(self.get_serializer(job).data)
        if has_seen_the_end(job, self.drawn, seen):
            return Response(status=204)
        return event_stream_response(
            follow(job, self.drawn, seen) if request.method == "GET" else ()
        )

    def drawn(self, job: Job) -> bytes:
        context = {"response": Response()}
        data = self.get_serializer(job).data
        return DbbaseRenderer().render(data, renderer_context=context)


class BySuffix(DefaultContentNegotiation):
    """The URL says the form; `Accept` only says how a refusal is drawn."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class InvoiceViewSet(OwnedViewSet):
    serializer_class = InvoiceSerializer
    filterset_class = InvoiceFilter
    permission_classes = [IsAuthenticatedOrOpen]
    owner_key = "user_id"
    bodyless_actions = ["issue"]

    def get_queryset(self) -> Any:
        rows = Invoice.objects.visible_to(self.request.user)
        return rows.for_print() if self.action in PRINTED else rows.for_api()

    def get_object(self) -> Any:
        invoice = super().get_object()
        if self.action in CHANGES:
            invoice.refuse_if_issued()
        return invoice

    @extend_schema(request=None, responses=InvoiceSerializer)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated])
    def issue(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Numbers a draft and closes it for good; an issued one stays as it is."""
        services.issue(invoice=self.get_object())
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        operation_id="invoices_html", responses={(200, "text/html"): OpenApiTypes.STR}
    )
    def html(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The invoice as a page to print."""
        return page_of(sheet_of(self.get_object()))

    @extend_schema(
        operation_id="invoices_pdf",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def pdf(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """The invoice as a PDF; the same one always in the same bytes."""
        # Half a second to import, which no other command or request should wait for.
        from orders.printing.pdf import pdf_of

        invoice = self.get_object()
        name = invoice.number or f"draft-{invoice.pk}"
        return HttpResponse(
            pdf_of(sheet_of(invoice)),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
        )

    @extend_schema(
        operation_id="invoices_csv",
        filters=True,
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def csv(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """All invoices that the filter finds, by id, for a spreadsheet."""
        return table_response(self.filter_queryset(self.get_queryset()))


class InvoiceItemViewSet(PostedOnceViewSet):
    serializer_class = InvoiceItemSerializer
    filterset_class = InvoiceItemFilter
    permission_classes = [IsAuthenticatedOrOpen]

    def get_queryset(self) -> Any:
        return InvoiceItem.objects.visible_to(self.request.user).for_api()

    def get_object(self) -> Any:
        """Whoever changes an item holds its invoice first, which must be a draft."""
        if self.action in CHANGES:
            invoices = Invoice.objects.visible_to(self.request.user)
            touched = invoices.touched_by(self.key["id"], self.target())
            services.hold_drafts(invoices=touched)
        return super().get_object()

    def target(self) -> int | None:
        """The invoice that the item is to go to, if one is named."""
        named = self.body.get("invoice_id") if self.action != "destroy" else None
        return parse_number(str(named))


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
    @idempotent
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        created = super().create(request, *args, **kwargs)
        message = "This is no longer a REST resource. We can do anything."
        return Response({"message": message, "data": created.data}, status=419)
