"""Cursors: places in an order, which a client can hand back but neither read nor make.

A cursor is signed for its type and its order: any other one is refused before
anything of it is used.
"""

from __future__ import annotations

from django.core.signing import BadSignature, Signer

from dialects.restless.resources import ResourceType
from dialects.restless.sorting import Order, Place

# So that a URL has room for it.
MAX_LENGTH = 1000


def cursor_at(place: Place, resource: ResourceType, order: Order) -> str:
    """The place as a cursor; of one with long values, only the row's key."""
    values = [None if value is None else str(value) for value in place]
    cursor: str = signer(resource, order).sign_object(values)
    if len(cursor) <= MAX_LENGTH:
        return cursor
    return str(signer(resource, order).sign_object(values[-1:]))


def place_at(cursor: str, resource: ResourceType, order: Order) -> Place | None:
    """The place that the cursor names, or None if it is not a cursor of this list."""
    try:
        values = signer(resource, order).unsign_object(cursor)
    except BadSignature:
        return None
    if len(values) < len(order.terms):
        row = order.with_places(resource.queryset).filter(pk=values[-1]).first()
        return row and order.place_of(row)
    return [
        None if value is None else term.field.to_python(value)
        for term, value in zip(order.terms, values, strict=True)
    ]


def signer(resource: ResourceType, order: Order) -> Signer:
    return Signer(sep=".", salt=f"{resource.name}:{order}")
