from django.urls import include, path, re_path

from accounts import pages, views

authentication = [
    re_path(r"^register/?$", views.RegisterView.as_view(), name="register"),
    re_path(r"^login/?$", views.LoginView.as_view(), name="login"),
    re_path(r"^refresh/?$", views.RefreshView.as_view(), name="refresh"),
    re_path(r"^logout/?$", views.LogoutView.as_view(), name="logout"),
    re_path(r"^me/?$", views.MeView.as_view(), name="me"),
    re_path(r"^password/?$", views.PasswordView.as_view(), name="password"),
    re_path(r"^password/reset/?$", views.ResetView.as_view(), name="reset"),
    re_path(
        r"^password/reset/confirm/?$",
        views.ResetConfirmView.as_view(),
        name="reset-confirm",
    ),
]

app_name = "accounts"
urlpatterns = [
    path("auth/", include(authentication)),
    path("session/password", pages.NewPasswordPage.as_view(), name="new-password"),
]
