"""Signed-in clients for the tests of every page: quick, because nobody hashes a password or computes a code."""

import time
from collections.abc import Callable

import pytest
from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import Group as AdminRole
from django.utils import timezone

from directory.models import Administrator, Grant
from portal import administrator_sessions as sessions
from portal.sessions import SessionStore
from tests.write_guard import GuardedClient

#: The hash of no password: these administrators come in by the fixture alone.
NO_PASSWORD = "!"


def enrolled(email: str, role: str = "", password: str = NO_PASSWORD) -> Administrator:
    """An administrator with an authenticator app and, if named, an admin role. ``password`` is an encoded hash."""
    administrator = Administrator.objects.create(email=email, name=email.split("@")[0].title(), password=password)
    if role:
        administrator.groups.add(AdminRole.objects.get(name=role))
        Grant.objects.create(administrator=administrator, admin_role=role)
    TOTP.activate(administrator, generate_totp_secret())
    return administrator


def sign_in_at_once(client: GuardedClient, administrator: Administrator) -> GuardedClient:
    """Give ``client`` a session that has just proved password and second factor."""
    Administrator.objects.filter(pk=administrator.pk).update(last_login=timezone.now())
    session = SessionStore()
    session[SESSION_KEY] = str(administrator.pk)
    session[BACKEND_SESSION_KEY] = "portal.authentication.AdministratorBackend"
    session[HASH_SESSION_KEY] = administrator.get_session_auth_hash()
    sessions.begin(session)
    factor = Authenticator.objects.filter(user=administrator, type=Authenticator.Type.TOTP).first()
    sessions.note_second_factor(session, factor.pk if factor else None)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time()}]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(administrator.pk)
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


@pytest.fixture(scope="session", autouse=True)
def _hashing_costs_little() -> None:
    """Still Argon2id, but without its price: what it costs is a setting of production and not of the tests."""
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


@pytest.fixture
def signed_in(db: None) -> Callable[..., GuardedClient]:
    """``signed_in("owner") -> client``: a client of a new administrator with that admin role; ``""`` for none."""

    def make(role: str = "owner") -> GuardedClient:
        email = f"{role or 'nobody'}-{Administrator.objects.count()}@example.com"
        return sign_in_at_once(GuardedClient(), enrolled(email, role))

    return make


@pytest.fixture
def owner_client(signed_in: Callable[..., GuardedClient]) -> GuardedClient:
    """Signed in as an owner, identity freshly proved."""
    return signed_in("owner")


@pytest.fixture
def auditor_client(signed_in: Callable[..., GuardedClient]) -> GuardedClient:
    """Signed in as an auditor, identity freshly proved."""
    return signed_in("auditor")
