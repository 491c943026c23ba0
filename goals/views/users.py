from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import AllowAny, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.registration import RegistrationClosed, check_and_count_registration
from accounts.schema import limit_headers
from accounts.views import LimitedView, account_headers
from common.http.errors import Conflict
from dialects.base import ListRowsMixin
from dialects.message import ArgumentDialect
from dialects.query_params import check_query_params
from dialects.schema import can_fail
from goals.models import Goal
from goals.serializers import UserSerializer


@extend_schema_view(
    post=extend_schema(parameters=limit_headers(201, 409, 429)),
)
class UsersView(LimitedView, ListRowsMixin, ArgumentDialect, ListCreateAPIView[User]):
    """Users of goals. Anonymous clients can register. Users see themselves."""

    serializer_class = UserSerializer
    queryset = User.objects.all()

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_queryset(self) -> QuerySet[User]:
        viewer = self.request.user
        return Goal.objects.users_among(User.objects.visible_to(viewer), viewer)

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Return yourself, or all users of goals if you have the permission.

        These are users who have registered here, or who have a goal.
        """
        check_query_params(request, {"offset"})
        return super().list(request, *args, **kwargs)

    @can_fail(RegistrationClosed(), Conflict("It already exists."), 429)
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Create an account, as `POST /auth/register` does.

        The name is required here, and 409 reveals whether the email address is
        registered.
        """
        serializer = self.get_serializer(data=self.values())
        serializer.is_valid(raise_exception=True)
        check_and_count_registration(request, reveals_users=True)
        self.perform_create(serializer)
        headers = self.get_success_headers(serializer.data)
        return Response(serializer.data, status=201, headers=headers)

    def get_success_headers(self, data: object) -> dict[str, str]:
        return account_headers(self.request)
