from orders.admin.commands import CommandAdmin
from orders.admin.invoices import InvoiceAdmin, InvoiceItemAdmin
from orders.admin.jobs import JobAdmin
from orders.admin.orders import OrderAdmin

__all__ = ["CommandAdmin", "InvoiceAdmin", "InvoiceItemAdmin", "JobAdmin", "OrderAdmin"]
