from decimal import Decimal

from django.db import migrations, models
from django.db.models.lookups import GreaterThan, LessThan

AMOUNT = models.ExpressionWrapper(
    models.F("units") * models.F("unit_price"),
    models.DecimalField(max_digits=22, decimal_places=2),
)


def is_exact(model_name):
    return migrations.AddConstraint(
        model_name=model_name,
        constraint=models.CheckConstraint(
            condition=models.Q(
                GreaterThan(AMOUNT, Decimal("-10000000000000")),
                LessThan(AMOUNT, Decimal("10000000000000")),
            ),
            name=f"{model_name}_amount_is_exact",
            violation_error_message="The amount has more than 15 digits.",
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_job_constraints")]

    operations = [is_exact("invoiceitem"), is_exact("orderitem")]
