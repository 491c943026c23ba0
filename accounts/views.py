"""Views of `/auth/…`, in the format of the old bucket list service.

That service could only register users and log them in.
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
from rest_framework.serializers import Serializer

from accounts import old_texts
from accounts.attempt_limits import (
    HEADERS_META,
    count_attempt,
    ip_address_limit,
    limit_attempts,
    login_limits,
    reset_login_limit,
)
from accounts.authentication import invalid_token_error
from accounts.backends import is_password_correct
from accounts.mails import send_account_mail
from accounts.models import User
from accounts.passwords import (
    AccountInUse,
    InvalidLink,
    delete_account,
    reset_password,
    set_password,
)
from accounts.registration import (
    RegistrationClosed,
    check_and_count_registration,
    is_strict,
    name_taken_error,
    register,
)
from accounts.schema import AccountSchema, limit_headers
from accounts.serializers import (
    LoginResponseSerializer,
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
from common.ops import security_events
from dialects.base import Dialect
from dialects.message import MessageDialect
from dialects.schema import can_fail


class BadCredentials(AuthenticationFailed):
    default_detail = old_texts.BAD_CREDENTIALS
    default_code = "bad_credentials"


def incorrect_password_error(field: str) -> ValidationError:
    return ValidationError({field: ["Your current password is incorrect."]})


class LimitedView(Dialect):
    """View that adds the headers of the limit of `accounts.attempt_limits`."""

    schema = AccountSchema()

    def finalize_response(
        self, request: Request, response: Response, *args: object, **kwargs: object
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in request.META.get(HEADERS_META, {}).items():
            response.headers[name] = value
        return response


class AccountView(LimitedView, MessageDialect):
    def validate(self, request: Request) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class PublicView(AccountView):
    permission_classes = [AllowAny]
    # An expired token in the header must not make the request fail.
    authentication_classes = []


class RegisterView(PublicView):
    serializer_class = RegisterSerializer

    @can_fail(RegistrationClosed(), name_taken_error(), 429)
    @extend_schema(
        operation_id="register",
        summary="Register",
        parameters=limit_headers(201, 202, 409, 429),
        responses={201: MessageSerializer, 202: MessageSerializer},
    )
    def post(self, request: Request) -> Response:
        """Create an account. To get tokens, log in afterwards.

        If the email address is already registered, the status is 202 and nothing
        changes. A service with `QUINTET_REGISTRATION=strict` returns 201 in this case
        too, and emails the owner of the address.
        """
        fields = self.validate(request)
        check_and_count_registration(request)
        is_new = register(**fields, page=new_password_page(request))
        if is_new or is_strict():
            headers = account_headers(request)
            return Response(
                {"message": old_texts.REGISTERED}, status=201, headers=headers
            )
        return Response({"message": old_texts.ALREADY_REGISTERED}, status=202)


class LoginView(PublicView):
    serializer_class = LoginSerializer

    @can_fail(BadCredentials(), 429)
    @extend_schema(
        operation_id="logIn",
        summary="Log in",
        parameters=limit_headers(200, 401, 429),
        responses=LoginResponseSerializer,
    )
    def post(self, request: Request) -> Response:
        """Return an access token and a refresh token.

        Send the access token with other requests, in the header
        `Authorization: Bearer <access_token>`. When it has expired, use the refresh
        token to get a new one. Failed attempts are limited.
        """
        user = authenticate(request, **self.validate(request))
        if not isinstance(user, User):
            raise BadCredentials
        security_events.record("login", user_id=user.pk)
        data = to_json(issue_tokens(user), old_texts.LOGGED_IN)
        return Response(data | {"user_id": user.pk})


class RefreshView(PublicView):
    serializer_class = RefreshSerializer

    @can_fail(invalid_token_error())
    @extend_schema(
        operation_id="refreshTokens",
        summary="Refresh your tokens",
        responses=TokensSerializer,
    )
    def post(self, request: Request) -> Response:
        """Return a new access token and a new refresh token.

        A refresh token can be used once.
        """
        tokens = rotate(self.validate(request)["refresh_token"])
        return Response(to_json(tokens, "Token refreshed."))


def account_headers(request: Request) -> dict[str, str]:
    """Return the `Location` of a new account, where its user reads it."""
    return {"Location": request.build_absolute_uri(reverse("accounts:me"))}


def to_json(tokens: Tokens, message: str) -> dict[str, object]:
    return {
        "message": message,
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
    }


class LogoutView(AccountView):
    serializer_class = LogoutSerializer
    permission_classes = [AllowAny]

    def perform_authentication(self, request: Request) -> None:
        """Leave it to `post()`, which needs no access token for a refresh token."""

    @can_fail(invalid_token_error())
    @extend_schema(
        operation_id="logOut", summary="Log out", responses=MessageSerializer
    )
    def post(self, request: Request) -> Response:
        """Revoke the refresh token that you send.

        If you send none, all of your refresh tokens are revoked. This requires an
        access token. Access tokens stay valid until they expire.
        """
        if refresh_token := self.validate(request).get("refresh_token"):
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

    def get_serializer_class(self) -> type[Serializer[User]]:
        is_deletion = self.request and self.request.method == "DELETE"
        return PasswordSerializer if is_deletion else MeSerializer

    @extend_schema(operation_id="getAccount", summary="Get your account")
    def get(self, request: Request) -> Response:
        """Return your email address, your name, and your roles."""
        return Response(self.get_serializer(request.user).data)

    @can_fail(incorrect_password_error("password"), 403, AccountInUse(), 429)
    @extend_schema(
        operation_id="deleteAccount",
        summary="Delete your account",
        parameters=limit_headers(200, 400, 409, 429),
        responses={200: MessageSerializer},
    )
    def delete(self, request: Request) -> Response:
        """Delete your account and all its data. You can't undo this.

        The body must contain your password.
        """
        check_own_password(request, "password", self.validate(request)["password"])
        delete_account(current_user(request))
        return Response({"message": "Your account was deleted."})


class PasswordView(AccountView):
    serializer_class = PasswordChangeSerializer
    permission_classes = [IsAuthenticated]

    @can_fail(incorrect_password_error("old_password"), 403, 429)
    @extend_schema(
        operation_id="changePassword",
        summary="Change your password",
        parameters=limit_headers(200, 400, 429),
        responses={200: TokensSerializer},
    )
    def post(self, request: Request) -> Response:
        """Set a new password.

        All of your tokens become invalid, except those in the response.
        """
        fields = self.validate(request)
        check_own_password(request, "old_password", fields["old_password"])
        user = current_user(request)
        set_password(user, fields["new_password"])
        text = "Your password was changed."
        return Response(to_json(issue_tokens(user), text))


class ResetView(PublicView):
    serializer_class = ResetSerializer

    @can_fail(429)
    @extend_schema(
        operation_id="requestPasswordReset",
        summary="Request a password reset",
        parameters=limit_headers(202, 429),
        responses={202: MessageSerializer},
    )
    def post(self, request: Request) -> Response:
        """Email a link to set a new password.

        The response doesn't reveal whether the email address is registered.
        """
        email = self.validate(request)["email"]
        count_attempt(request, ip_address_limit(request, "reset"))
        send_account_mail.enqueue("reset_link", email, new_password_page(request))
        text = (
            "If an account with this address exists, we've sent it an email with "
            "further instructions."
        )
        return Response({"message": text}, status=202)


class ResetConfirmView(PublicView):
    serializer_class = ResetConfirmSerializer

    @can_fail(InvalidLink())
    @extend_schema(
        operation_id="confirmPasswordReset",
        summary="Set a new password",
        responses={200: MessageSerializer},
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the token of the emailed link.

        All tokens of the account become invalid.
        """
        fields = self.validate(request)
        user = reset_password(fields["token"], fields["new_password"])
        reset_login_limit(request, user.email)
        return Response(
            {"message": "Your password was changed. Log in with the new one."}
        )


def check_own_password(request: Request, field: str, password: str) -> None:
    """Raise ValidationError for the field unless it is the user's password.

    Raise TooManyAttempts as a login does.
    """
    user = current_user(request)
    with limit_attempts(request, login_limits(request, user.email)) as attempt:
        attempt.succeeded = is_password_correct(user, password)
    if not attempt.succeeded:
        raise incorrect_password_error(field)


def current_user(request: Request) -> User:
    """Return the user. Raise PermissionDenied for an identity provider's user."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def new_password_page(request: Request) -> str:
    """Return the page's URL, on `QUINTET_PUBLIC_URL` or the host of the request."""
    path = reverse("accounts:new-password")
    base = settings.QUINTET_PUBLIC_URL.rstrip("/")
    return f"{base}{path}" if base else request.build_absolute_uri(path)
