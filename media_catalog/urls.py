from __future__ import annotations

from django.urls import include, path

from dialects.dbbase import DbbaseRouter
from dialects.restless import RestlessRouter
from media_catalog import views

# JSON:API
restless = RestlessRouter()
# The old API calls creators users; they are no accounts.
restless.register("user", views.CreatorViewSet)
restless.register("video", views.VideoViewSet)
restless.register("playlist", views.PlaylistViewSet)

# DBBase
dbbase = DbbaseRouter()
dbbase.register("books", views.BookViewSet)
dbbase.register("authors", views.AuthorViewSet)

app_name = "media_catalog"
urlpatterns = [path("api/", include(restless.urls)), *dbbase.urls]
