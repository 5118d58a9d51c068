"""Making a user."""

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.models import Identity, User
from directory.operations.base import operation
from directory.operations.search import refresh_search
from directory.operations.users.attributes import (
    OWNED_ATTRIBUTES,
    Checks,
    checked_custom_attributes,
    require_ownership,
)
from directory.operations.users.entries import attributes_of, status_of, subject_of
from directory.operations.users.login_ids import insert_login_id
from directory.permissions import Permission, require
from directory.values.account_status import AccountStatus, set_valid_period
from directory.values.login_ids import LoginID, parse_login_id
from directory.values.standard_attributes import validate_standard_attributes

#: Rows a day's count is spread over, so that two creations seldom wait for one another.
SIGN_UP_SHARDS = 16


@operation(permission=Permission.USERS_CREATE)
def create_user(
    *,
    actor: Actor,
    login_id_key: str,
    login_id: str,
    standard_attributes: Mapping[str, Any] | None = None,
    custom_attributes: Mapping[str, Any] | None = None,
    account_valid_from: datetime | None = None,
    account_valid_until: datetime | None = None,
    password: str | None = None,
    send_password: bool = False,
    set_password_expired: bool = False,
) -> User:
    """Make a user with one unverified login ID, whose value also becomes the standard attribute that goes with it.

    ``login_id_key`` is a key of the login-ID policy (``email``, ``phone``, ``username``); the valid period is from
    inclusive to exclusive. A ``password`` that is empty is generated, one that is absent not set; ``send_password``
    mails it, ``set_password_expired`` makes the user choose another. Where passwords are no first factor it is not set.
    Giving one needs ``users.credentials``, too. Returns the user. Contract sections 6, 8 and 9.
    Raises ``Forbidden``, ``Invalid`` (``ValidationFailed`` with the causes of all fields; ``InvariantViolated`` for an
    unknown key; ``InvalidAccountStatusTransition`` for a period that ends before it begins; ``PasswordPolicyViolated``;
    ``SendPasswordNoTarget``) and ``Conflict`` (``DuplicatedIdentity``) when the login ID is anybody's already.
    """
    # Here, because those modules need this package whole.
    from directory.operations.authenticators.passwords import chosen_password, mail_password, password_targets
    from directory.operations.authenticators.stored import add_primary_code, store_password

    if password is not None:
        require(actor, Permission.USERS_CREDENTIALS)
    now = timezone.now()
    checks = Checks()
    parsed = checks.run(lambda: parse_login_id(login_id_key, login_id))
    standard = checks.run(lambda: _standard(standard_attributes, parsed))
    custom = checks.run(lambda: {} if custom_attributes is None else checked_custom_attributes(custom_attributes))
    status = checks.run(
        lambda: set_valid_period(AccountStatus(), now, valid_from=account_valid_from, valid_until=account_valid_until)
    )
    checks.finish()
    chosen = None if password is None else chosen_password(password)
    assert parsed is not None
    assert standard is not None
    assert custom is not None
    assert status is not None
    user = User(standard_attributes=standard, custom_attributes=custom, created_at=now, updated_at=now)
    user.set_status(status)
    user.save(force_insert=True)
    identity = insert_login_id(user, parsed)
    add_primary_code(user, parsed)
    if chosen is not None:
        store_password(user, chosen, expire_after=now if set_password_expired else None)
        if send_password:
            mail_password(actor, user, password_targets(user), chosen)
    refresh_search([user.id])
    # Last, because from here to the commit others wait for this row: not also for what they may be refused for.
    count_sign_ups(now.astimezone(UTC).date(), 1)
    audit.record(actor, _entry(user, identity, parsed, chosen is not None))
    return user


def count_sign_ups(day: date, number: int) -> None:
    """Add ``number`` users to those created on a UTC day: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO directory_signupcount AS present (day, shard, count) VALUES (%s, %s, %s)"
            " ON CONFLICT (day, shard) DO UPDATE SET count = present.count + excluded.count",
            [day, secrets.randbelow(SIGN_UP_SHARDS), number],
        )


def _standard(given: Mapping[str, Any] | None, login_id: LoginID | None) -> dict[str, Any]:
    attributes = {} if given is None else validate_standard_attributes(given)
    if login_id is None:
        return attributes
    owned = {name: [login_id.value] if name == login_id.claim_name else [] for name in OWNED_ATTRIBUTES}
    require_ownership(attributes, owned)
    return {**attributes, login_id.claim_name: login_id.value}


def _entry(user: User, identity: Identity, login_id: LoginID, has_password: bool) -> audit.Entry:
    factors = {"authenticators": ["password"]} if has_password else {}
    return audit.Entry(
        event=audit.Event.USER_CREATED,
        subject=subject_of(user),
        user_id=user.id,
        new={"login_id": login_id.value, **attributes_of(user), **status_of(user), **factors},
        details={"identity_id": identity.id, "login_id_key": login_id.key, "login_id_type": login_id.type.value},
    )
