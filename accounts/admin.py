from __future__ import annotations

from typing import Any, TypeAlias

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db.models import Model, prefetch_related_objects
from django.forms import ModelForm
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist import admin as token_admin
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts import trace
from accounts.models import AttemptCounter, User
from accounts.trace import Verb
from accounts.trace_admin import ActionRecordAdmin
from common.admin import SearchAdmin, SearchLimitMixin, SearchMixin
from common.admin_export import CSVExportAdmin

__all__ = ["ActionRecordAdmin"]

Object: TypeAlias = Model | None

# A hash by no known hasher.
UNKNOWN_HASH = "?"
LOGIN_FIELDS = ("email", "has_real_address", "name", "password", "has_old_passwords")
PERMISSION_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")
STATUS_FIELDS = ("is_active", "is_account_current", "uses_goals", "is_demo")
# Fields of users and groups that grant rights.
RIGHTS = (*PERMISSION_FIELDS, "permissions")


class StoredHashWidget(ReadOnlyPasswordHashWidget):
    """Widget that shows a hash that its hasher can't read as invalid."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        try:
            return super().get_context(name, value, attrs)
        # Hashers raise anything, as in `stored_passwords.verify()`.
        except Exception:
            return super().get_context(name, UNKNOWN_HASH, attrs)


class UserForm(UserChangeForm):
    # The model validates the email address if it has changed.
    email = forms.CharField(max_length=254)
    password = ReadOnlyPasswordHashField(
        widget=StoredHashWidget,
        help_text=UserChangeForm.base_fields["password"].help_text,
    )


def record_rights(form: ModelForm) -> None:
    """Record the rights that a saved form has changed, of a user or a group."""
    changes = {
        name: (to_json(form.initial.get(name, ())), to_json(form.cleaned_data[name]))
        for name in RIGHTS
        if name in form.changed_data
    }
    if changes:
        trace.record(Verb.CHANGE_RIGHTS, form.instance, changes)


def to_json(value: Any) -> bool | list[str]:
    """Return a flag as it is; of groups or permissions, their names."""
    if isinstance(value, bool):
        return value
    rows = list(value)
    if rows and isinstance(rows[0], Permission):
        prefetch_related_objects(rows, "content_type")
        return sorted(f"{row.content_type.app_label}.{row.codename}" for row in rows)
    return sorted(str(row) for row in rows)


class RightsMixin:
    """Admin mixin that records changed rights."""

    def save_related(
        self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool
    ) -> None:
        options: Any = super()
        options.save_related(request, form, formsets, change)
        record_rights(form)


def is_superuser(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


@admin.register(User)
class UserAdmin(RightsMixin, SearchMixin, CSVExportAdmin, DjangoUserAdmin):
    form = UserForm
    ordering = ("id",)
    list_display = ("email", "name", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "is_account_current", "is_demo", "groups")
    search_fields = ("email", "name")
    readonly_fields = (
        *("last_login", "date_joined", "is_demo"),
        *("has_real_address", "has_old_passwords"),
    )
    csv_fields = (
        *("id", "email", "name", "is_active", "is_staff", "is_superuser"),
        *("is_account_current", "is_demo", "date_joined", "last_login"),
    )
    fieldsets = (
        (None, {"fields": LOGIN_FIELDS}),
        ("Status", {"fields": STATUS_FIELDS}),
        ("Permissions", {"fields": PERMISSION_FIELDS}),
        ("Important dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
    )

    @admin.display(boolean=True, description="Real email address")
    def has_real_address(self, user: User) -> bool:
        """Return False for a placeholder, to which no email is sent."""
        return user.has_real_address

    @admin.display(boolean=True, description="Old passwords until the next login")
    def has_old_passwords(self, user: User) -> bool:
        return user.old_passwords.usable().exists()

    def get_readonly_fields(
        self, request: HttpRequest, obj: User | None = None
    ) -> tuple[str, ...]:
        """Return the permission fields, too, unless the user is a superuser.

        Otherwise staff who may change users could give themselves all permissions.
        """
        fields = tuple(map(str, super().get_readonly_fields(request, obj)))
        return fields if is_superuser(request) else (*fields, *PERMISSION_FIELDS)

    def has_change_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        is_allowed = super().has_change_permission(request, obj)
        return is_allowed and (obj is None or can_manage(request.user, obj))

    def has_delete_permission(
        self, request: HttpRequest, obj: User | None = None
    ) -> bool:
        is_allowed = super().has_delete_permission(request, obj)
        return is_allowed and (obj is None or can_manage(request.user, obj))


def can_manage(manager: User | AnonymousUser, user: User) -> bool:
    """Return whether the manager has all permissions of the user.

    Anyone who can set a user's password or email address can log in as that user.
    """
    if manager.is_superuser or manager.pk == user.pk:
        return True
    if user.is_superuser or (user.is_staff and not manager.is_staff):
        return False
    return user.get_all_permissions() <= manager.get_all_permissions()


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(RightsMixin, SearchMixin, CSVExportAdmin, DjangoGroupAdmin):
    """Groups, which only superusers change: staff could be members themselves."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Object = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Object = None) -> bool:
        return is_superuser(request)


@admin.register(AttemptCounter)
class AttemptCounterAdmin(SearchAdmin):
    """Counters of attempts, read-only. Deleting one lifts the limit for its subject."""

    list_display = ("__str__", "purpose", "expires_at")
    list_filter = ("purpose",)
    search_fields = ("key",)
    csv_fields = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Object = None) -> bool:
        return False


admin.site.unregister([OutstandingToken, BlacklistedToken])


@admin.register(OutstandingToken)
class OutstandingTokenAdmin(SearchLimitMixin, token_admin.OutstandingTokenAdmin):
    pass


@admin.register(BlacklistedToken)
class BlacklistedTokenAdmin(SearchLimitMixin, token_admin.BlacklistedTokenAdmin):
    pass
