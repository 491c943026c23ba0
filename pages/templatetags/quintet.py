"""Template tags of all pages."""

from __future__ import annotations

from django import template

from common.ops import request_id

register = template.Library()
# Error pages are rendered without the request.
register.simple_tag(request_id.current, name="current_request_id")
