from __future__ import annotations

import factory

from accounts.models import User

PASSWORD = "correct horse battery staple"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda user: f"{user.name}@example.com")
    password = factory.django.Password(PASSWORD)
    # As if registered at `/v1.0/users`.
    uses_goals = True


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def change_password(user: User) -> None:
    user.set_password("another one")
    user.save()


# Each of them ends all tokens of a user.
ENDS = [deactivate, change_password, User.delete]
