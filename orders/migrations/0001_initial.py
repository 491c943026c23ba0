from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.db.fields
import common.db.indexes
from common.db.indexes import trigram_indexes
from common.db.text import folded_sql


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("django_tasks_database", "0021_conditional_partial_index_ordering"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Command",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("description", models.CharField(max_length=80, unique=True)),
                ("num_variable", common.db.fields.Int32Field()),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("description", ""), _negated=True),
                        name="command_has_a_description",
                    )
                ],
            },
        ),
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
        migrations.CreateModel(
            name="Job",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now,
                        help_text="Time of posting, which clients may set; not the time when a worker began.",
                    ),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "status",
                    models.SmallIntegerField(
                        choices=[
                            (0, "Queued"),
                            (1, "Running"),
                            (2, "Finished"),
                            (3, "Failed"),
                            (4, "Cancelled"),
                        ],
                        default=0,
                    ),
                ),
                (
                    "error",
                    models.TextField(
                        blank=True, help_text="Why the last attempt failed."
                    ),
                ),
                (
                    "progress",
                    models.SmallIntegerField(
                        default=0, help_text="Progress in percent."
                    ),
                ),
                (
                    "attempts",
                    models.SmallIntegerField(
                        default=0,
                        help_text="Number of attempts since the job was queued.",
                    ),
                ),
                (
                    "offers",
                    models.SmallIntegerField(
                        default=0,
                        help_text="Number of offers to workers that none has taken.",
                    ),
                ),
                (
                    "fence",
                    models.IntegerField(
                        default=0,
                        help_text="Number of claims. Only the latest claim can change the job.",
                    ),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="While queued: time of the next offer to workers. While running: end of the worker's lease.",
                        null=True,
                    ),
                ),
                (
                    "mail_due_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="Time of the next attempt to email the owner.",
                        null=True,
                    ),
                ),
                (
                    "request_id",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="ID of the request that created the job.",
                        max_length=128,
                        verbose_name="request ID",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="jobs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("invoice_date", models.DateField()),
                (
                    "issued_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "year",
                    models.SmallIntegerField(blank=True, editable=False, null=True),
                ),
                (
                    "sequence",
                    models.IntegerField(blank=True, editable=False, null=True),
                ),
                (
                    "number",
                    models.CharField(
                        blank=True,
                        editable=False,
                        max_length=32,
                        null=True,
                        unique=True,
                    ),
                ),
                (
                    "billed_name",
                    models.CharField(blank=True, editable=False, max_length=64),
                ),
                (
                    "billed_email",
                    models.EmailField(blank=True, editable=False, max_length=254),
                ),
                ("seller", models.TextField(blank=True, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        blank=True,
                        help_text="The job that created the invoice, if any.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="invoice",
                        to="orders.job",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("description", models.TextField(blank=True, max_length=10000)),
                ("ordered_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "status",
                    models.SmallIntegerField(
                        choices=[(0, "New"), (1, "Confirmed"), (2, "Fulfilled")],
                        default=0,
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="orders",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="job",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="jobs",
                to="orders.order",
            ),
        ),
        migrations.CreateModel(
            name="OrderItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("part_code", models.CharField(blank=True, max_length=80)),
                (
                    "units",
                    common.db.fields.Int32Field(
                        validators=[django.core.validators.MinValueValidator(1)]
                    ),
                ),
                (
                    "unit_price",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=12,
                        validators=[django.core.validators.MinValueValidator(0)],
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="orders.order",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="InvoiceItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("part_code", models.CharField(blank=True, max_length=80)),
                ("units", common.db.fields.Int32Field()),
                ("unit_price", models.DecimalField(decimal_places=2, max_digits=12)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invoice_items",
                        to="orders.invoice",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "indexes": [
                    models.Index(
                        fields=["part_code", "id"], name="invoiceitem_part_code"
                    ),
                    models.Index(fields=["units", "id"], name="invoiceitem_units"),
                    models.Index(
                        fields=["unit_price", "id"], name="invoiceitem_unit_price"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.GreaterThan(
                                models.ExpressionWrapper(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("units"), "*", models.F("unit_price")
                                    ),
                                    models.DecimalField(
                                        decimal_places=2, max_digits=22
                                    ),
                                ),
                                Decimal("-10000000000000"),
                            ),
                            django.db.models.lookups.LessThan(
                                models.ExpressionWrapper(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("units"), "*", models.F("unit_price")
                                    ),
                                    models.DecimalField(
                                        decimal_places=2, max_digits=22
                                    ),
                                ),
                                Decimal("10000000000000"),
                            ),
                        ),
                        name="invoiceitem_amount_is_exact",
                        violation_error_message="The amount has more than 15 digits.",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["invoice_date", "id"], name="invoice_date"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                fields=("year", "sequence"), name="invoice_sequence_is_unique"
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
                        ("number", None),
                        ("seller", ""),
                        ("sequence", None),
                        ("year", None),
                    ),
                    models.Q(
                        ("issued_at__isnull", False),
                        ("sequence__gte", 1),
                        ("year__isnull", False),
                        ("number__isnull", False),
                        models.Q(("number", ""), _negated=True),
                        models.Q(("billed_name", ""), _negated=True),
                        models.Q(("billed_email", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="invoice_is_a_draft_or_issued",
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["ordered_at", "id"], name="order_ordered_at"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["status", "id"], name="order_status"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["-status", "id"], name="order_status_desc"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", [0, 1, 2])),
                name="order_has_a_known_status",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["started_at", "id"], name="job_started_at"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("finished_at"), nulls_first=True),
                models.OrderBy(models.F("id")),
                name="job_finished_at",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["status", "id"], name="job_status"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["-status", "id"], name="job_status_desc"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("status__in", [0, 1])),
                fields=["due_at"],
                name="job_due",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("mail_due_at__isnull", False)),
                fields=["mail_due_at"],
                name="job_mail_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("finished_at", None),
                    ("finished_at__gte", models.F("started_at")),
                    _connector="OR",
                ),
                name="job_ends_after_its_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("status__in", [0, 1])),
                    models.Q(("finished_at__isnull", False), ("status__in", [2, 3, 4])),
                    _connector="OR",
                ),
                name="job_has_an_end_once_it_is_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("status__in", [0, 1])),
                    models.Q(("due_at", None), ("status__in", [2, 3, 4])),
                    _connector="OR",
                ),
                name="job_is_due_until_it_is_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__range", (0, 100))),
                name="job_progress_is_a_share",
            ),
        ),
        migrations.AddIndex(
            model_name="orderitem",
            index=models.Index(fields=["part_code", "id"], name="orderitem_part_code"),
        ),
        migrations.AddConstraint(
            model_name="orderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    django.db.models.lookups.GreaterThan(
                        models.ExpressionWrapper(
                            django.db.models.expressions.CombinedExpression(
                                models.F("units"), "*", models.F("unit_price")
                            ),
                            models.DecimalField(decimal_places=2, max_digits=22),
                        ),
                        Decimal("-10000000000000"),
                    ),
                    django.db.models.lookups.LessThan(
                        models.ExpressionWrapper(
                            django.db.models.expressions.CombinedExpression(
                                models.F("units"), "*", models.F("unit_price")
                            ),
                            models.DecimalField(decimal_places=2, max_digits=22),
                        ),
                        Decimal("10000000000000"),
                    ),
                ),
                name="orderitem_amount_is_exact",
                violation_error_message="The amount has more than 15 digits.",
            ),
        ),
        migrations.AddConstraint(
            model_name="orderitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit_price__gte", 0), ("units__gte", 1)),
                name="orderitem_is_not_negative",
            ),
        ),
        # For searching orders by parts of their descriptions.
        trigram_indexes(
            {
                "order_description_parts": (
                    "orders_order",
                    ["description", folded_sql("description")],
                )
            }
        ),
        # For the sweep that deletes old tasks, whose table is django_tasks_db's.
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS tasks_by_start"
            " ON django_tasks_database_dbtaskresult (started_at)",
            "DROP INDEX IF EXISTS tasks_by_start",
        ),
    ]
