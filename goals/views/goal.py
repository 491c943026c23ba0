from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.permissions import OwnsOrHasModelPermission, action_of
from common.http.conditional import digest
from common.http.permissions import IsAuthenticatedOrOpen
from dialects.base import WriteHooksMixin
from dialects.message import NULL, ArgumentDialect
from goals.models import Goal
from goals.query_params import CompleteQuerySerializer, DeleteQuerySerializer
from goals.schema import GoalSchema
from goals.serializers import (
    CompletionSerializer,
    GoalChangeSerializer,
    GoalSerializer,
    NoFieldsSerializer,
)
from goals.services import (
    archive_goal,
    complete_goal,
    delete_goal,
    lock_trees,
    reopen_goal,
    unarchive_goal,
)


class GoalViewSet(WriteHooksMixin, ArgumentDialect, GenericViewSet[Goal]):
    """One goal at its own URL."""

    schema = GoalSchema()
    queryset = Goal.objects.for_api()
    serializer_class = GoalSerializer
    permission_classes = [IsAuthenticatedOrOpen, OwnsOrHasModelPermission]
    pagination_class = None

    def get_queryset(self) -> QuerySet[Goal]:
        user, action = self.request.user, action_of(self.request)
        return Goal.objects.visible_to(user, action).for_api()

    def lock_for_write(self, row: Goal) -> None:
        lock_trees(row.user_id)
        super().lock_for_write(row)

    def version_of(self, row: Goal) -> str:
        row.set_tree_fields()
        return digest(GoalSerializer(row).data)

    def goal_response(self, goal: Goal) -> Response:
        goal.set_tree_fields()
        return Response(GoalSerializer(goal).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """Return a goal with its path and its progress."""
        return self.goal_response(self.get_object())

    @extend_schema(request=GoalChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that you send. `parent` moves the goal.

        To clear `due`, `position` or `parent`, send null.
        """
        goal = self.get_object()
        serializer = GoalChangeSerializer(goal, data=self.values(), partial=True)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        return self.goal_response(self.read_again(goal))

    @extend_schema(
        parameters=[DeleteQuerySerializer],
        responses={200: NULL},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Delete a goal and return null. A goal with sub-goals requires `cascade`."""
        self.perform_destroy(self.get_object())
        return Response(None)

    def perform_destroy(self, instance: Goal) -> None:
        query = DeleteQuerySerializer.parse(self.request.query_params)
        delete_goal(instance, cascade=query.get("cascade", False))

    @extend_schema(
        request=CompletionSerializer,
        parameters=[CompleteQuerySerializer],
        responses=GoalSerializer,
    )
    @action(detail=True, methods=["post"], serializer_class=CompletionSerializer)
    def complete(self, request: Request, pk: str) -> Response:
        """Mark a goal as done, at `end` if you send it.

        Without `end`, a goal that is done keeps its first end time.
        """
        fields = self.arguments()
        goal = self.get_object()
        complete_goal(goal=goal, **fields)
        return self.goal_response(self.read_again(goal))

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"], serializer_class=NoFieldsSerializer)
    def reopen(self, request: Request, pk: str) -> Response:
        """Mark a goal as open. Its sub-goals stay as they are."""
        self.arguments()
        goal = self.get_object()
        reopen_goal(goal=goal)
        return self.goal_response(self.read_again(goal))

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"], serializer_class=NoFieldsSerializer)
    def archive(self, request: Request, pk: str) -> Response:
        """Archive a goal, which hides it and its sub-goals in lists."""
        self.arguments()
        goal = self.get_object()
        archive_goal(goal=goal)
        return self.goal_response(self.read_again(goal))

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"], serializer_class=NoFieldsSerializer)
    def unarchive(self, request: Request, pk: str) -> Response:
        """Show an archived goal and its sub-goals again."""
        self.arguments()
        goal = self.get_object()
        unarchive_goal(goal=goal)
        return self.goal_response(self.read_again(goal))
