"""Template tags of all pages."""

from __future__ import annotations

from django import template
from django.template import Context

from common.ops import request_id
from pages.admin_menu import guide_of

register = template.Library()
# Error pages are rendered without the request.
register.simple_tag(request_id.current, name="current_request_id")


@register.simple_tag(takes_context=True)
def admin_guide_url(context: Context) -> str:
    """Return the URL of the guide's page on the model of this page of the admin."""
    options = context.get("opts")
    return guide_of(options.model if options else None)
