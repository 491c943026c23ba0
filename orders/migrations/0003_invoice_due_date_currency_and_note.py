from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0002_search_indexes"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_is_a_draft_or_issued",
        ),
        migrations.AddField(
            model_name="invoice",
            name="currency",
            field=models.CharField(
                blank=True, db_default="", default="", editable=False, max_length=3
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="due_date",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="seller_note",
            field=models.TextField(
                blank=True, db_default="", default="", editable=False
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    issued_at=None,
                    year=None,
                    sequence=None,
                    number=None,
                    billed_name="",
                    billed_email="",
                    seller="",
                    due_date=None,
                    currency="",
                    seller_note="",
                )
                | models.Q(issued_at__isnull=False, year__isnull=False, sequence__gte=1)
                & models.Q(number__isnull=False)
                & ~models.Q(number="")
                & ~models.Q(billed_name="")
                & ~models.Q(billed_email=""),
                name="invoice_is_a_draft_or_issued",
            ),
        ),
    ]
