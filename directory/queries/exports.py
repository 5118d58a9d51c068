"""Users as records of the bulk export (contract section 11): oldest first, a batch at a time, memory flat."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from directory.actors import Actor
from directory.models import AuthenticatorType, IdentityType
from directory.permissions import Permission
from directory.queries.users import UserFilter, visible_users
from directory.queries.users.lists import condition_of
from directory.queries.users.search import Walk, matching_ids

BATCH = 2_000

_PROFILE = (
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
)
_OWNED = ("preferred_username", "email", "phone_number")
_USER_COLUMNS = (
    "id",
    "standard_attributes",
    "custom_attributes",
    "is_disabled",
    "delete_at",
    "account_valid_from",
    "account_valid_until",
)
_CLAIMS = ("email", "phone_number", "preferred_username")


def export_records(
    actor: Actor, permission: Permission = Permission.USERS_EXPORT, narrowed: UserFilter | None = None
) -> Iterator[dict[str, Any]]:
    """The users on whom ``actor`` holds ``permission``, in the order of their creation: six statements a batch.

    ``narrowed`` leaves those who fulfil the filter of a list, as far as the actor sees what it names.

    ``disabled`` is the lasting flag, not what the clock makes of the periods, so that an import restores it. What is
    absent is left out; hashes and seeds are never among it. Beside the contract's names there are
    ``account_valid_from`` and ``account_valid_until`` where they are set, which an import reads.
    """
    users = visible_users(actor, permission).order_by("id").values_list(*_USER_COLUMNS)
    if narrowed:
        for ids in _matching(actor, narrowed):
            yield from _records(list(users.filter(id__in=ids)))
        return
    last: UUID | None = None
    while batch := list((users if last is None else users.filter(id__gt=last))[:BATCH]):
        last = batch[-1][0]
        yield from _records(batch)


def _matching(actor: Actor, narrowed: UserFilter) -> Iterator[Sequence[UUID]]:
    condition = condition_of(actor, narrowed)
    last: tuple[UUID] | None = None
    while condition is not None and (ids := matching_ids(condition, Walk("created", ("u.id",), False, last), BATCH)):
        last = (ids[-1],)
        yield ids


def _records(batch: Sequence[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    ids = [row[0] for row in batch]
    belongings = _Belongings(ids)
    for user_id, standard, custom, is_disabled, delete_at, valid_from, valid_until in batch:
        record: dict[str, Any] = {"sub": str(user_id)}
        record.update((name, standard[name]) for name in _OWNED if name in standard)
        for name in ("email", "phone_number"):
            if name in standard:
                record[f"{name}_verified"] = (name, standard[name]) in belongings.verified[user_id]
        record.update((name, standard[name]) for name in _PROFILE if name in standard)
        record["custom_attributes"] = custom
        record["roles"], record["groups"] = belongings.roles[user_id], belongings.groups[user_id]
        record["disabled"] = is_disabled
        for name, moment in (
            ("delete_at", delete_at),
            ("account_valid_from", valid_from),
            ("account_valid_until", valid_until),
        ):
            if moment is not None:
                record[name] = _moment(moment)
        record["identities"] = belongings.identities[user_id]
        record["mfa"] = belongings.factors[user_id]
        record["biometric_count"] = belongings.counts[(user_id, "biometric")]
        record["passkey_count"] = belongings.counts[(user_id, "passkey")]
        yield record


class _Belongings:
    """What belongs to the users of one batch. Plain SQL: an ``IN`` of thousands of ids took most of the time."""

    def __init__(self, ids: Sequence[UUID]) -> None:
        self.verified: defaultdict[UUID, set[tuple[str, str]]] = defaultdict(set)
        self.identities: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
        self.counts: defaultdict[tuple[UUID, str], int] = defaultdict(int)
        self.factors: defaultdict[UUID, dict[str, list[Any]]] = defaultdict(
            lambda: {"emails": [], "phone_numbers": [], "totps": []}
        )
        for user_id, name, value in _rows(_VERIFIED, ids):
            self.verified[user_id].add((name, value))
        self.roles, self.groups = (defaultdict(list, _rows(statement, ids)) for statement in (_ROLES, _GROUPS))
        for user_id, type, *rest in _rows(_IDENTITIES, ids):
            self.counts[(user_id, type)] += 1
            self.identities[user_id].append(_identity(type, rest))
        for user_id, type, email, phone, name in _rows(_FACTORS, ids):
            if type == AuthenticatorType.OOB_OTP_EMAIL:
                self.factors[user_id]["emails"].append(email)
            elif type == AuthenticatorType.OOB_OTP_SMS:
                self.factors[user_id]["phone_numbers"].append(phone)
            elif type == AuthenticatorType.TOTP:
                self.factors[user_id]["totps"].append({"display_name": name})


def _rows(statement: str, ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


_VERIFIED = "SELECT user_id, name, value FROM directory_verifiedclaim WHERE user_id = ANY(%s)"
_ROLES = """
SELECT link.user_id, array_agg(role.key::text ORDER BY role.key)
  FROM directory_userrole AS link JOIN directory_role AS role ON role.id = link.role_id
 WHERE link.user_id = ANY(%s) GROUP BY link.user_id
"""
_GROUPS = """
SELECT link.user_id, array_agg(member.key::text ORDER BY member.key)
  FROM directory_usergroup AS link JOIN directory_group AS member ON member.id = link.group_id
 WHERE link.user_id = ANY(%s) GROUP BY link.user_id
"""
_IDENTITIES = """
SELECT user_id, type, email, phone_number, preferred_username, login_id_type, login_id_key, original_value,
       provider_alias, provider_type, provider_subject, details::text
  FROM directory_identity WHERE user_id = ANY(%s) ORDER BY created_at, id
"""
_FACTORS = """
SELECT user_id, type, email, phone, display_name FROM directory_authenticator
 WHERE user_id = ANY(%s) AND kind = 'secondary' ORDER BY created_at, id
"""


def _identity(type: str, columns: Sequence[Any]) -> dict[str, Any]:
    *values, login_id_type, key, original_value, alias, provider_type, subject, details = columns
    claims = {name: value for name, value in zip(_CLAIMS, values, strict=True) if value is not None}
    if type == IdentityType.LOGIN_ID:
        value = next(iter(claims.values()), "")
        login_id = {"type": login_id_type, "key": key, "value": value, "original_value": original_value}
        return {"type": type, "login_id": login_id, "claims": claims}
    if type == IdentityType.OAUTH:
        oauth = {"provider_alias": alias, "provider_type": provider_type, "provider_subject_id": subject}
        return {"type": type, "oauth": {**oauth, "user_profile": orjson.loads(details)}, "claims": claims}
    return {"type": type, "claims": claims}


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
