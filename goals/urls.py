from django.urls import re_path

from goals import views

app_name = "goals"
urlpatterns = [
    re_path(r"^v1\.0/goals/?$", views.GoalsView.as_view(), name="goals"),
    re_path(r"^v1\.0/users/?$", views.UsersView.as_view(), name="users"),
]
