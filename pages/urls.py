from django.urls import path, re_path
from django.views.generic import RedirectView

from pages import acting, documentation, guide, landing, sent_requests

DOCS = documentation.DocumentationView.as_view(template_name="swagger.html")
REFERENCE = documentation.DocumentationView.as_view(template_name="scalar.html")

urlpatterns = [
    path("", landing.LandingView.as_view(), name="landing"),
    path("act-as", acting.act_as, name="act-as"),
    path("reset-demo", acting.reset_demo, name="reset-demo"),
    re_path(r"^docs/?$", DOCS, name="docs"),
    re_path(r"^reference/?$", REFERENCE, name="reference"),
    re_path(r"^redoc/?$", RedirectView.as_view(pattern_name="reference")),
    path("guide", RedirectView.as_view(pattern_name="guide")),
    path("guide/", guide.page, name="guide"),
    path("guide/search/", guide.search, name="guide-search"),
    re_path(r"^guide/(?P<name>[-\w]+(?:/[-\w]+)?)/$", guide.page, name="guide-page"),
    path("guide/<slug:name>", RedirectView.as_view(pattern_name="guide-page")),
    path("guide/<path:path>", guide.file, name="guide-file"),
    path("session/request", sent_requests.send, name="send-request"),
    path("favicon.ico", documentation.favicon),
]
