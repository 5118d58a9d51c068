"""People whom an import adds: gathered row by row, written all at once with COPY."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from uuid_utils import uuid7

from directory.audit import Entry, Event, Subject
from directory.encryption import encrypt
from directory.models import AuthenticatorKind, AuthenticatorType, Group, Role
from directory.models.base import new_id
from directory.models.copying import copy_rows
from directory.operations.authenticators.totp import seed_context
from directory.operations.search import status_tokens
from directory.operations.users.create import count_sign_ups
from directory.values.account_status import AccountStatus, disable, set_valid_period
from directory.values.import_credentials import PasswordRecord
from directory.values.import_newcomers import Prepared
from directory.values.import_records import ImportRecord
from directory.values.import_rows import CheckedRow
from directory.values.login_ids import LoginID
from directory.values.search_words import group_token, role_token

_ORDINARY = AccountStatus()


class Newcomer(NamedTuple):
    """One person to be added, and the row that adds them. Not the model: to make one took a fifth of an import."""

    row: CheckedRow
    record: ImportRecord
    prepared: Prepared
    id: UUID
    #: The id as every table's COPY writes it.
    text: str
    login_ids: Sequence[LoginID]
    status: AccountStatus


@dataclass(slots=True)
class Newcomers:
    """Who is to be added. Roles and groups are those the rows name, by key."""

    roles: Mapping[str, Role]
    groups: Mapping[str, Group]
    people: list[Newcomer] = field(default_factory=list)

    def add(self, row: CheckedRow, record: ImportRecord, now: datetime) -> Newcomer:
        """Make the person, in memory. Raises ``Invalid`` for a valid period that is none."""
        plain = not (record.disabled or record.period or record.delete_at)
        status = _ORDINARY if plain else _status(record, now)
        id = new_id()
        assert row.prepared is not None
        newcomer = Newcomer(row, record, row.prepared, id, str(id), in_order(record), status)
        self.people.append(newcomer)
        return newcomer

    def write(self, now: datetime) -> None:
        """Write everybody with one COPY a table. Raises Django's ``IntegrityError`` when somebody was quicker."""
        if not self.people:
            return
        moment = now.isoformat()
        copy_rows("directory_user", _USER, self._user_rows(moment))
        copy_rows("directory_identity", _IDENTITY, self._identity_rows(moment))
        copy_rows("directory_verifiedclaim", "user_id, name, value, created_at", self._verified_rows(moment))
        for name, keyed in (("role", self.roles), ("group", self.groups)):
            ids = {key: row.id for key, row in keyed.items()}
            rows = self._membership_rows(f"{name}s", ids, moment)
            copy_rows(f"directory_user{name}", f"user_id, {name}_id, created_at", rows)
        copy_rows("directory_authenticator", _AUTHENTICATOR, self._authenticator_rows(moment))
        count_sign_ups(now.astimezone(UTC).date(), len(self.people))

    def entry(self, newcomer: Newcomer, import_id: UUID) -> Entry:
        """The entry of one person: ``create_user``'s, and whatever else the record gave them."""
        prepared, identifier = newcomer.prepared, newcomer.record.identifier
        return Entry(
            event=Event.USER_CREATED,
            subject=Subject(kind="user", id=newcomer.id, label=prepared.label),
            user_id=newcomer.id,
            new=orjson.Fragment(prepared.facts) if newcomer.status is _ORDINARY else facts_of(newcomer),
            details={
                "import_id": import_id,
                "login_id_key": identifier.key,
                "login_id_type": identifier.type.value,
            },
        )

    def _user_rows(self, moment: str) -> Iterable[tuple[Any, ...]]:
        for _, record, prepared, id, text, _, status in self.people:
            vector = f"{prepared.vector} '{id.hex}'"
            for key in record.roles or ():
                vector += f" '{role_token(self.roles[key].id)}'"
            for key in record.groups or ():
                vector += f" '{group_token(self.groups[key].id)}'"
            if status is not _ORDINARY:
                vector += "".join(f" '{token}'" for token in status_tokens(status))
            yield (
                text,
                moment,
                moment,
                prepared.standard_attributes,
                prepared.custom_attributes,
                status.is_disabled,
                status.account_valid_from,
                status.account_valid_until,
                status.delete_at,
                False,
                False,
                vector,
            )

    def _identity_rows(self, moment: str) -> Iterable[tuple[Any, ...]]:
        for newcomer in self.people:
            user_id = newcomer.text
            for found in newcomer.login_ids:
                claim, value = found.claim_name, found.value
                yield (
                    str(uuid7()),
                    moment,
                    moment,
                    user_id,
                    "login_id",
                    value if claim == "email" else None,
                    value if claim == "phone_number" else None,
                    value if claim == "preferred_username" else None,
                    found.type.value,
                    found.key,
                    found.original_value,
                    found.unique_key,
                    "{}",
                )

    def _verified_rows(self, moment: str) -> Iterable[tuple[Any, ...]]:
        for newcomer in self.people:
            for claim, flag in newcomer.record.verified.items():
                found = newcomer.record.login_ids.get(claim)
                if flag and found is not None:
                    yield newcomer.text, claim, found.value, moment

    def _membership_rows(self, name: str, ids: Mapping[str, UUID], moment: str) -> Iterable[tuple[Any, ...]]:
        for newcomer in self.people:
            for key in getattr(newcomer.record, name) or ():
                yield newcomer.text, str(ids[key]), moment

    def _authenticator_rows(self, moment: str) -> Iterable[tuple[Any, ...]]:
        for newcomer in self.people:
            yield from _authenticators(newcomer, moment)


_USER = (
    "id, created_at, updated_at, standard_attributes, custom_attributes, is_disabled, account_valid_from,"
    " account_valid_until, delete_at, is_deactivated, is_anonymized, search_vector"
)
_IDENTITY = (
    "id, created_at, updated_at, user_id, type, email, phone_number, preferred_username, login_id_type, login_id_key,"
    " original_value, unique_key, details"
)
_AUTHENTICATOR = "id, created_at, updated_at, user_id, type, kind, is_default, secret, expire_after, email, phone"


def facts_of(newcomer: Newcomer) -> dict[str, Any]:
    """All that adding this person sets, by the names that entries use."""
    facts: dict[str, Any] = orjson.loads(newcomer.prepared.facts)
    return facts | {name: value for name, value in asdict(newcomer.status).items() if value not in (None, False)}


def in_order(record: ImportRecord) -> list[LoginID]:
    """A record's login IDs, oldest first: the order decides which one is the newest."""
    found = [login_id for login_id in (*record.login_ids.values(), *record.further_login_ids) if login_id is not None]
    if len(found) > 1:
        place = {key: index for index, key in enumerate(record.order)}
        found.sort(key=lambda login_id: place[login_id.unique_key])
    return found


def _status(record: ImportRecord, now: datetime) -> AccountStatus:
    status = AccountStatus()
    if record.disabled:
        status = disable(status, now)
    if record.period:
        status = set_valid_period(
            status,
            now,
            valid_from=record.period.get("account_valid_from"),
            valid_until=record.period.get("account_valid_until"),
        )
    if record.delete_at is not None and record.delete_at > now:
        columns = {name: getattr(status, name) for name in ("account_valid_from", "account_valid_until")}
        status = AccountStatus(is_disabled=True, delete_at=record.delete_at, **columns)
    return status


def _authenticators(newcomer: Newcomer, moment: str) -> Iterable[tuple[Any, ...]]:
    record = newcomer.record
    factors = record.second_factors
    if record.password is None and factors.password is None and factors.totp_secret is None and not factors.targets:
        return
    user_id = newcomer.text
    passwords: list[tuple[AuthenticatorKind, PasswordRecord | None]] = [
        (AuthenticatorKind.PRIMARY, record.password),
        (AuthenticatorKind.SECONDARY, factors.password),
    ]

    def row(kind: AuthenticatorKind, type: AuthenticatorType, *rest: Any) -> tuple[Any, ...]:
        return (str(new_id()), moment, moment, user_id, type.value, kind.value, False, *rest)

    for kind, password in passwords:
        if password is not None:
            yield row(kind, AuthenticatorType.PASSWORD, password.encoded, password.expire_after, None, None)
    if factors.totp_secret is not None:
        id, *rest = row(AuthenticatorKind.SECONDARY, AuthenticatorType.TOTP)
        yield (id, *rest, encrypt(factors.totp_secret, context=seed_context(id)), None, None, None)
    for email in factors.targets.get("email", ()):
        yield row(AuthenticatorKind.SECONDARY, AuthenticatorType.OOB_OTP_EMAIL, None, None, email, None)
    for phone in factors.targets.get("phone_number", ()):
        yield row(AuthenticatorKind.SECONDARY, AuthenticatorType.OOB_OTP_SMS, None, None, None, phone)
