from django.db import migrations

from orders.guards import guard, unguard


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_issued_invoices")]

    operations = [migrations.RunPython(guard, unguard)]
