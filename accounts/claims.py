"""Callers who are taken at their token's word until the statement that writes.

To read the caller's row first takes one more way to the database. Where all that a
request does is to write a new row, its statement may look by itself:

    INSERT INTO … SELECT … WHERE EXISTS (SELECT FROM accounts_user WHERE id = … AND …)

    class BucketlistViewSet(ClaimsSuffice, …):
        claims_suffice = {"create"}

    with proving(owner) as condition:
        insert([row], condition)

Whatever else becomes of the request, the caller's row is read before anything is told.
"""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import AuthenticationFailed

from accounts.models import User
from common.inserts import ALWAYS, Condition, NotProvided, is_postgresql
from common.statements import instance_of

# As TokenAuthentication looks at a user.
MAY_STILL = f"""EXISTS (
    SELECT FROM {User._meta.db_table}
    WHERE id = %s AND is_active AND upper(md5(password)) = %s
)"""


def claimed(key: int, issued_for: Any) -> User:
    """The user that a token names, of whom nothing else is known yet."""
    user: User = instance_of(User, {"id": key})
    vars(user)["claim"] = Condition(MAY_STILL, (key, issued_for))
    return user


class proving:  # noqa: N801 - as Python's own context managers
    """The condition of what is written in the user's name, which proves their claim."""

    def __init__(self, user: User) -> None:
        self.user = user

    def __enter__(self) -> Condition:
        found: Condition = vars(self.user).get("claim", ALWAYS)
        return found

    def __exit__(self, kind: Any, *error: object) -> None:
        if kind is None:
            vars(self.user).pop("claim", None)


class ClaimsSuffice:
    """For views, some of whose actions write nothing but on the condition above."""

    claims_suffice: frozenset[str] = frozenset()
    action: Any
    request: Any

    def takes_claims(self) -> bool:
        # Others have no `md5()`, and are asked for the caller's row first.
        return self.action in self.claims_suffice and is_postgresql()

    def prove(self) -> None:
        """Reads the caller's row if that is still to be done."""
        user = vars(self.request).get("_user")
        if user and "claim" in vars(user):
            authenticator = self.request._authenticator
            self.request.user = authenticator.proven_user(self.request.auth)

    def handle_exception(self, exc: Exception) -> Any:
        try:
            self.prove()
            if isinstance(exc, NotProvided):
                raise AuthenticationFailed("Token is invalid.", code="token_not_valid")
        except AuthenticationFailed as refusal:
            self.request._not_authenticated()
            exc = refusal
        return super().handle_exception(exc)  # type: ignore[misc]

    def finalize_response(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        # Where an action forgets the condition, nothing is told either.
        self.prove()
        return super().finalize_response(request, *args, **kwargs)  # type: ignore[misc]
