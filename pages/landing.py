"""The page at `/`: in development one to try the APIs, in production a signpost."""

from __future__ import annotations

import json
from datetime import datetime
from shlex import quote
from typing import Any, NamedTuple
from urllib.parse import quote as percent_encode

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from accounts.models import User
from accounts.tokens import AccessToken
from dialects.rights import missing_right
from pages.acting import DemoAccount, demo_accounts
from pages.documentation import url_of_system
from pages.systems import OWNER_ID, OWNER_NAME, SYSTEMS, TIME, System, Try

# The owner of what anonymous clients add, where the API lets them.
DEFAULT_OWNER = "ada"
PICTURE = "/v1.0/goals.svg"


class Sender(NamedTuple):
    """The user who tries the requests, the owner of new rows, and the server."""

    user: User | AnonymousUser
    token: str
    owner: tuple[int, str]
    origin: str
    now: datetime


@method_decorator(never_cache, "dispatch")
class LandingView(TemplateView):
    """The cards of the five systems with their requests, or the signpost."""

    def dispatch(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        if not settings.QUINTET_LANDING:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        return ["signpost.html" if settings.PRODUCTION else "landing.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.PRODUCTION:
            return context | {"systems": SYSTEMS}
        accounts = demo_accounts()
        sender = sender_of(self.request, accounts)
        cards = [card_of(system, sender) for system in SYSTEMS]
        return context | {
            "demo_accounts": accounts,
            "database": connection.display_name,
            "cards": cards,
            "has_picture": not missing_right(sender.user, "GET", PICTURE),
            "options": options_of(sender, cards),
        }


def sender_of(request: HttpRequest, accounts: list[DemoAccount]) -> Sender:
    user = request.user
    owners = {account.name: account.pk for account in accounts}
    owner = (owners.get(DEFAULT_OWNER, 1), DEFAULT_OWNER)
    token = ""
    if user.is_authenticated:
        owner = (user.pk, user.name)
        token = str(AccessToken.for_user(user))
    # With SCRIPT_NAME, without the slash at the end.
    origin = request.build_absolute_uri(reverse("landing")).rstrip("/")
    return Sender(user, token, owner, origin, timezone.now())


def card_of(system: System, sender: Sender) -> dict[str, object]:
    """Return what the template shows of a system."""
    tries = [
        request_of(f"{system.slug}-{number}", each, sender)
        for number, each in enumerate(system.tries, 1)
    ]
    return {
        "system": system,
        "tries": tries,
        "page": sender.origin + system.prefixes[0],
        "documentation": url_of_system(system.slug),
        "admin": reverse("admin:app_list", kwargs={"app_label": system.app_label}),
    }


def request_of(pk: str, each: Try, sender: Sender) -> dict[str, Any]:
    """Return a request as the sender would send it."""
    url = sender.origin + percent_encode(each.url, safe="/?&=")
    headers = headers_of(each, sender)
    body = None if each.body is None else fill(each.body, sender)
    return {
        "id": pk,
        "label": each.label,
        "method": each.method,
        "url": url,
        "headers": headers,
        "body": body,
        "starts_job": each.starts_job,
        "summary": f"{each.method} {each.url}",
        "missing": missing_right(sender.user, each.method, each.url.partition("?")[0]),
        "curl": curl_line(each.method, url, headers, body),
    }


def headers_of(each: Try, sender: Sender) -> dict[str, str]:
    headers = {"Authorization": f"Bearer {sender.token}"} if sender.token else {}
    content = {} if each.body is None else {"Content-Type": each.media_type}
    return headers | content


def fill(body: object, sender: Sender) -> str:
    """Return the body as JSON, with the sender's values in place of the names."""
    pk, name = sender.owner
    text = json.dumps(body, ensure_ascii=False)
    text = text.replace(json.dumps(OWNER_ID), str(pk))
    text = text.replace(json.dumps(OWNER_NAME), json.dumps(name, ensure_ascii=False))
    time = sender.now.time().isoformat("milliseconds")
    return text.replace(TIME, time)


def curl_line(method: str, url: str, headers: dict[str, str], body: str | None) -> str:
    """Return a command for a POSIX shell, with one option on each line."""
    options = [f"-H {quote(f'{name}: {value}')}" for name, value in headers.items()]
    if body is not None:
        options.append(f"-d {quote(body)}")
    elif method != "GET":
        options.insert(0, f"-X {method}")
    return " \\\n  ".join([f"curl -i {quote(url)}", *options])


def options_of(sender: Sender, cards: list[dict[str, Any]]) -> dict[str, object]:
    """Return what the page's script needs to send the requests."""
    names = ("id", "method", "url", "headers", "body", "starts_job")
    return {
        "requests": [
            {name: each[name] for name in names}
            for card in cards
            for each in card["tries"]
        ],
        "token": sender.token,
        "token_seconds": AccessToken.lifetime.total_seconds(),
        "ready": reverse("readyz"),
    }
