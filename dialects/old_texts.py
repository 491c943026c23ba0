"""Texts of the old services. Clients compare them: don't correct them.

The dialects in `dialects/message.py` send them.
"""

from __future__ import annotations

# Flask-API
EXPIRED = "Expired token. Please login to get a new token"
INVALID = "Invalid token. Please register or login"
METHOD_NOT_ALLOWED = "The method is not allowed for the requested URL."
UNSUPPORTED_MEDIA_TYPE = "Unsupported media type in the request Content-Type header."
MALFORMED_JSON = "JSON parse error - {reason}"

# Flask-RESTful
MISSING_ARGUMENT = (
    "Missing required parameter in the JSON body or the post body or the query string"
)
UNREADABLE_BODY = (
    "The browser (or proxy) sent a request that this server could not understand."
)
