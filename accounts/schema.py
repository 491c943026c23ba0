from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme


class BearerScheme(SimpleJWTScheme):
    """How the OpenAPI document names our tokens."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "bearer"
