"""Goals and their users, as the "Over Achiever" service spoke, and each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import (
    APIException,
    NotAuthenticated,
    NotFound,
    ParseError,
    PermissionDenied,
)
from rest_framework.generics import ListCreateAPIView
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from accounts.registration import admit
from accounts.schema import limit_headers
from accounts.views import LimitedView
from common.http.conditional import digest
from common.http.errors import Conflict
from common.http.permissions import IsAuthenticatedOrOpen
from dialects.base import ERROR_STATUSES, ListRowsMixin
from dialects.message import NULL, ArgumentDialect
from dialects.query_params import refuse_unknown_params
from goals.flat import Rows, placed
from goals.models import Goal
from goals.schema import LOCATION, NEW_GOALS, OFFSET, GoalsSchema
from goals.serializers import (
    AddedGoalSerializer,
    BranchSerializer,
    CompleteOptionsSerializer,
    DeleteOptionsSerializer,
    GoalChangeSerializer,
    GoalReferenceSerializer,
    GoalSerializer,
    NewGoalSerializer,
    OptionsSerializer,
    TreeOptionsSerializer,
    UserSerializer,
)
from goals.services import (
    RowsRefused,
    add_goal,
    add_goals,
    archive_goal,
    change_goal,
    complete_goal,
    delete_goal,
    lock_trees,
    reopen_goal,
    unarchive_goal,
)
from goals.trees import (
    MAX_DEPTH,
    MAX_DETAILED,
    Forest,
    Name,
    Node,
    Tree,
    depth_of,
    nest,
    nest_details,
    nest_names,
    refuse_too_deep,
    refuse_too_many,
)

CASCADE = OpenApiParameter("cascade", bool, description="Delete sub-goals along.")
MAX_ROWS = 1000
# Options that change nothing in a tree but whose it is.
WHOSE = {"mine", "user"}
FindUser = Callable[[str | None], User]
Options = dict[str, Any]


def options_of(request: Request, kind: type[OptionsSerializer]) -> Options:
    return dict(options_in(tuple(request.query_params.dict().items()), kind))


@lru_cache(500)
def options_in(sent: tuple[tuple[str, Any], ...], kind: Any) -> Options:
    """What the same parameters always mean."""
    serializer = kind(data=dict(sent))
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class GoalsView(ArgumentDialect):
    permission_classes = [IsAuthenticatedOrOpen]
    serializer_class = GoalReferenceSerializer
    queryset = Goal.objects.all()
    schema = GoalsSchema()
    error_statuses = (*ERROR_STATUSES, 422)

    def get_serializer_class(self) -> type[GoalReferenceSerializer]:
        is_new = self.request.method == "POST"
        return NewGoalSerializer if is_new else GoalReferenceSerializer

    @extend_schema(parameters=[TreeOptionsSerializer, OFFSET])
    def get(self, request: Request) -> Response:
        """The tree of every user the caller may see, in order of creation."""
        options = options_of(request, TreeOptionsSerializer)
        if options.get("flat"):
            return self.rows(options)
        return self.trees(options)

    def trees(self, options: Options) -> Response:
        if self.request.query_params.keys() == {"user"}:
            return Response(self.tree_of_one(options))
        users: Any = self.users(options).values_list("pk", "name")
        page: Any = self.paginate_queryset(users)
        if not page and (name := options.get("user")):
            find_user(name)
        goals = Goal.objects.filter(user__in=[pk for pk, _ in page])
        if not options.keys() - WHOSE:
            names = goals.in_tree_order().names()
            return self.get_paginated_response(tree_of_names(page, names))
        forest = self.forest(goals, options)
        if status := options.get("status"):
            forest.keep(status)
        forest.cut(options.get("depth"))
        if not options.get("detail"):
            refuse_too_deep(forest.depth(), MAX_DEPTH)
            return self.get_paginated_response(nest(page, forest))
        # Each goal is an object in an object.
        refuse_too_deep(forest.depth(), MAX_DEPTH // 2)
        refuse_too_many(len(forest.shown), MAX_DETAILED)
        found = placed(Goal.objects.all(), forest, forest.shown)
        draw = BranchSerializer().to_representation
        details = {goal.pk: draw(goal) for goal in found}
        return self.get_paginated_response(nest_details(page, forest, details))

    def tree_of_one(self, options: Options) -> Tree:
        """The same for one user, by one statement."""
        rows = Goal.objects.names_of(self.users(options))
        if not rows:
            find_user(options["user"])
        owner = [(row[2], row[-1]) for row in rows[:1]]
        return tree_of_names(owner, [row[:-1] for row in rows if row[0] is not None])

    def rows(self, options: Options) -> Response:
        goals = Goal.objects.filter(user__in=self.users(options))
        portions = goals.in_tree_order(options.get("sort", "")).portions()
        rows: Any = Rows(self.chosen(options, portions))
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(GoalSerializer(page, many=True).data)

    def chosen(
        self, options: Options, portions: Iterable[list[Node]]
    ) -> Iterator[Forest]:
        for nodes in portions:
            forest = Forest(nodes, with_archived=options.get("archived", False))
            if status := options.get("status"):
                forest.pick(status)
            forest.cut(options.get("depth"))
            yield forest

    def forest(self, goals: Any, options: Options) -> Forest:
        nodes = goals.in_tree_order(options.get("sort", "")).nodes()
        return Forest(nodes, with_archived=options.get("archived", False))

    def users(self, options: Options) -> QuerySet[User]:
        caller = self.request.user
        users: QuerySet[User] = User.objects.visible_to(caller)
        if options.get("mine"):
            if not caller.is_authenticated:
                raise NotAuthenticated
            users = users.filter(pk=caller.pk)
        if name := options.get("user"):
            self.refuse_other(name)
            users = users.filter(name=name)
        return users

    @extend_schema(request=NEW_GOALS, parameters=[LOCATION])
    def post(self, request: Request) -> Response:
        """Adds a goal, under `parent_name` if that is given; of a list all or none."""
        if isinstance(request.data, list):
            return Response(self.add_rows(request.data))
        fields = self.arguments()
        goal = add_goal(user=self.owner(fields.pop("user", None)), **fields)
        url = reverse("goals:goal-detail", [goal.pk], request=request)
        return Response(None, headers={"Location": url})

    def add_rows(self, rows: list[Any]) -> Any:
        if not 1 <= len(rows) <= MAX_ROWS or not all(isinstance(r, dict) for r in rows):
            raise ParseError(f"A list of 1 to {MAX_ROWS} JSON objects is expected.")
        find = finder([row.get("user") for row in rows])
        valid: list[dict[str, Any]] = []
        refused: dict[int, APIException] = {}
        for number, row in enumerate(rows):
            try:
                fields = self.arguments(row)
                fields["user"] = self.owner(fields.get("user"), find)
                valid.append(fields)
            except APIException as exc:
                refused[number] = exc
        if refused:
            raise RowsRefused(refused)
        return AddedGoalSerializer(add_goals(rows=valid), many=True).data

    @extend_schema(responses={200: NULL})
    def put(self, request: Request) -> Response:
        """Marks a goal as completed."""
        complete_goal(goal=self.goal())
        return Response(None)

    @extend_schema(
        request=GoalReferenceSerializer, parameters=[CASCADE], responses={200: NULL}
    )
    def delete(self, request: Request) -> Response:
        """Deletes a goal; one with sub-goals only by `?cascade=true`."""
        delete_goal(self.goal(), cascade=request.query_params.get("cascade") == "true")
        return Response(None)

    def owner(self, name: str | None, find: FindUser | None = None) -> User:
        """The user named, who must be the caller where there is one, unless staff."""
        caller = self.request.user
        if isinstance(caller, User) and name in {None, caller.name}:
            return caller
        self.refuse_other(name)
        return (find or find_user)(name)

    def refuse_other(self, name: str | None) -> None:
        """Who is logged in names nobody else, unless they are staff."""
        caller = self.request.user
        if isinstance(caller, User) and not (caller.is_staff or name == caller.name):
            raise PermissionDenied("The goals of other users are theirs to change.")

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


def tree_of_names(users: list[tuple[int, str]], rows: list[Name]) -> Tree:
    tree = nest_names(users, rows)
    # No tree has more levels than goals.
    if len(rows) > MAX_DEPTH:
        refuse_too_deep(depth_of(tree), MAX_DEPTH)
    return tree


def find_user(name: str | None) -> User:
    try:
        return User.objects.get(name=name)
    except User.DoesNotExist:
        raise NotFound(f"There is no user named {name}.") from None


def finder(names: list[Any]) -> FindUser:
    """`find_user` for these names, having asked the database once."""
    asked = {str(name) for name in names if name is not None}
    found = {user.name: user for user in User.objects.filter(name__in=asked)}

    def find(name: str | None) -> User:
        if name not in found:
            raise NotFound(f"There is no user named {name}.")
        return found[name]

    return find


class GoalViewSet(ArgumentDialect, GenericViewSet):
    """One goal at its own URL."""

    queryset = Goal.objects.select_related("user")
    serializer_class = GoalSerializer
    permission_classes = [IsAuthenticatedOrOpen]
    pagination_class = None

    def get_queryset(self) -> Any:
        return Goal.objects.visible_to(self.request.user).select_related("user")

    def lock_row(self, row: Goal) -> None:
        lock_trees(row.user_id)
        super().lock_row(row)

    def version_of(self, row: Goal) -> str:
        row.look_around()
        return digest(GoalSerializer(row).data)

    def answer(self) -> Response:
        """The goal as it stands now."""
        goal = self.get_object()
        goal.look_around()
        return Response(GoalSerializer(goal).data)

    @extend_schema(operation_id="v1.0_goals_read")
    def retrieve(self, request: Request, pk: str) -> Response:
        """A goal, with its way from the top and its progress."""
        return self.answer()

    @extend_schema(request=GoalChangeSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes what is sent, and nothing else; `parent` moves the goal."""
        goal = self.get_object()
        serializer = GoalChangeSerializer(data=self.values())
        serializer.is_valid(raise_exception=True)
        change_goal(goal=goal, **serializer.validated_data)
        return self.answer()

    @extend_schema(
        operation_id="v1.0_goals_delete",
        parameters=[DeleteOptionsSerializer],
        responses={200: NULL},
    )
    def destroy(self, request: Request, pk: str) -> Response:
        """Deletes a goal; one with sub-goals only by `?cascade=true`."""
        options = options_of(request, DeleteOptionsSerializer)
        delete_goal(self.get_object(), cascade=options.get("cascade", False))
        return Response(None)

    @extend_schema(
        request=None, parameters=[CompleteOptionsSerializer], responses=GoalSerializer
    )
    @action(detail=True, methods=["post"], serializer_class=Serializer)
    def complete(self, request: Request, pk: str) -> Response:
        """Marks a goal as done, the first time counting; sub-goals if asked to."""
        options = options_of(request, CompleteOptionsSerializer)
        subtree = options.get("subtree", False)
        complete_goal(goal=self.get_object(), subtree=subtree)
        return self.answer()

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"], serializer_class=Serializer)
    def reopen(self, request: Request, pk: str) -> Response:
        """Marks a goal as not done."""
        reopen_goal(goal=self.get_object())
        return self.answer()

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"], serializer_class=Serializer)
    def archive(self, request: Request, pk: str) -> Response:
        """Takes a goal out of the trees, with all goals below it."""
        archive_goal(goal=self.get_object())
        return self.answer()

    @extend_schema(request=None, responses=GoalSerializer)
    @action(detail=True, methods=["post"], serializer_class=Serializer)
    def unarchive(self, request: Request, pk: str) -> Response:
        """Puts a goal back in its place in the trees."""
        unarchive_goal(goal=self.get_object())
        return self.answer()


class UsersView(LimitedView, ListRowsMixin, ArgumentDialect, ListCreateAPIView):
    """Anybody opens an account; who is logged in sees their own, staff all."""

    serializer_class = UserSerializer
    queryset = User.objects.all()

    def get_permissions(self) -> list[Any]:
        return [AllowAny() if self.request.method == "POST" else IsAuthenticated()]

    def get_queryset(self) -> Any:
        return User.objects.visible_to(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        refuse_unknown_params(request, {"offset"})
        return super().list(request, *args, **kwargs)

    @extend_schema(parameters=limit_headers(201, 409, 429))
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=self.values())
        serializer.is_valid(raise_exception=True)
        admit(request, tells_who_is_known=True)
        serializer.save()
        return Response(serializer.data, status=201)
