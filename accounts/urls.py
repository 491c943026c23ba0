from django.urls import path, re_path

from accounts import pages, views

app_name = "accounts"
urlpatterns = [
    re_path(r"^auth/register/?$", views.RegisterView.as_view(), name="register"),
    re_path(r"^auth/login/?$", views.LoginView.as_view(), name="login"),
    re_path(r"^auth/refresh/?$", views.RefreshView.as_view(), name="refresh"),
    re_path(r"^auth/logout/?$", views.LogoutView.as_view(), name="logout"),
    re_path(r"^auth/me/?$", views.MeView.as_view(), name="me"),
    re_path(r"^auth/password/?$", views.PasswordView.as_view(), name="password"),
    re_path(r"^auth/password/reset/?$", views.ResetView.as_view(), name="reset"),
    re_path(
        r"^auth/password/reset/confirm/?$",
        views.ResetConfirmView.as_view(),
        name="reset-confirm",
    ),
    path("session/password", pages.NewPasswordPage.as_view(), name="new-password"),
]
