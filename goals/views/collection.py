"""The goals of all users at one URL, in the format of "Over Achiever".

How `GET` builds its response:

    query              rows read             builder        why
    flat=1             nodes of whole trees  FlatGoals      A page reads only the trees
                       by chunks                            up to its end.
    user=… alone       name rows             name_tree()    One query instead of two.
    user, mine or      users of the page,    name_tree()    A tree of names needs no
    none of these      then name rows                       Forest, which is slower.
    any other          users of the page,    forest_tree()  The filters, the order and
                       then nodes                           the details need a Forest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import (
    NotAuthenticated,
    NotFound,
    ParseError,
    PermissionDenied,
)
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.model_permissions import has_model_permission
from accounts.models import User
from accounts.normal_forms import nfc
from accounts.permissions import action_of
from accounts.querysets import UserQuerySet
from common.http.errors import Conflict
from common.http.permissions import IsAuthenticatedOrOpen
from dialects.base import WriteHooksMixin
from dialects.message import NULL, ArgumentDialect
from dialects.schema import can_fail
from goals.flat import FlatGoals, load_goals
from goals.models import Goal
from goals.query_params import Query, TreeQuerySerializer
from goals.querysets import GoalQuerySet
from goals.schema import LOCATION, OFFSET, GoalsSchema
from goals.serializers import (
    AddedGoalSerializer,
    BranchSerializer,
    CompletedGoalSerializer,
    DeletedGoalSerializer,
    GoalReferenceSerializer,
    GoalSerializer,
    NewGoalSerializer,
)
from goals.services import MAX_ROWS, delete_goal
from goals.trees import (
    MAX_DEPTH,
    MAX_DETAILED,
    Forest,
    NameRow,
    NameTree,
    Node,
    check_depth,
    check_goal_count,
    depth_of,
    nest,
    nest_names,
)

SERIALIZERS: dict[str, type[GoalReferenceSerializer]] = {
    "POST": NewGoalSerializer,
    "PUT": CompletedGoalSerializer,
    "DELETE": DeletedGoalSerializer,
}


class GoalsView(WriteHooksMixin, ArgumentDialect):
    """Reading the goals of all visible users, and writing goals by their names."""

    permission_classes = [IsAuthenticatedOrOpen]
    serializer_class = GoalReferenceSerializer
    queryset = Goal.objects.all()
    schema = GoalsSchema()
    error_statuses = (403, 404)
    # The users that the rows of a list name.
    users: Mapping[str, User] | None = None

    def get_serializer_class(self) -> type[GoalReferenceSerializer]:
        return SERIALIZERS.get(str(self.request.method), GoalReferenceSerializer)

    @can_fail(422)
    @extend_schema(
        operation_id="listGoals",
        summary="List goals",
        parameters=[TreeQuerySerializer, OFFSET],
    )
    def get(self, request: Request) -> Response:
        """Return the goals of all users whom you may see, as trees or as a list.

        The parameters choose one of three forms:

        - by default a tree of names: users, their goals, their sub-goals and so on
        - with `detail=true` a tree in which each goal is an object with its details
        - with `flat=true` a list of goals, each of which follows its parent
        """
        query = TreeQuerySerializer.parse(request.query_params)
        if query.get("flat"):
            return self.flat_response(query)
        if request.query_params.keys() == {"user"}:
            return Response(self.tree_of_user(query))
        return self.tree_response(query)

    def get_queryset(self) -> GoalQuerySet:
        return Goal.objects.visible_to(self.request.user, action_of(self.request))

    def goals_of(self, users: Any) -> GoalQuerySet:
        """Return the goals of these users, from the view's queryset."""
        goals: Any = self.filter_queryset(self.get_queryset())
        return cast(GoalQuerySet, goals.filter(user__in=users))

    def flat_response(self, query: Query) -> Response:
        goals = self.goals_of(self.get_users(query))
        chunks = goals.in_tree_order(query.get("sort", "")).node_chunks()
        rows: Any = FlatGoals(self.flat_forests(query, chunks))
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(GoalSerializer(page, many=True).data)

    def flat_forests(
        self, query: Query, chunks: Iterable[list[Node]]
    ) -> Iterator[Forest]:
        for nodes in chunks:
            forest = Forest(nodes, with_archived=query.get("archived", False))
            if status := query.get("status"):
                forest.filter(status)
            forest.limit_depth(query.get("depth"))
            yield forest

    def tree_of_user(self, query: Query) -> NameTree:
        """Return the tree of one user, by one query if it has goals. Raise NotFound."""
        name = query["user"]
        rows = self.goals_of(self.get_users(query)).in_tree_order().name_rows()
        user_id = rows[0][2] if rows else self.get_user_of_goals(name).pk
        return name_tree([(user_id, name)], rows)

    def tree_response(self, query: Query) -> Response:
        users = self.users_of_goals(self.get_users(query))
        page: Any = self.paginate_queryset(users.values_list("pk", "name"))
        if not page and (name := query.get("user")):
            self.get_user_of_goals(name)
        goals = self.goals_of([pk for pk, _ in page])
        if query.keys() <= {"mine", "user"}:
            tree: object = name_tree(page, goals.in_tree_order().name_rows())
        else:
            nodes = goals.in_tree_order(query.get("sort", "")).nodes()
            tree = forest_tree(page, nodes, query)
        return self.get_paginated_response(tree)

    def users_of_goals(self, users: UserQuerySet) -> UserQuerySet:
        return Goal.objects.users_among(users, self.request.user)

    def get_user_of_goals(self, name: str) -> User:
        """Return the user with that name. Raise NotFound for one without goals."""
        users = self.users_of_goals(User.objects.filter(name=name))
        return get_user(name, {user.name: user for user in users})

    def get_users(self, query: Query) -> UserQuerySet:
        """Return the users whose goals the query shows, with or without a goal."""
        user = self.request.user
        users: UserQuerySet = User.objects.visible_to(user, of=Goal)
        if query.get("mine"):
            if not user.is_authenticated:
                raise NotAuthenticated
            users = users.filter(pk=user.pk)
        if name := query.get("user"):
            self.check_user(name)
            users = users.filter(name=name)
        return users

    @extend_schema(summary="Create goals", parameters=[LOCATION])
    def post(self, request: Request) -> Response:
        """Create a goal, below `parent_name` if you send it, and return null.

        If you send a list, the response has the IDs of all new goals. If one goal of a
        list is invalid, none of them is created.
        """
        if isinstance(request.data, list):
            return Response(self.add_rows(request.data))
        serializer = self.get_serializer(data=self.values())
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        goal = cast(Goal, serializer.instance)
        url = reverse("goals:goal-detail", [goal.pk], request=request)
        return Response(None, headers={"Location": url})

    def add_rows(self, rows: list[Any]) -> object:
        if not 1 <= len(rows) <= MAX_ROWS or not all(isinstance(r, dict) for r in rows):
            raise ParseError(f"A list of 1 to {MAX_ROWS} JSON objects is expected.")
        self.users = users_by_name(row.get("user") for row in rows)
        serializer = self.get_serializer(data=rows, many=True)
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return AddedGoalSerializer(serializer.instance, many=True).data

    @extend_schema(
        operation_id="completeGoalByName",
        summary="Complete a goal by its name",
        request=CompletedGoalSerializer,
        responses={200: NULL},
    )
    def put(self, request: Request) -> Response:
        """Mark a goal as done, at `end` if you send it, and return null."""
        serializer = self.get_serializer(data=self.values())
        serializer.is_valid(raise_exception=True)
        serializer.instance = self.get_object()
        self.perform_update(serializer)
        return Response(None)

    @extend_schema(
        operation_id="deleteGoalByName",
        summary="Delete a goal by its name",
        parameters=[DeletedGoalSerializer],
        responses={200: NULL},
    )
    def delete(self, request: Request) -> Response:
        """Delete a goal and return null. A goal with sub-goals requires `cascade`.

        The parameters may also be fields of a body.
        """
        self.perform_destroy(self.get_object())
        return Response(None)

    def perform_destroy(self, instance: Goal) -> None:
        delete_goal(instance, cascade=self.arguments().get("cascade", False))

    def get_owner(self, name: str | None) -> User:
        """Return the user with that name, by default the authenticated user.

        Raise PermissionDenied for another user without the model permission.
        """
        user = self.request.user
        if isinstance(user, User) and name in {None, user.name}:
            return user
        self.check_user(name)
        return get_user(name, self.users)

    def check_user(self, name: str | None) -> None:
        """Raise PermissionDenied for another user without the model permission."""
        user = self.request.user
        if not isinstance(user, User) or name == user.name:
            return
        # A POST to this URL adds goals.
        is_post = self.request.method == "POST"
        action = "add" if is_post else action_of(self.request)
        if not has_model_permission(user, action, Goal):
            raise PermissionDenied("You can't access other users' goals.")

    def get_object(self) -> Goal:
        """Return the only goal with the name that the client sent."""
        fields = self.arguments()
        goal = self.get_goal(fields["name"], fields.get("user"))
        self.check_object_permissions(self.request, goal)
        return goal

    def get_goal(self, name: str, user: str | None) -> Goal:
        goals = self.filter_queryset(self.get_queryset()).filter(name=name)
        if user or self.request.user.is_authenticated:
            goals = goals.filter(user=self.get_owner(user))
        match list(goals.select_related("user")[:2]):
            case []:
                raise NotFound(f"There is no goal named {name}.")
            case [goal]:
                return goal
        raise Conflict(
            f"Several users have a goal named {name}. Specify the user as well.",
            code="ambiguous",
        )


def name_tree(users: list[tuple[int, str]], rows: list[NameRow]) -> NameTree:
    tree = nest_names(users, rows)
    # No tree has more levels than goals.
    if len(rows) > MAX_DEPTH:
        check_depth(depth_of(tree), MAX_DEPTH)
    return tree


def forest_tree(
    users: list[tuple[int, str]], nodes: list[Node], query: Query
) -> dict[str, object]:
    forest = Forest(nodes, with_archived=query.get("archived", False))
    if status := query.get("status"):
        forest.filter_with_ancestors(status)
    forest.limit_depth(query.get("depth"))
    if not query.get("detail"):
        check_depth(forest.depth(), MAX_DEPTH)
        return nest(users, forest)
    # Each goal is an object within an object.
    check_depth(forest.depth(), MAX_DEPTH // 2)
    check_goal_count(len(forest.visible), MAX_DETAILED)
    goals = load_goals(Goal.objects.all(), forest, forest.visible)
    to_json = BranchSerializer().to_representation
    details = {goal.pk: to_json(goal) for goal in goals}
    # The others were deleted after their nodes were read.
    forest.visible = [pk for pk in forest.visible if pk in details]
    return nest(users, forest, details)


def get_user(name: str | None, users: Mapping[str, User] | None = None) -> User:
    """Return the user with that name, from `users` if given. Raise NotFound."""
    user: User | None
    if users is None:
        user = User.objects.filter(name=name).first()
    else:
        user = users.get(name or "")
    if user is None:
        raise NotFound(f"There is no user named {name}.")
    return user


def users_by_name(names: Iterable[object]) -> dict[str, User]:
    """Return the users with these names, by one query."""
    texts = {nfc(str(name)).strip() for name in names if name is not None}
    return {user.name: user for user in User.objects.filter(name__in=texts)}
