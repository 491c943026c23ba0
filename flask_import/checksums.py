"""Checksums of rows, which tell whether a row has changed since its import."""

from __future__ import annotations

from hashlib import blake2b

from django.db.models import Field, Model

# A login renews them; that alone is no change of the account.
RENEWED_AT_LOGIN = {"password", "last_login"}


def checksum(text: str) -> str:
    data = text.encode("utf-8", "backslashreplace")
    return blake2b(data, digest_size=16).hexdigest()


def checksum_of_row(row: Model) -> str:
    """Return a checksum of the columns of a row of Quintet."""
    fields = row._meta.concrete_fields
    return checksum(
        repr(
            [text_of(row, each) for each in fields if each.name not in RENEWED_AT_LOGIN]
        )
    )


def text_of(row: Model, field: Field[object, object]) -> str:
    value = getattr(row, field.attname)
    return "" if value is None else f"{field.attname}={field.value_to_string(row)}"
