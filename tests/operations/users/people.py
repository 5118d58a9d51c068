"""What the tests of the operations on users share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from directory.actors import Actor
from directory.errors import DirectoryError
from directory.models import (
    AuditEntry,
    Authenticator,
    Identity,
    IdentityType,
    Membership,
    Message,
    OneTimeCode,
    Organization,
    PasswordHistory,
    RecoveryCode,
    SignUpCount,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.operations.users import create_user

Entries = Callable[..., list[Any]]
ZOE = "zoe@example.com"
PHONE = "+4930123456"


def make_zoe(actor: Actor, **given: Any) -> User:
    return create_user(actor=actor, **{"login_id_key": "email", "login_id": ZOE, **given})


def join(user: User, organization: Organization, **columns: Any) -> None:
    now = timezone.now()
    Membership.objects.create(user=user, organization=organization, created_at=now, updated_at=now, **columns)


def oauth(user: User, **claims: str) -> Identity:
    return Identity.objects.create(
        user=user, type=IdentityType.OAUTH, provider_type="google", provider_alias="google", **claims
    )


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def words(user: User) -> set[str]:
    """The tokens of the search vector as it is stored."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(search_vector) FROM directory_user WHERE id = %s", [user.pk])
        return set(cursor.fetchone()[0])


def everything() -> dict[str, Any]:
    models = (Message, OneTimeCode, PasswordHistory, RecoveryCode)
    models += (User, Identity, VerifiedClaim, Authenticator, UserRole, UserGroup, Membership, SignUpCount)
    rows: dict[str, Any] = {model.__name__: list(model.objects.order_by("pk").values()) for model in models}
    return {**rows, "entries": AuditEntry.objects.count()}


@contextmanager
def refused(error: type[DirectoryError], code: str) -> Iterator[Any]:
    """Expects the error with exactly this code, and nothing changed by it."""
    before = everything()
    with pytest.raises(error) as caught:
        yield caught
    assert caught.value.code == code
    assert everything() == before


def cause(caught: Any) -> tuple[str, str]:
    (only,) = caught.value.causes
    return only.field, only.kind


def race(number: int, act: Callable[[], Any]) -> list[Any]:
    """Runs ``act`` in so many threads at once, each on its own connection: the results, errors among them."""
    start = Barrier(number)
    results: list[Any] = []

    def run() -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            results.append(act())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
