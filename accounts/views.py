"""Register, login, refresh, logout and me, as the old bucket list service spoke."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.serializers import (
    LoginAnswerSerializer,
    LoginSerializer,
    LogoutSerializer,
    MeSerializer,
    MessageSerializer,
    RefreshSerializer,
    RegisterSerializer,
    TokensSerializer,
)
from accounts.services import Tokens, issue_tokens, revoke, revoke_all, rotate
from common.errors import Conflict
from dialects.message import MessageDialect


class PublicView(MessageDialect):
    """Open to all; a stale token in the header must not stand in the way."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def validated(self, request: Request) -> dict[str, Any]:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class RegisterView(PublicView):
    serializer_class = RegisterSerializer

    @extend_schema(responses={201: MessageSerializer, 202: MessageSerializer})
    def post(self, request: Request) -> Response:
        fields = self.validated(request)
        if User.objects.filter(email=fields["email"]).exists():
            return already_registered()
        try:
            User.objects.create_user(**fields)
        except IntegrityError:
            if User.objects.filter(email=fields["email"]).exists():
                return already_registered()
            raise Conflict("This name is taken.", code="name_taken") from None
        return Response(
            {"message": "You registered successfully. Please log in."}, status=201
        )


def already_registered() -> Response:
    return Response({"message": "User already exists. Please login."}, status=202)


class LoginView(PublicView):
    serializer_class = LoginSerializer

    @extend_schema(responses=LoginAnswerSerializer)
    def post(self, request: Request) -> Response:
        user = self.validated(request)["user"]
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


class LogoutView(MessageDialect):
    """Ends the refresh token sent, or all of the caller's when none is."""

    serializer_class = LogoutSerializer
    permission_classes = [AllowAny]

    @extend_schema(responses=MessageSerializer)
    def post(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if refresh_token := serializer.validated_data.get("refresh_token"):
            revoke(refresh_token)
        elif isinstance(request.user, User):
            revoke_all(request.user)
        else:
            raise NotAuthenticated
        return Response({"message": "You logged out successfully."})


class MeView(MessageDialect):
    serializer_class = MeSerializer
    permission_classes = [IsAuthenticated]
    pagination_class = None

    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(request.user).data)
