"""Pages for browsers: a form for a new password, and pages with a message."""

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

from accounts.attempt_limits import reset_login_limit
from accounts.models import User
from accounts.passwords import InvalidLink, lock_user_of, reset_password


@method_decorator([sensitive_post_parameters(), csrf_protect, never_cache], "dispatch")
class NewPasswordPage(FormView):
    """The page of a password-reset link, which has the token as a query parameter."""

    template_name = "accounts/new_password.html"
    form_class = SetPasswordForm
    user: User

    def dispatch(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        try:
            with transaction.atomic():
                self.user = lock_user_of(self.token)
            return super().dispatch(request, *args, **kwargs)
        except InvalidLink as exc:
            heading = "This link is no longer valid"
            return render_message(request, heading, str(exc.detail), 400)

    @property
    def token(self) -> str:
        is_form = self.request.method == "POST"
        data = self.request.POST if is_form else self.request.GET
        return data.get("token", "")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"token": self.token, "action": self.request.path}
        return super().get_context_data(**kwargs) | context

    def form_valid(self, form: SetPasswordForm[Any]) -> HttpResponse:
        user = reset_password(self.token, form.cleaned_data["new_password1"])
        reset_login_limit(self.request, user.email)
        text = "You can now close this page and log in with your new password."
        return render_message(self.request, "Your password was changed", text)


def render_message(
    request: HttpRequest, heading: str, text: str, status: int = 200
) -> HttpResponse:
    context = {"heading": heading, "text": text}
    return render(request, "accounts/message.html", context, status=status)
