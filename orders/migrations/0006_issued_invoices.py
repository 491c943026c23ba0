import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0005_exact_amounts")]

    operations = [
        migrations.CreateModel(
            name="InvoiceCounter",
            fields=[
                ("year", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("last", models.IntegerField(default=0)),
            ],
            options={
                "ordering": ["year"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last__gte", 0)),
                        name="invoicecounter_is_not_negative",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="invoice",
            name="issued_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="year",
            field=models.SmallIntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="sequence",
            field=models.IntegerField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="invoice",
            name="billed_name",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="invoice",
            name="billed_email",
            field=models.EmailField(blank=True, editable=False, max_length=254),
        ),
        migrations.AddField(
            model_name="invoice",
            name="seller",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AlterField(
            model_name="invoice",
            name="job",
            field=models.OneToOneField(
                blank=True,
                help_text="The job that made it, if one did.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="invoice",
                to="orders.job",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                fields=("year", "sequence"), name="invoice_number_is_unique"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("billed_email", ""),
                        ("billed_name", ""),
                        ("issued_at", None),
                        ("seller", ""),
                        ("sequence", None),
                        ("year", None),
                    ),
                    models.Q(
                        ("issued_at__isnull", False),
                        ("sequence__gte", 1),
                        ("year__isnull", False),
                        models.Q(("billed_name", ""), _negated=True),
                        models.Q(("billed_email", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="invoice_is_a_draft_or_issued",
            ),
        ),
    ]
