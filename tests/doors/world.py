"""One small world for every write, and a snapshot of it that two doors can be compared by."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Sum
from django.utils import timezone

from directory.actors import Door, system
from directory.models import (
    Administrator,
    AdministratorSession,
    AuditEntry,
    AuditPersonal,
    Authenticator,
    CustomAttribute,
    Group,
    Identity,
    Job,
    Organization,
    Role,
    SecondFactor,
    SignUpCount,
    User,
)
from directory.operations.authenticators import (
    create_authenticator,
    generate_recovery_codes,
    set_mfa_grace_period,
    set_password,
)
from directory.operations.custom_attributes import create_custom_attribute
from directory.operations.groups import add_group_to_users, create_group
from directory.operations.identities import add_login_id
from directory.operations.organizations import add_member, create_organization
from directory.operations.roles import add_role_to_groups, add_role_to_users, create_role
from directory.operations.users import (
    anonymize_user,
    create_user,
    delete_user,
    disable_user,
    schedule_anonymization,
    schedule_deletion,
)
from tests.doors.signed_in import SignedIn, sign_in

HOST = system(Door.COMMAND)
PASSWORD = "quiet river under stones"


@dataclass(frozen=True)
class Guarded:
    """A user with factors of every kind."""

    user: User
    code: Authenticator
    passkey: Authenticator


def guard(user: User) -> Guarded:
    set_password(actor=HOST, user_id=user.id, password=PASSWORD)
    factor = {"kind": "secondary", "type": "oob_otp_email", "email": "vera@second.example.com"}
    code = create_authenticator(actor=HOST, user_id=user.id, **factor)
    generate_recovery_codes(actor=HOST, user_id=user.id)
    set_mfa_grace_period(actor=HOST, user_id=user.id, end_at=timezone.now() + timedelta(days=2))
    passkey = Authenticator.objects.create(user=user, kind="primary", type="passkey", credential_id="AQID")
    return Guarded(user, code, passkey)


@dataclass(frozen=True)
class World:
    """People, roles, groups and organizations, some tied and some free, so that each write has something to do."""

    zoe: User
    yan: User
    disabled: User
    leaving: User
    fading: User
    email: Identity
    phone: Identity
    held: Role
    free: Role
    inside: Group
    outside: Group
    acme: Organization
    globex: Organization
    town: CustomAttribute
    gone: UUID
    faded: User
    guarded: Guarded
    signed_in: SignedIn


def make_world() -> World:
    def user(name: str) -> User:
        return create_user(actor=HOST, login_id_key="email", login_id=f"{name}@example.com")

    zoe, yan, disabled, leaving, fading = map(user, ("zoe", "yan", "disabled", "leaving", "fading"))
    disable_user(actor=HOST, user_id=disabled.id)
    schedule_deletion(actor=HOST, user_id=leaving.id)
    schedule_anonymization(actor=HOST, user_id=fading.id)
    phone = add_login_id(actor=HOST, user_id=zoe.id, key="phone", value="+442079460018")
    acme = create_organization(actor=HOST, slug="acme", name="Acme")
    globex = create_organization(actor=HOST, slug="globex", name="Globex")
    add_member(actor=HOST, organization_id=acme.id, user_id=zoe.id)
    held, free = (create_role(actor=HOST, key=key, name=key.title()) for key in ("held", "free"))
    inside, outside = (create_group(actor=HOST, key=key, name=key.title()) for key in ("inside", "outside"))
    add_role_to_users(actor=HOST, role_key="held", user_ids=[zoe.id])
    add_group_to_users(actor=HOST, group_key="inside", user_ids=[zoe.id])
    add_role_to_groups(actor=HOST, role_key="held", group_keys=["inside"])
    town = create_custom_attribute(actor=HOST, name="age", type="integer", minimum=0.0, maximum=150.0)
    email = Identity.objects.get(user=zoe, login_id_type="email")
    gone, faded = (user(name) for name in ("gone", "faded"))
    delete_user(actor=HOST, user_id=gone.id)
    anonymize_user(actor=HOST, user_id=faded.id)
    return World(
        zoe,
        yan,
        disabled,
        leaving,
        fading,
        email,
        phone,
        held,
        free,
        inside,
        outside,
        acme,
        globex,
        town,
        gone.id,
        faded,
        guard(user("vera")),
        sign_in(HOST, user("uma")),
    )


#: Columns that cannot be equal in two runs, and the log, which is compared apart.
_VARYING = {
    "id",
    "created_at",
    "updated_at",
    "seq",
    "last_login_at",
    "delete_at",
    "anonymize_at",
    "shard",
    "public_key",
}
#: Of what is kept of deleted users: times, who did it, and encrypted values, which never look the same.
_VARYING |= {"deleted_at", "expires_at", "deleted_by_id", "label", "snapshot"}
#: Hashes, each with a salt or of a secret of its own; and what is encrypted.
_VARYING |= {"secret", "secret_set_at", "code_hash", "body", "next_attempt_at", "window_started_at"}
#: Who asked for a job.
_OF_JOBS = {"created_by", "personal", "key"}
_APART = {AuditEntry, AuditPersonal, Administrator, AdministratorSession, SecondFactor}


def rows() -> dict[str, list[str]]:
    """Every row of the directory, without ids of its own and times, sorted."""
    found = {}
    for model in apps.get_app_config("directory").get_models():
        if model in _APART or model._meta.model_name.endswith("objectpermission"):
            continue
        left_out = _VARYING | _OF_JOBS if model is Job else _VARYING
        columns = [field.attname for field in model._meta.concrete_fields if field.attname not in left_out]
        found[model._meta.model_name] = sorted(
            json.dumps(row, default=str, sort_keys=True) for row in model.objects.values(*columns)
        )
    # Which shard of its day a new user is counted in is chance.
    days = SignUpCount.objects.values_list("day").annotate(count=Sum("count"))
    found["signupcount"] = [f"{day}: {count}" for day, count in days.order_by("day")]
    return found


def entries_after(known: set[UUID]) -> list[dict[str, Any]]:
    """The entries written since, oldest first, without author, door and what belongs to one request."""
    personal = {row.entry_id: row.values for row in AuditPersonal.objects.all()}
    found = []
    for entry in AuditEntry.objects.exclude(pk__in=known).order_by("id"):
        parts = personal[entry.pk]
        found.append(
            {
                "type": entry.activity_type,
                "outcome": entry.outcome,
                "subject": entry.subject_kind,
                "user": entry.user_id is not None,
                "organization": entry.organization_id,
                "details": entry.facts,
                "label": parts.get("subject"),
                "old": parts.get("old"),
                "new": parts.get("new"),
            }
        )
    return found


_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?7[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_MOMENT = re.compile(r"20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+(Z|\+00:00)")


def comparable(value: Any, known: set[str]) -> str:
    """A snapshot as text in which ids made since and the present moment are masked."""
    text = json.dumps(value, default=_plain, sort_keys=True, indent=1)
    text = _UUID.sub(lambda match: match[0] if match[0].replace("-", "") in known else "new-id", text)
    return _MOMENT.sub("moment", text)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
