"""The demo accounts on the pages: act as one of them, and reset the demo data.

All of this exists in development only, while there are demo accounts.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import login, logout
from django.core.management import call_command
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

import accounts.demo
from accounts.models import User
from accounts.pages import render_message

# Descriptions of the accounts without a role of the casting agency.
DESCRIPTIONS = {
    "staff": "superuser",
    "ada": "user",
    "bob": "user",
    "guest": "user without data",
}


class DemoAccount(NamedTuple):
    name: str
    description: str
    pk: int


def demo_accounts() -> list[DemoAccount]:
    """Return the demo accounts that can log in, in one query; none in production."""
    if settings.PRODUCTION:
        return []
    users = User.objects.filter(is_demo=True, is_active=True)
    ids = dict(users.values_list("email", "pk"))
    return [
        DemoAccount(name, role or DESCRIPTIONS[name], ids[email])
        for name, role in accounts.demo.ACCOUNTS.items()
        if (email := accounts.demo.email_of(name)) in ids
    ]


def require_demo_accounts() -> list[DemoAccount]:
    """Return the demo accounts. Raise Http404 if there are none."""
    if not (found := demo_accounts()):
        raise Http404
    return found


@require_POST
def act_as(request: HttpRequest) -> HttpResponse:
    """Log in as the demo account of the form, or log out, and go back to the page."""
    ids = {account.name: account.pk for account in require_demo_accounts()}
    name = request.POST.get("account", "")
    if name and name not in ids:
        text = f"The demo accounts are: {', '.join(ids)}."
        return render_message(request, "Unknown demo account", text, 400)
    if name:
        login(request, User.objects.get(pk=ids[name]))
    else:
        logout(request)
    return HttpResponseRedirect(next_url(request))


def next_url(request: HttpRequest) -> str:
    """Return the form's `next` if it is a URL of this host, or the landing page's."""
    url = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(
        url, {request.get_host()}, require_https=request.is_secure()
    )
    return url if is_safe else reverse("landing")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reset_demo(request: HttpRequest) -> HttpResponse:
    """Ask first, and then load the demo data again. Keep acting as the same account."""
    ids = {account.pk: account.name for account in require_demo_accounts()}
    if request.method != "POST":
        return render(request, "reset_demo.html")
    name = ids.get(request.user.pk or 0)
    call_command("demo", reset=True, interactive=False, verbosity=0)
    if name:
        login(request, accounts.demo.account(name))
    return HttpResponseRedirect(reverse("landing"))
