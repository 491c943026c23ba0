from django.urls import re_path

from dialects.routers import EitherSlashRouter
from goals import views

app_name = "goals"
router = EitherSlashRouter()
router.register(r"v1\.0/goals", views.GoalViewSet)
urlpatterns = [
    re_path(r"^v1\.0/goals/?$", views.GoalsView.as_view(), name="goals"),
    re_path(r"^v1\.0/users/?$", views.UsersView.as_view(), name="users"),
    *router.urls,
]
