"""The JSON:API dialect of Flask-Restless.

The package and the classes that a view needs have the old library's name. Error
classes, tests and docs say JSON:API.

    PATCH /api/playlist/p1/relationships/videos
    {"data": [{"type": "video", "id": "v1"}, {"type": "video", "id": "v3"}]}
    204

    GET /api/video/v1/author
    200  {"data": {"attributes": {"name": "Bella", …}, "id": "u-bella",
                   "relationships": {"owned_videos": {"data": […]}, …},
                   "type": "user"},
          "jsonapi": {"version": "1.0"},
          "links": {"self": "/api/video/v1/author"}, "meta": {}}

    404  {"errors": [{"code": "not_found", "detail": "No resource with ID v9",
                      "id": null, "links": null, "meta": null, "source": null,
                      "status": "404", "title": "Not Found"}],
          "jsonapi": {"version": "1.0"}}

A resource type is a viewset and one line in the router:

    class VideoViewSet(RestlessViewSet):
        queryset = Video.objects.all()
        serializer_class = VideoSerializer
        relationships = {"author": "user", "playlists": "playlist"}

    router.register("video", VideoViewSet)
"""

from dialects.restless.routers import RestlessRouter
from dialects.restless.serializers import RestlessSerializer
from dialects.restless.views import ReadOnlyRestlessViewSet, RestlessDialect
from dialects.restless.write_views import RestlessViewSet

__all__ = [
    "ReadOnlyRestlessViewSet",
    "RestlessDialect",
    "RestlessRouter",
    "RestlessSerializer",
    "RestlessViewSet",
]
