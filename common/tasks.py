"""Background tasks. A task takes ids, reads the rows anew and does nothing if done:
after a worker was killed, `rescue` has its task run once more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

__all__ = ["arguments_underway", "rescue", "task"]

# One that is merely slow does no harm: run once more, it finds its work done.
LOST_AFTER = timedelta(seconds=10)


def rescue(lost_after: timedelta = LOST_AFTER) -> int:
    """Makes tasks that have been running for too long ready again; their number."""
    started_before = timezone.now() - lost_after
    lost = DBTaskResult.objects.running().filter(started_at__lt=started_before)
    return lost.update(status=TaskResultStatus.READY)


def arguments_underway(task: Task[Any, Any]) -> list[list[Any]]:
    """The positional arguments of each call that waits or runs."""
    calls = DBTaskResult.objects.filter(
        task_path=task.module_path,
        status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING],
    )
    return list(calls.values_list("args_kwargs__args", flat=True))
