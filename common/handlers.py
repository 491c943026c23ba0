"""Pages go through Django's middleware, programs past most of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string

from common import revalidation

# Where one logs in, whatever is accepted.
PAGES = ("/admin", "/session")


class TwoWays(BaseHandler):
    """A handler that knows the middleware for programs, too: `API_MIDDLEWARE`.

    Sessions are for who brings a cookie, or asks for a page where to get one.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async)
        self.views: dict[Any, Any] = {}
        self.way_of_pages: Any = vars(self)["_middleware_chain"]
        self.way_of_programs: Any = convert_exception_to_response(self.respond)
        for path in reversed(settings.API_MIDDLEWARE):
            middleware = import_string(path)(self.way_of_programs)
            self.way_of_programs = convert_exception_to_response(middleware)
        self._middleware_chain = self.answer

    def answer(self, request: HttpRequest) -> HttpResponseBase:
        is_page = asks_for_page(request)
        way = self.way_of_pages if is_page else self.way_of_programs
        response: HttpResponseBase = way(request)
        return response

    def respond(self, request: HttpRequest) -> HttpResponseBase:
        """Has the view answer. What middleware does to views is for pages.

        Without a cookie there is nobody whose name a forged request could use.
        """
        match = self.resolve_request(request)
        view = match.func

        def make() -> HttpResponseBase:
            response = self.called(view)(request, *match.args, **match.kwargs)
            if not isinstance(response, HttpResponseBase):
                self.check_response(response, view)
            render = getattr(response, "render", None)
            return render() if render else response

        try:
            return revalidation.answered(request, view, make)
        except Exception as exc:
            found: HttpResponseBase | None = self.process_exception_by_middleware(
                exc, request
            )
            if found is None:
                raise
            return found

    def called(self, view: Any) -> Any:
        """The view, as Django calls it: in a transaction if so set, and not async."""
        if view not in self.views:
            made: Any = self.make_view_atomic(view)
            is_async = iscoroutinefunction(made)
            self.views[view] = async_to_sync(made) if is_async else made
        return self.views[view]


def asks_for_page(request: HttpRequest) -> bool:
    has_cookie = bool(request.META.get("HTTP_COOKIE"))
    takes_page = "html" in request.META.get("HTTP_ACCEPT", "")
    part_of_pages = (*PAGES, settings.STATIC_URL)
    return has_cookie or takes_page or request.path_info.startswith(part_of_pages)


def at_end(response: HttpResponseBase, *functions: Callable[[], object]) -> None:
    """Has them called when the server has sent all of the answer, or given it up."""
    response._resource_closers += functions  # type: ignore[attr-defined]
