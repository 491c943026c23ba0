from django.contrib.admin.apps import AdminConfig


class QuintetAdminConfig(AdminConfig):
    """Django's admin with a site of our own, which `admin.site` is then."""

    default_site = "pages.admin_site.QuintetAdminSite"
