"""Accounts, as the old bucket list service spoke: register, log in, and what it left
out, from refreshing a token to deleting the account.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    AuthenticationFailed,
    NotAuthenticated,
    PermissionDenied,
    ValidationError,
)
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import throttles
from accounts.backends import is_password_of
from accounts.models import User
from accounts.passwords import delete_account, reset_password, set_password
from accounts.registration import admit, is_strict, register
from accounts.schema import limit_headers
from accounts.serializers import (
    LoginAnswerSerializer,
    LoginSerializer,
    LogoutSerializer,
    MeSerializer,
    MessageSerializer,
    PasswordChangeSerializer,
    PasswordSerializer,
    RefreshSerializer,
    RegisterSerializer,
    ResetConfirmSerializer,
    ResetSerializer,
    TokensSerializer,
)
from accounts.services import Tokens, issue_tokens, revoke, revoke_all, rotate
from accounts.tasks import send_mail
from common.ops import security_events
from dialects.base import Dialect
from dialects.message import MessageDialect


class LimitedView(Dialect):
    """Tells what is left of a limit, in headers."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in request.META.get(throttles.META, {}).items():
            response.headers[name] = value
        return response


class AccountView(LimitedView, MessageDialect):
    """Reads its body by its serializer."""

    def validated(self, request: Request) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class PublicView(AccountView):
    """Open to all; a stale token in the header must not stand in the way."""

    permission_classes = [AllowAny]
    authentication_classes = []


class RegisterView(PublicView):
    serializer_class = RegisterSerializer

    @extend_schema(
        parameters=limit_headers(201, 202, 409, 429),
        responses={201: MessageSerializer, 202: MessageSerializer},
    )
    def post(self, request: Request) -> Response:
        """Opens an account; 202 for an address that has one, unless that is secret."""
        fields = self.validated(request)
        admit(request)
        is_new = register(**fields, page=new_password_page(request))
        if is_new or is_strict():
            text = "You registered successfully. Please log in."
            return Response({"message": text}, status=201)
        text = "User already exists. Please login."
        return Response({"message": text}, status=202)


class LoginView(PublicView):
    serializer_class = LoginSerializer

    @extend_schema(
        parameters=limit_headers(200, 401, 429), responses=LoginAnswerSerializer
    )
    def post(self, request: Request) -> Response:
        user = authenticate(request, **self.validated(request))
        if not isinstance(user, User):
            raise AuthenticationFailed(
                "Invalid email or password, Please try again", code="bad_credentials"
            )
        security_events.record("login", user_id=user.pk)
        answer = tokens_answer(issue_tokens(user), "You logged in successfully.")
        return Response(answer | {"user_id": user.pk})


class RefreshView(PublicView):
    serializer_class = RefreshSerializer

    @extend_schema(responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        tokens = rotate(self.validated(request)["refresh_token"])
        return Response(tokens_answer(tokens, "Here is a new token."))


def tokens_answer(tokens: Tokens, message: str) -> dict[str, Any]:
    return {
        "message": message,
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
    }


class LogoutView(AccountView):
    """Ends the refresh token sent, or all of the caller's when none is."""

    serializer_class = LogoutSerializer
    permission_classes = [AllowAny]

    @extend_schema(responses=MessageSerializer)
    def post(self, request: Request) -> Response:
        if refresh_token := self.validated(request).get("refresh_token"):
            revoke(refresh_token)
        elif isinstance(request.user, User):
            revoke_all(request.user)
        else:
            raise NotAuthenticated
        security_events.record("logout")
        return Response({"message": "You logged out successfully."})


class MeView(AccountView):
    permission_classes = [IsAuthenticated]
    pagination_class = None

    def get_serializer_class(self) -> Any:
        is_deletion = self.request and self.request.method == "DELETE"
        return PasswordSerializer if is_deletion else MeSerializer

    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(request.user).data)

    @extend_schema(
        parameters=limit_headers(200, 400, 429), responses={200: MessageSerializer}
    )
    def delete(self, request: Request) -> Response:
        """Deletes the account with its data, for which the body has the `password`.

        409 where something must outlive it, such as invoices.
        """
        confirm(request, "password", self.validated(request)["password"])
        delete_account(own_account(request))
        return Response({"message": "Your account was deleted."})


class PasswordView(AccountView):
    serializer_class = PasswordChangeSerializer
    permission_classes = [IsAuthenticated]

    @extend_schema(
        parameters=limit_headers(200, 400, 429), responses={200: TokensSerializer}
    )
    def post(self, request: Request) -> Response:
        """Changes the password. All tokens but those of this answer end."""
        fields = self.validated(request)
        confirm(request, "old_password", fields["old_password"])
        user = own_account(request)
        set_password(user, fields["new_password"])
        text = "Your password was changed."
        return Response(tokens_answer(issue_tokens(user), text))


class ResetView(PublicView):
    serializer_class = ResetSerializer

    @extend_schema(
        parameters=limit_headers(202, 429), responses={202: MessageSerializer}
    )
    def post(self, request: Request) -> Response:
        """Mails a link to a new password. The answer is the same for any address."""
        email = self.validated(request)["email"]
        throttles.count(request, throttles.address_limit(request, "reset"))
        send_mail.enqueue("reset_link", email, new_password_page(request))
        text = "If there is an account of this address, a mail is on its way to it."
        return Response({"message": text}, status=202)


class ResetConfirmView(PublicView):
    serializer_class = ResetConfirmSerializer

    @extend_schema(responses={200: MessageSerializer})
    def post(self, request: Request) -> Response:
        """Sets a new password by the token of a mailed link. All other tokens end."""
        fields = self.validated(request)
        user = reset_password(fields["token"], fields["new_password"])
        throttles.forget(throttles.login_limits(request, user.email)[:1])
        return Response({"message": "Your password was changed. Please log in."})


def confirm(request: Request, field: str, password: str) -> None:
    """400 unless it is the caller's own password, within the limits of a login."""
    user = own_account(request)
    limits = throttles.login_limits(request, user.email)
    with throttles.attempt(request, limits) as trying:
        trying.succeeded = is_password_of(user, password)
    if not trying.succeeded:
        raise ValidationError({field: ["This is not your password."]})


def own_account(request: Request) -> User:
    """The caller's row, which a token of somebody else's making does not have."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def new_password_page(request: Request) -> str:
    """The page's URL, at the host that was asked unless the settings name one."""
    path = reverse("accounts:new-password")
    base = settings.QUINTET_PUBLIC_URL.rstrip("/")
    return f"{base}{path}" if base else request.build_absolute_uri(path)
