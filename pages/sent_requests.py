"""The requests of a browsable page's forms in a browser without JavaScript.

A form can send neither JSON nor another method than POST. So it posts both to a URL of
its own, which calls the API's view and returns its response.
"""

from __future__ import annotations

from io import BytesIO
from urllib.parse import unquote

from django import forms
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import ResolverMatch, get_script_prefix, resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST
from rest_framework.response import Response

from accounts.pages import render_message
from dialects.base import Dialect

METHODS = ("POST", "PUT", "PATCH", "DELETE")


class SentRequestForm(forms.Form):
    method = forms.ChoiceField(choices=[(name, name) for name in METHODS])
    url = forms.CharField(max_length=8000)
    media_type = forms.CharField(max_length=200, required=False)
    body = forms.CharField(required=False, strip=False)


@never_cache
@csrf_protect
@require_POST
def send(request: HttpRequest) -> HttpResponseBase:
    """Return the response of the API to the request that the form describes."""
    form = SentRequestForm(request.POST)
    if not form.is_valid():
        text = "Go back and send it again."
        return render_message(request, "The form is not valid", text, 400)
    sent: dict[str, str] = form.cleaned_data
    path, _, query = sent["url"].partition("?")
    match = api_view(unquote(path))
    inner = WSGIRequest(environ_of(request, sent, unquote(path), query))
    inner.resolver_match = match
    inner.user, inner.session = request.user, request.session
    # For the form of the response's page.
    inner.sent_text = sent["body"]  # type: ignore[attr-defined]
    response: HttpResponseBase = match.func(inner, *match.args, **match.kwargs)
    if response.status_code == 204 and not isinstance(response, Response):
        # It has no page. A browser would stay where it is, as if nothing had happened.
        return render(inner, "request_done.html", {"sent": sent})
    return response


def api_view(path: str) -> ResolverMatch:
    """Return the view of an API's URL. Raise Http404 for any other URL."""
    prefix = get_script_prefix()
    match = resolve(f"/{path.removeprefix(prefix)}")
    if not issubclass(getattr(match.func, "cls", object), Dialect):
        raise Http404
    return match


def environ_of(
    request: HttpRequest, sent: dict[str, str], path: str, query: str
) -> dict[str, object]:
    """Return the environment of the form's request, with the sent request in it."""
    body = sent["body"].encode()
    prefix = get_script_prefix().rstrip("/")
    return request.META | {
        "REQUEST_METHOD": sent["method"],
        "PATH_INFO": path.removeprefix(prefix).encode().decode("latin-1"),
        "QUERY_STRING": query,
        "CONTENT_TYPE": sent["media_type"],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        # The view compares it with the cookie, as with a request of a script.
        "HTTP_X_CSRFTOKEN": request.POST.get("csrfmiddlewaretoken", ""),
    }
