"""The runs of `import_flask`, and the rows that each has written."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone


class ImportRun(models.Model):
    """A run of `import_flask` that wrote the rows of one system."""

    # The name of the old database, which distinguishes its rows from those of others.
    source = models.CharField(max_length=100)
    system = models.CharField(max_length=32)
    written_at = models.DateTimeField(default=timezone.now)
    counts = models.JSONField(
        default=dict, blank=True, help_text="Numbers of rows, by table."
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = "import"
        default_permissions = ("view",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(source="") & ~Q(system=""), name="import_run_has_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"Import {self.pk} of {self.source}"


class ImportedRow(models.Model):
    """An old row, and the row of Quintet that it became.

    The two checksums tell whether either has changed since. An account that a person
    had already is linked to the old row, but isn't new.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    source = models.CharField(max_length=100)
    table = models.CharField(max_length=100)
    # A list as JSON, if several columns are the key.
    old_id = models.CharField(max_length=600)
    # The label of a model, such as `goals.goal`.
    model = models.CharField(max_length=100)
    new_pk = models.CharField(max_length=255)
    is_new = models.BooleanField(default=True)
    old_checksum = models.CharField(max_length=32)
    checksum = models.CharField(max_length=32)

    class Meta:
        ordering = ["id"]
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["source", "table", "old_id"], name="imported_row_is_unique"
            )
        ]
        indexes = [
            models.Index(fields=["run", "model"], name="imported_row_by_model"),
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.old_id} of {self.source}"
