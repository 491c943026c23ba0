"""Texts of the old services. Clients compare them: don't correct them."""

from __future__ import annotations

BAD_REQUEST = "Bad request"
NOT_FOUND = "Resource was not found"
METHOD_NOT_FOUND = "Method not found"
UNPROCESSABLE_ENTITY = "Unprocessable Entity"
SERVER_ERROR = "Internal Server error"
HEADER_EXPECTED = "Authorization header is expected."
EXPIRED = "Token expired."
PERMISSION_NOT_FOUND = "Permission not found."
