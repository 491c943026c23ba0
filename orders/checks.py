"""System checks of the settings."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from django.conf import settings
from django.core.checks import Error, Warning, register
from django.utils.module_loading import import_string

from orders.printing.letters import missing_characters
from orders.printing.sheet import to_printable

# Setting, minimum, ID of the error.
MINIMUMS = [
    ("QUINTET_JOB_TRIES", 1, "orders.E003"),
    ("QUINTET_JOB_SECONDS", 0.1, "orders.E004"),
    ("QUINTET_JOB_LEASE_SECONDS", 0.1, "orders.E005"),
    ("QUINTET_MAX_STREAMS", 0, "orders.E006"),
    ("QUINTET_IDEMPOTENCY_HOURS", 1, "orders.E007"),
]


@register()
def check_handler(app_configs: object, **kwargs: object) -> list[Error]:
    path = settings.QUINTET_ORDER_HANDLER
    try:
        handler = import_string(path)
    except Exception as exc:
        text = f"QUINTET_ORDER_HANDLER={path!r} can't be imported: {exc}"
        hint = (
            "Set it to the dotted path of a function in a module that Python finds, "
            "such as orders.handlers.bill."
        )
        return [Error(text, hint=hint, id="orders.E001")]
    if takes_one_argument(handler):
        return []
    text = f"QUINTET_ORDER_HANDLER={path!r} can't be called with one argument."
    hint = "Set it to a function that takes an attempt: def handle(attempt): ..."
    return [Error(text, hint=hint, id="orders.E002")]


def takes_one_argument(handler: Callable[..., object]) -> bool:
    try:
        inspect.signature(handler).bind(object())
    except (TypeError, ValueError):
        return False
    return True


@register()
def check_minimums(app_configs: object, **kwargs: object) -> list[Error]:
    return [
        Error(
            f"{name}={getattr(settings, name)} is too small.",
            hint=f"Set it to {minimum} or more.",
            id=error_id,
        )
        for name, minimum, error_id in MINIMUMS
        if getattr(settings, name) < minimum
    ]


@register()
def check_letters(app_configs: object, **kwargs: object) -> list[Warning]:
    """Warn of texts on every invoice that the PDF cannot print."""
    missing = {
        name: missing_characters(to_printable("".join(getattr(settings, name))))
        for name in ("QUINTET_SELLER", "QUINTET_INVOICE_NOTE")
    }
    return [
        Warning(
            f"{name} has characters that no font of the PDF has: {', '.join(texts)}.",
            hint="The PDF prints their code points instead.",
            id="orders.W001",
        )
        for name, texts in missing.items()
        if texts
    ]
