"""The trace of actions in the admin: read-only, for superusers as well."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html

from accounts.models import ActionRecord
from accounts.trace import Kind, Verb
from common.admin import ReadOnlyMixin, SearchAdmin

Records = QuerySet[ActionRecord]
LIST_URL = "admin:accounts_actionrecord_changelist"
NONE = "none"
TIME = "%Y-%m-%d %H:%M"


class VerbFilter(admin.SimpleListFilter):
    title, parameter_name = "action", "verb"

    def lookups(
        self, request: HttpRequest, model_admin: object
    ) -> list[tuple[str, str]]:
        return [(verb.value, verb.value) for verb in Verb]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        return queryset.filter(verb=self.value()) if self.value() else queryset


class LinkedFilter(admin.SimpleListFilter):
    """A filter by a value that a link has, which the sidebar shows only then."""

    # Its groups are the names of fields.
    pattern: ClassVar[str]

    def lookups(
        self, request: HttpRequest, model_admin: object
    ) -> list[tuple[str, str]]:
        value = request.GET.get(self.parameter_name or "")
        return [(value, value)] if value else []

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        if not (value := self.value()):
            return queryset
        match = re.fullmatch(self.pattern, value)
        return queryset.filter(**match.groupdict()) if match else queryset.none()


class ObjectFilter(LinkedFilter):
    title = parameter_name = "object"
    pattern = r"(?P<object_type>[a-z_]+\.[a-z]+):(?P<object_id>[A-Za-z0-9-]+)"


class ActorFilter(LinkedFilter):
    title, parameter_name = "ID of the user", "actor_id"
    pattern = r"(?P<actor>[0-9]{1,18})"


class RequestFilter(LinkedFilter):
    title, parameter_name = "request ID", "request_id"
    pattern = r"(?P<request_id>[A-Za-z0-9._-]+)"


@admin.register(ActionRecord)
class ActionRecordAdmin(ReadOnlyMixin, SearchAdmin):
    list_display = (
        *("time", "verb", "object_link", "change"),
        *("actor_link", "request_link"),
    )
    list_filter = (
        *(VerbFilter, "actor_kind"),
        *(ObjectFilter, ActorFilter, RequestFilter),
    )
    date_hierarchy = "at"
    search_fields = ("request_id__exact", "actor_name__exact", "object_name__exact")
    search_help_text = (
        "A request ID, or the whole name of an actor or object. Put a name with spaces "
        "in quotes."
    )
    fields = (
        *("time", "verb", "object_link", "change"),
        *("actor_link", "request_id"),
    )
    readonly_fields = fields

    @admin.display(description="time", ordering="at")
    def time(self, record: ActionRecord) -> str:
        return f"{timezone.localtime(record.at):{TIME}:%S}"

    @admin.display(description="object")
    def object_link(self, record: ActionRecord) -> str:
        kind, name = type_name(record.object_type), record.object_name
        text = name if name.lower().startswith(kind) else f"{kind} {name}"
        return link(change_url(record.object_type, record.object_id), text)

    @admin.display(description="change")
    def change(self, record: ActionRecord) -> str:
        return "; ".join(
            f"{name.replace('_', ' ')}: {shown(before)} → {shown(after)}"
            for name, (before, after) in record.changes.items()
        )

    @admin.display(description="actor", ordering="actor_name")
    def actor_link(self, record: ActionRecord) -> str:
        match record.actor_kind:
            case Kind.USER if record.actor_id is None:
                return f"{record.actor_name} (deleted)"
            case Kind.USER:
                return link(list_url(actor_id=record.actor_id), record.actor_name)
            case Kind.PROVIDER:
                return record.actor_name
        return f"{record.get_actor_kind_display()} {record.actor_name}".strip()

    @admin.display(description="request ID")
    def request_link(self, record: ActionRecord) -> str:
        return link(list_url(request_id=record.request_id), record.request_id[:8])


def list_url(**filters: object) -> str:
    return f"{reverse(LIST_URL)}?{urlencode(filters)}"


def change_url(object_type: str, object_id: str) -> str:
    """Return the page of the object in the admin, or an empty text if none is."""
    try:
        name = object_type.replace(".", "_")
        return reverse(f"admin:{name}_change", args=[object_id])
    except NoReverseMatch:
        return ""


def link(url: str, text: str) -> str:
    return format_html('<a href="{}">{}</a>', url, text) if url and text else text


def type_name(object_type: str) -> str:
    """Return the name of a model, or its label if it is no longer installed."""
    try:
        return str(apps.get_model(object_type)._meta.verbose_name)
    except LookupError:
        return object_type


def shown(value: Any) -> str:
    """Return the text of a value of JSON."""
    if value is None or value == []:
        return NONE
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    try:
        time = parse_datetime(str(value))
    except ValueError:
        time = None
    if time is None or timezone.is_naive(time):
        return str(value)
    return f"{timezone.localtime(time):{TIME}}"
