"""Goals and their users, as the "Over Achiever" service spoke."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from common.errors import Conflict
from common.permissions import IsAuthenticatedOrOpen
from dialects.base import ERROR_STATUSES
from dialects.message import NULL, ArgumentDialect
from goals.models import Goal
from goals.serializers import (
    GoalReferenceSerializer,
    NewGoalSerializer,
    UserSerializer,
)
from goals.services import add_goal, delete_goal
from goals.trees import nest

TREE = {
    "type": "object",
    "description": "User names, below each the goals, below each its sub-goals.",
    "additionalProperties": {"type": "object"},
}
CASCADE = OpenApiParameter("cascade", bool, description="Delete sub-goals along.")


class GoalsView(ArgumentDialect):
    permission_classes = [IsAuthenticatedOrOpen]
    serializer_class = GoalReferenceSerializer
    queryset = Goal.objects.all()
    error_statuses = (*ERROR_STATUSES, 422)

    def get_serializer_class(self) -> type[GoalReferenceSerializer]:
        is_new = self.request.method == "POST"
        return NewGoalSerializer if is_new else GoalReferenceSerializer

    @extend_schema(responses={200: TREE})
    def get(self, request: Request) -> Response:
        """The tree of every user the caller may see, in order of creation."""
        users = User.objects.visible_to(request.user).values_list("pk", "name")
        page = self.paginate_queryset(users) or []
        goals = Goal.objects.filter(user__in=[pk for pk, _ in page])
        rows = goals.values_list("pk", "parent_id", "user_id", "name")
        return self.get_paginated_response(nest(page, rows))

    @extend_schema(responses={200: NULL})
    def post(self, request: Request) -> Response:
        """Adds a goal, under `parent_name` if that is given."""
        fields = self.arguments()
        add_goal(user=self.owner(fields.pop("user", None)), **fields)
        return Response(None)

    @extend_schema(responses={200: NULL})
    def put(self, request: Request) -> Response:
        """Marks a goal as completed."""
        Goal.objects.filter(pk=self.goal().pk).complete()
        return Response(None)

    @extend_schema(
        request=GoalReferenceSerializer, parameters=[CASCADE], responses={200: NULL}
    )
    def delete(self, request: Request) -> Response:
        """Deletes a goal; one with sub-goals only by `?cascade=true`."""
        delete_goal(self.goal(), cascade=request.query_params.get("cascade") == "true")
        return Response(None)

    def owner(self, name: str | None) -> User:
        """The user named, who must be the caller where there is one, unless staff."""
        caller = self.request.user
        if not isinstance(caller, User):
            return find_user(name)
        if name in {None, caller.name}:
            return caller
        if not caller.is_staff:
            raise PermissionDenied("The goals of other users are theirs to change.")
        return find_user(name)

    def goal(self) -> Goal:
        """The one goal of that name among those the caller may change."""
        fields = self.arguments()
        name, user = fields["name"], fields.get("user")
        goals = self.get_queryset().filter(name=name)
        if user or self.request.user.is_authenticated:
            goals = goals.filter(user=self.owner(user))
        match list(goals.select_related("user")[:2]):
            case []:
                raise NotFound(f"There is no goal named {name}.")
            case [goal]:
                return goal
        raise Conflict(
            f"Several users have a goal named {name}. Name the user, too.",
            code="ambiguous",
        )


def find_user(name: str | None) -> User:
    try:
        return User.objects.get(name=name)
    except User.DoesNotExist:
        raise NotFound(f"There is no user named {name}.") from None


class UsersView(ArgumentDialect, ListCreateAPIView):
    """Anybody opens an account; who is logged in sees their own, staff all."""

    serializer_class = UserSerializer
    queryset = User.objects.all()

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_queryset(self) -> Any:
        return User.objects.visible_to(self.request.user)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=self.values())
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data, status=201)
