from django.urls import include, path, re_path

from dialects.routers import EitherSlashRouter
from goals import views

router = EitherSlashRouter()
router.register("goals", views.GoalViewSet)

app_name = "goals"
urlpatterns = [
    path(
        "v1.0/",
        include(
            [
                re_path(r"^goals/?$", views.GoalsView.as_view(), name="goals"),
                re_path(
                    r"^goals\.html/?$", views.GoalsPage.as_view(), name="goals-html"
                ),
                re_path(
                    r"^goals\.svg/?$", views.GoalsImage.as_view(), name="goals-svg"
                ),
                re_path(r"^users/?$", views.UsersView.as_view(), name="users"),
                *router.urls,
            ]
        ),
    ),
]
