"""Texts of the old services. Clients compare them: don't correct them."""

from __future__ import annotations

BAD_CREDENTIALS = "Invalid email or password, Please try again"
REGISTERED = "You registered successfully. Please log in."
ALREADY_REGISTERED = "User already exists. Please login."
LOGGED_IN = "You logged in successfully."
