"""Texts of the old services. Clients compare them: don't correct them."""

from __future__ import annotations

OTHER_OWNER = "The user id does not match the owner id"
COMMAND_DONE = "This is no longer a REST resource. We can do anything."
