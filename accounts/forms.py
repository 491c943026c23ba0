"""Forms to log in with an email address.

Django's own normalize it as a user name, by which `ª` is `a`, another address.
"""

from __future__ import annotations

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm


def address_field() -> forms.CharField:
    attrs = {"autofocus": True, "autocapitalize": "none", "autocomplete": "username"}
    return forms.CharField(widget=forms.TextInput(attrs=attrs), label="Email")


class LoginForm(AuthenticationForm):
    username = address_field()


class AdminLoginForm(AdminAuthenticationForm):
    username = address_field()
