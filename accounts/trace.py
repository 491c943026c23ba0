"""The trace of actions: who issued an invoice, retried a job or assigned a role.

    trace.record(Verb.ISSUE, invoice, {"number": (None, invoice.number)})

Services call this in the transaction of the change, so that both are stored or none is.
Who acts comes from the context: the user of the request, or the worker or command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NamedTuple, TypeAlias

from django.conf import settings
from django.db.models import Model, TextChoices
from django.utils import timezone

from accounts.external import ExternalUser
from accounts.models import ActionRecord, User
from common.ops import origin, request_id, security_events

BATCH_SIZE = 1000
# Values of a record before and after the action, by the name of its field.
Changes: TypeAlias = Mapping[str, tuple[object, object]]


class Verb(TextChoices):
    """The actions that are recorded."""

    ISSUE = "issue"
    RETRY = "retry"
    CANCEL = "cancel"
    HOLD = "hold"
    RELEASE = "release"
    COMPLETE = "complete"
    REOPEN = "reopen"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    ADD_TO_CAST = "add to cast"
    REMOVE_FROM_CAST = "remove from cast"
    CHANGE_RIGHTS = "change rights"


Kind = ActionRecord.ActorKind


class Actor(NamedTuple):
    kind: str
    name: str = ""
    user_id: int | None = None


def record(verb: Verb, row: Model, changes: Changes) -> None:
    """Record an action on a row."""
    new_record(verb, row, changes, current_actor()).save(force_insert=True)


def record_all(verb: Verb, rows: Iterable[tuple[Model, Changes]]) -> None:
    """Record the same action on each of the rows, by few statements."""
    actor = current_actor()
    records = [new_record(verb, row, changes, actor) for row, changes in rows]
    ActionRecord.objects.bulk_create(records, BATCH_SIZE)


def new_record(verb: Verb, row: Model, changes: Changes, actor: Actor) -> ActionRecord:
    return ActionRecord(
        verb=verb.value,
        actor_kind=actor.kind,
        actor_name=actor.name[: ActionRecord.MAX_TEXT_LENGTH],
        actor_id=actor.user_id,
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        object_name=str(row)[: ActionRecord.MAX_TEXT_LENGTH],
        changes=changes,
        request_id=request_id.current(),
    )


def current_actor() -> Actor:
    """Return who acts: the client of the request, or what runs this code without."""
    request = security_events.current_request()
    if request is None:
        return Actor(*origin.current())
    user = getattr(request, "user", None)
    if isinstance(user, ExternalUser):
        return Actor(Kind.PROVIDER, f"{user.subject} of {settings.OIDC_ISSUER}")
    if isinstance(user, User):
        return Actor(Kind.USER, user.name, user.pk)
    return Actor(Kind.ANONYMOUS)


def delete_old_records() -> int:
    """Delete a batch of records older than `QUINTET_TRACE_DAYS`. Return their number.

    0 keeps all records.
    """
    if not settings.QUINTET_TRACE_DAYS:
        return 0
    end = timezone.now() - timedelta(days=settings.QUINTET_TRACE_DAYS)
    old = ActionRecord.objects.filter(at__lt=end).order_by("at")
    pks = list(old.values_list("pk", flat=True)[:BATCH_SIZE])
    deleted, _ = ActionRecord.objects.filter(pk__in=pks).delete()
    return deleted
