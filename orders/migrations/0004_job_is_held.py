from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0003_invoice_due_date_currency_and_note"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="job",
            name="job_is_due_until_it_is_over",
        ),
        migrations.AddField(
            model_name="job",
            name="is_held",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="While queued: no worker gets the job until it is released.",
                verbose_name="held",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    status__in=[0, 1], is_held=False, due_at__isnull=False
                )
                | models.Q(status__in=[2, 3, 4], is_held=False, due_at=None)
                | models.Q(status=0, is_held=True, due_at=None, mail_due_at=None),
                name="job_is_due_until_it_is_over",
            ),
        ),
        # Held jobs may be many after an import, and those that wait are few.
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("is_held", False), ("status", 0)),
                fields=["id"],
                name="job_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("is_held", True)), fields=["id"], name="job_held"
            ),
        ),
    ]
