"""What every dialect does with `ETag`, `If-Match` and `If-None-Match`.

    GET /books/6                                200, ETag: W/"9f2c…"
    GET /books/6, If-None-Match: W/"9f2c…"      304
    PATCH /books/6, If-Match: W/"9f2c…"         200, ETag: W/"41d0…"
    PATCH /books/6, If-Match: W/"9f2c…"         412, ETag: W/"41d0…"

The version of a row is a digest of what its own URL shows. A list has no version; its
tag is a digest of the response, which serves reading alone.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.utils.serializer_helpers import ReturnDict

from common.http.conditional import (
    Preconditions,
    digest,
    etag_of,
    is_known,
    not_modified,
)

# Who brings a cookie may be somebody else, and see something else.
VARYING = ["Accept", "Cookie"]
# These belong to a list as much as its body does.
TAGGED_HEADERS = ("Link", "X-Total-Count")


class ConditionalView(GenericAPIView):
    """Tags what it answers, and lets a write of a row depend on the row's version.

    A view whose writes call `get_object` has all of it.
    """

    # Of the row that an answer shows.
    version = ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.prepare_write()

    @property
    def names_row(self) -> bool:
        return (self.lookup_url_kwarg or self.lookup_field) in self.kwargs

    @cached_property
    def preconditions(self) -> Preconditions:
        """What the write of the URL's row is to depend on."""
        if self.request.method in SAFE_METHODS or not self.names_row:
            return Preconditions()
        return Preconditions.of(self.request.headers)

    def prepare_write(self) -> None:
        """Has a write with conditions done in one transaction, from its check on."""
        if not self.names_row or not self.preconditions:
            return
        name = str(self.request.method).lower()
        if write := getattr(self, name, None):
            setattr(self, name, partial(self.write_as_one, write))

    def write_as_one(
        self, write: Any, request: Request, *args: Any, **kwargs: Any
    ) -> Any:
        if request.method in {"PUT", "PATCH"}:
            # Read before any lock is taken, for a body may be slow to arrive.
            _ = request.data
        with transaction.atomic():
            return write(request, *args, **kwargs)

    def get_object(self) -> Any:
        """Return the URL's row; a conditional write locks it and checks its version."""
        row = super().get_object()
        if not self.preconditions:
            return row
        self.lock_row(row)
        row = super().get_object()
        self.preconditions.check(self.version_of(row))
        # Whoever looks again sees what this very write has done.
        self.preconditions = Preconditions()
        return row

    def lock_row(self, row: Any) -> None:
        """Keeps other writers off the row until the transaction ends.

        To be overridden where they lock something else first, which this must, too.
        """
        rows = type(row)._default_manager
        is_deletion = self.request.method == "DELETE"
        rows.select_for_update(no_key=not is_deletion).filter(pk=row.pk).first()

    def version_of(self, row: Any) -> str:
        """The version of all that a write of the row could overwrite unseen."""
        return digest(self.get_serializer(row).data)

    def version_shown(self, data: Any) -> str:
        """The version of the row that an answer consists of; none of anything else."""
        return digest(data) if isinstance(data, ReturnDict) else ""

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(answer, VARYING)
        if not is_document(answer):
            return answer
        self.version = self.version or self.version_shown(answer.data)
        is_read = request.method in {"GET", "HEAD"}
        if self.version or is_read:
            tag = self.etag(answer)
            answer.headers["ETag"] = tag
            if is_read and is_known(request.META, tag):
                return not_modified(answer)
        return answer

    def etag(self, answer: Any) -> str:
        if self.version and not self.request.META.get("QUERY_STRING"):
            return etag_of(self.version)
        answer.render()
        headers = (answer.headers.get(name, "") for name in TAGGED_HEADERS)
        representation = digest(answer.content + "".join(headers).encode())
        return etag_of(self.version or representation, self.version and representation)


def is_document(answer: Any) -> bool:
    """Data are. A page for a browser also shows who is logged in."""
    renderer = getattr(answer, "accepted_renderer", None)
    is_page = renderer is None or isinstance(renderer, BrowsableAPIRenderer)
    return answer.status_code in {200, 201} and not is_page
