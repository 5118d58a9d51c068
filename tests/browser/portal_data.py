"""What the browser's portal holds: the demo's people, and administrators to sign in as."""

import itertools
from functools import lru_cache
from typing import Any
from uuid import UUID

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.auth.hashers import make_password

from directory.actors import Actor, Door, system
from directory.models import Administrator, Authenticator, Job, User
from directory.models.base import new_id
from directory.operations.api_clients import IssuedKey, create_api_client
from directory.operations.authenticators import create_authenticator
from directory.operations.jobs import request_export
from directory.operations.roles import add_user_to_roles, create_role
from directory.operations.users import create_user, delete_user, disable_user
from directory.queries.users.fields import state
from portal import administrator_sessions
from portal.sample import directory
from tests.signin.fixtures import enrolled, sign_in_at_once
from tests.signin.steps import PASSWORD
from tests.write_guard import GuardedClient

PEOPLE = 120
#: All of one length: none is the beginning of another, which searches would find as well.
_number = itertools.count(1001)


def actor() -> Actor:
    """Who prepares what a test needs: the command line."""
    return system(Door.COMMAND, label="preparation")


def fill() -> None:
    """People in every state, roles, groups, two organizations, custom attributes of every type."""
    directory.fill(actor(), PEOPLE)


@lru_cache(maxsize=1)
def _hash() -> str:
    return make_password(PASSWORD)


def administrator(role: str = "owner", name: str = "olga") -> Administrator:
    """A new administrator with ``PASSWORD`` and an authenticator app."""
    return enrolled(f"{name}-{next(_number)}@example.com", role, _hash())


def newcomer() -> Administrator:
    """A new administrator who has yet to enrol a second factor."""
    return Administrator.objects.create(email=f"nina-{next(_number)}@example.com", name="Nina", password=_hash())


def session_of(someone: Administrator) -> GuardedClient:
    """A session in which ``someone`` has just proved who they are. Its cookie is ``cookies["session"]``."""
    return sign_in_at_once(GuardedClient(), someone)


def make_stale(client: GuardedClient) -> None:
    """The proof of identity is ten minutes old."""
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= 600
    session.save()


def make_idle(client: GuardedClient) -> None:
    """The session was last used half an hour ago."""
    session = client.session
    session[administrator_sessions.SEEN_AT] -= 1800
    session.save()


def person(given_name: str = "Wilma", family_name: str = "", **attributes: Any) -> User:
    """A user of the test's own, with an address that nobody else has."""
    number = next(_number)
    names = {"given_name": given_name, "family_name": family_name or f"Testname{number}", **attributes}
    return create_user(
        actor=actor(),
        login_id_key="email",
        login_id=f"{given_name.lower()}.{number}@example.com",
        standard_attributes=names,
    )


def give_role(user: User, key: str) -> None:
    add_user_to_roles(actor=actor(), user_id=user.pk, role_keys=[key])


def disable(user: User, reason: str | None = None) -> None:
    disable_user(actor=actor(), user_id=user.pk, reason=reason)


def unused(word: str) -> str:
    """``word`` with a number that nothing else has: for keys and slugs."""
    return f"{word}_{next(_number)}"


def role(name: str) -> str:
    """A new role; returns its key."""
    key = unused(name.lower())
    create_role(actor=actor(), key=key, name=name)
    return key


def one_of_each_state() -> list[UUID]:
    """Ids of users, one in each state that an account can be in."""
    users = User.objects.annotate(found=state()).order_by("id")
    return [users.filter(found=name)[0].pk for name in users.values_list("found", flat=True).distinct().order_by()]


def api_client(name: str) -> IssuedKey:
    """A new API client that may see users."""
    return create_api_client(actor=actor(), name=name, scopes=["users.view"], algorithm="EdDSA")


def second_factor(user: User) -> Authenticator:
    """A second factor of this user that can be removed."""
    held = Authenticator.objects.filter(user=user, kind="secondary", type="oob_otp_email").first()
    return held or create_authenticator(
        actor=actor(), user_id=user.pk, kind="secondary", type="oob_otp_email", email=f"second.{user.pk}@example.com"
    )


def export_job() -> Job:
    """A job in the queue."""
    return request_export(actor=actor(), job_id=new_id(), file_format="csv")


def deleted_person() -> UUID:
    """The id of somebody deleted a moment ago."""
    return delete_user(actor=actor(), user_id=person("Gone").pk)
