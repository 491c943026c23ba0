"""The goals of all visible users as a page for people, and as an SVG picture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.reverse import reverse

from accounts.models import User
from common.http.conditional import is_unmodified, to_not_modified
from common.http.policies import PAGE_POLICY, POLICY_HEADER
from dialects.openapi_parts import response_header
from dialects.pagination import CappedList
from dialects.schema import can_fail
from dialects.suffixes import SuffixNegotiation
from goals.drawing import svg_response
from goals.pictures import FOLDED_LEVEL, STATES, Picture, PictureGoals, sections
from goals.query_params import (
    MAX_SEARCH_LENGTH,
    PageQuerySerializer,
    PictureQuerySerializer,
    Query,
)
from goals.schema import GOALS_OFFSET, SVG, PictureSchema
from goals.trees import STATUSES, Forest, Node
from goals.views.collection import GoalsView

UNFOLDED_LEVEL = 10_000


class PictureView(GoalsView):
    """View of the goals that GET of the list shows, in pages of the same size."""

    http_method_names = ["get", "head", "options"]
    content_negotiation_class = SuffixNegotiation
    schema = PictureSchema()
    query_class: ClassVar[type[PictureQuerySerializer]] = PictureQuerySerializer

    def read(self, query: Query) -> Picture:
        users = self.get_users(query)
        goals = self.goals_of(users).in_tree_order(query.get("sort", ""))
        rows = PictureGoals(forests(query, goals.node_chunks()))
        page: Any = self.paginate_queryset(cast(Any, rows))
        if not page and (name := query.get("user")):
            self.get_user_of_goals(name)
        paginator = cast(CappedList, self.paginator)
        may_have_more = bool(paginator.next_url) and rows.count_further()
        end = paginator.offset(self.request) + len(page)
        return Picture(
            page,
            users=names_of(users, {goal.user_id for goal in page}),
            more=max(rows.count - end, 0),
            has_counted_all=not may_have_more,
            next_url=paginator.next_url,
        )

    def respond(self, request: Request) -> HttpResponseBase:
        query = self.query_class.parse(request.query_params)
        picture = self.read(query)
        response = self.draw_picture(picture, query)
        for name, value in cast(CappedList, self.paginator).headers().items():
            response.headers[name] = value
        return response

    @abstractmethod
    def draw_picture(self, picture: Picture, query: Query) -> HttpResponseBase:
        """Return the response without the header of further pages."""

    def url_of(self, name: str) -> str:
        """Return the URL of another form of the same goals."""
        parameters = self.request.query_params.copy()
        parameters.pop("fold", None)
        url: str = reverse(f"goals:{name}", request=self.request)
        return f"{url}?{parameters.urlencode()}" if parameters else url


class GoalsPage(PictureView):
    query_class = PageQuerySerializer

    @can_fail(422)
    @extend_schema(
        operation_id="getGoalsHtml",
        summary="Get goals as an HTML page",
        parameters=[PageQuerySerializer, GOALS_OFFSET, response_header("Link")],
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponseBase:  # type: ignore[override]
        """Return the goals as nested lists, which fold, on a page to search and print.

        The page has the goals that the list of goals has with `flat=1`, in this order.
        """
        return self.respond(request)

    def draw_picture(self, picture: Picture, query: Query) -> HttpResponse:
        is_filtered = "search" in query or "status" in query
        unfolded = UNFOLDED_LEVEL if is_filtered else FOLDED_LEVEL
        context = {
            "picture": picture,
            "sections": sections(picture, query.get("fold", unfolded)),
            "query": query,
            "is_filtered": is_filtered,
            "statuses": list(STATUSES),
            "states": STATES,
            "max_search_length": MAX_SEARCH_LENGTH,
            "svg_url": self.url_of("goals-svg"),
            "unfold_url": self.folding_url(UNFOLDED_LEVEL),
            "fold_url": self.folding_url(1),
        }
        response = render(self.request, "goals/goals.html", context)
        response.headers[POLICY_HEADER] = PAGE_POLICY
        return response

    def folding_url(self, level: int) -> str:
        parameters = self.request.query_params.copy()
        parameters["fold"] = str(level)
        return f"?{parameters.urlencode()}"


class GoalsImage(PictureView):
    @can_fail(422)
    @extend_schema(
        operation_id="getGoalsSvg",
        summary="Get goals as an SVG picture",
        parameters=[PictureQuerySerializer, GOALS_OFFSET],
        responses={(200, SVG): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponseBase:  # type: ignore[override]
        """Return the goals as a picture of their trees, with a line for each goal.

        The picture has the goals that the HTML page has with the same parameters. It
        needs no other file, and follows the reader's preference for dark colors.
        """
        return self.respond(request)

    def draw_picture(self, picture: Picture, query: Query) -> HttpResponseBase:
        response = svg_response(picture, self.url_of("goals-html"))
        if is_unmodified(self.request.META, response.headers["ETag"]):
            return to_not_modified(response)
        return response


def forests(query: Query, chunks: Iterable[list[Node]]) -> Iterator[Forest]:
    """Yield trees with the goals that match, and the goals above those."""
    for nodes in chunks:
        forest = Forest(nodes, with_archived=query.get("archived", False))
        if status := query.get("status"):
            forest.filter_with_ancestors(status)
        if text := query.get("search"):
            forest.search(text)
        forest.limit_depth(query.get("depth"))
        yield forest


def names_of(users: QuerySet[User], ids: set[int]) -> dict[int, str]:
    return dict(users.filter(pk__in=ids).values_list("pk", "name"))
