from django.urls import re_path

from dialects.dbbase.meta import MetaView

META = r"meta/(?P<resource>[a-z-]+)/(?P<kind>single|collection)/?$"

urlpatterns = [
    re_path(rf"^{META}", MetaView.as_view()),
    re_path(rf"^api/v2/{META}", MetaView.as_view()),
]
