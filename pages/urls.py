from django.urls import path, re_path
from django.views.generic import RedirectView

from pages import documentation, sent_requests

DOCS = documentation.DocumentationView.as_view(template_name="swagger.html")
REFERENCE = documentation.DocumentationView.as_view(template_name="scalar.html")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs"), name="landing"),
    re_path(r"^docs/?$", DOCS, name="docs"),
    re_path(r"^reference/?$", REFERENCE, name="reference"),
    re_path(r"^redoc/?$", RedirectView.as_view(pattern_name="reference")),
    path("session/request", sent_requests.send, name="send-request"),
    path("favicon.ico", documentation.favicon),
]
