"""What people see in a browser: the page behind a reset link, and refused logins."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import SetPasswordForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts.models import User
from accounts.passwords import InvalidLink, reset_password, user_of
from accounts.throttles import TooManyTries, forget, login_limits


@method_decorator([sensitive_post_parameters(), csrf_protect, never_cache], "dispatch")
class NewPasswordPage(FormView):
    """Where a reset link leads; the token comes in the query and goes in the form."""

    template_name = "accounts/new_password.html"
    form_class = SetPasswordForm
    user: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            with transaction.atomic():
                self.user = user_of(self.token)
            return super().dispatch(request, *args, **kwargs)
        except InvalidLink as exc:
            return message(request, "This link does not work", str(exc.detail), 400)

    @property
    def token(self) -> str:
        sent = self.request.POST if self.request.method == "POST" else self.request.GET
        return sent.get("token", "")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = {"token": self.token, "action": self.request.path}
        return super().get_context_data(**kwargs) | found

    def form_valid(self, form: Any) -> HttpResponse:
        user = reset_password(self.token, form.cleaned_data["new_password1"])
        forget(login_limits(self.request, user.email)[:1])
        text = "From now on it is the only one. You may close this page and log in."
        return message(self.request, "Your password was changed", text)


class ThrottledPageMiddleware:
    """Tells people at a login page that it was tried too often."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = self.get_response(request)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        if not isinstance(exception, TooManyTries):
            return None
        page = message(request, "Too many failed logins", str(exception.detail), 429)
        page.headers["Retry-After"] = str(exception.wait)
        return page


def message(
    request: HttpRequest, heading: str, text: str, status: int = 200
) -> HttpResponse:
    fields = {"heading": heading, "text": text}
    return render(request, "accounts/message.html", fields, status=status)
