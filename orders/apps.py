from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    verbose_name = "Orders and invoices"

    def ready(self) -> None:
        from orders import checks  # noqa: F401  (registers itself)
        from orders.guards import GUARDS

        GUARDS.install_on_migrate(self)
