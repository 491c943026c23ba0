"""The page that a browser gets from an API's URL, in place of DRF's own.

It shows the response as clients receive it. Its forms send what the operation takes,
in the dialect's spelling: the recorded example of the OpenAPI document, or the row.
`pages/templates/rest_framework/api.html` is the template.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request, override_method
from rest_framework.views import APIView

from common.ops import request_id
from dialects.documented import DocumentedPath, documented
from dialects.page_parts import (
    PageLink,
    described,
    example_query,
    href,
    name_of,
    page_links,
    query_parameters,
    row_links,
    with_links,
)
from dialects.rights import REFUSED, missing_right

BODY_METHODS = ("POST", "PUT", "PATCH")


class RequestForm(NamedTuple):
    """A form of the page, or the reason for its absence."""

    method: str
    summary: str
    media_type: str = ""
    # None if the operation takes no body.
    body: str | None = None
    refusal: str = ""
    description: str = ""

    @property
    def lines(self) -> int:
        """Return the height of the form's text."""
        return min(max((self.body or "").count("\n") + 2, 4), 24)


class PageRenderer(BrowsableAPIRenderer):
    """Renderer of pages for people, with forms that work."""

    def get_raw_data_form(self, *args: object) -> None:
        """Return None: `get_context()` has the forms."""

    def get_rendered_html_form(self, *args: object) -> None:
        """Return None: forms with a field for each column can't write nested rows."""

    def get_filter_form(self, *args: object) -> None:
        """Return None: the page lists the query parameters."""

    def get_name(self, view: APIView) -> str:
        path = path_of(view.request)
        return path.title if path else str(view.get_view_name())

    def get_breadcrumbs(self, request: Request) -> list[tuple[str, str]]:
        path = path_of(request)
        above = path.ancestors() if path else ()
        return [(each.title, href(each.url)) for each in above]

    def get_context(
        self,
        data: Any,
        accepted_media_type: str | None,
        renderer_context: Mapping[str, Any],
    ) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(
            data, accepted_media_type, renderer_context
        )
        context |= response_context(context)
        if path := path_of(context["request"]):
            context |= described_context(path)
            context |= self.row_context(path, context)
        return context

    def row_context(
        self, path: DocumentedPath, context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the forms, and the links that depend on the response."""
        view, status = context["view"], context["response"].status_code
        shown = parsed(context["content"]) if status < 400 else None
        can_delete = not path.is_list and status != 404
        forms = {
            name: self.form_of(name, path, view, shown)
            for name in (*BODY_METHODS, *(["DELETE"] if can_delete else []))
            if name in view.allowed_methods and path.operation(name)
        }
        related = path.children() if status != 404 else ()
        return {
            "forms": [forms[name] for name in BODY_METHODS if name in forms],
            "delete_form": forms.get("DELETE"),
            "row_name": row_name(view.shown_row(shown)),
            "rows": row_links(path, shown),
            "related": [PageLink(href(each.url), each.title) for each in related],
        }

    def form_of(
        self, method: str, path: DocumentedPath, view: Any, shown: object
    ) -> RequestForm:
        """Return the form of a method, with what it sends."""
        request, summary = view.request, path.operation(method)["summary"]
        with override_method(view, request, method) as overridden:
            is_allowed = self.show_form_for_method(view, method, overridden, None)
        if not is_allowed:
            return RequestForm(method, summary, refusal=refusal_of(request, method))
        body, text = path.body(method), described(path.description(method))
        if body is None:
            return RequestForm(method, summary, description=text)
        is_update = method != "POST" and not path.is_list
        row = view.row_to_send(shown, body.schema) if is_update else None
        sent = view.example_to_send(body.example) if row is None else row
        content = json.dumps(sent, indent=2, ensure_ascii=False)
        return RequestForm(method, summary, body.media_type, content, description=text)


def response_context(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of the response itself."""
    request = context["request"]
    headers = context["response_headers"] | {request_id.HEADER: request_id.current()}
    headers["Content-Type"] = headers["Content-Type"].partition(" ;")[0]
    is_refused = context["response"].status_code in {401, 403}
    return {
        "response_headers": headers,
        "request_id": request_id.current(),
        "linked_content": with_links(context["content"]),
        "page_links": page_links(headers.get("Link", "")),
        "missing": refusal_of(request, request.method) if is_refused else "",
    }


def described_context(path: DocumentedPath) -> dict[str, Any]:
    """Return the texts of the OpenAPI document about the URL."""
    operation = path.operation("GET") or next(iter(path.operations.values()))
    parameters = query_parameters(operation)
    text = operation.get("description", "")
    summary, _, rest = text.partition("\n\n")
    # A sentence that ends with a colon needs what follows.
    is_whole = not summary.endswith(":")
    return {
        "path": path,
        "summary": described(summary) if is_whole else "",
        "description": described(rest if is_whole else text),
        "parameters": parameters,
        "example_query": example_query(parameters),
    }


def path_of(request: Request) -> DocumentedPath | None:
    return documented(request.path_info)


def refusal_of(request: Request, method: str) -> str:
    """Return which right the user lacks for the method, in words."""
    return missing_right(request.user, method, request.path_info) or REFUSED


def parsed(content: str) -> Any:
    """Return the response's JSON, or None if it isn't JSON or is too deep."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def row_name(shown: Any) -> str:
    """Return the ID and the name of the row that the response shows, or ""."""
    row = shown.get("data", shown) if isinstance(shown, dict) else None
    return name_of(row) if isinstance(row, dict) and "id" in row else ""
