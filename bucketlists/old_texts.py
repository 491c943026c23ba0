"""Texts of the old services. Clients compare them: don't correct them."""

from __future__ import annotations

DELETED = "bucketlist {id} deleted"
