"""People whom an import adds: gathered row by row, written all at once with COPY."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from django.db import connection
from uuid_utils import uuid7

from directory.audit import Entry, Event
from directory.encryption import encrypt
from directory.models import AuthenticatorKind, AuthenticatorType, Group, Role, User
from directory.models.base import new_id
from directory.operations.search import status_tokens
from directory.operations.users.create import count_sign_ups
from directory.operations.users.entries import subject_of
from directory.values.account_status import AccountStatus, disable, set_valid_period
from directory.values.import_credentials import PasswordRecord
from directory.values.import_records import CheckedRow, ImportRecord
from directory.values.login_ids import LoginID
from directory.values.search_words import group_token, role_token

#: What a stored TOTP seed of a user is encrypted for.
TOTP_CONTEXT = "user.totp"

_ORDINARY = AccountStatus()


@dataclass(slots=True)
class NewUser:
    """The columns of a user to be added. Not the model: to make one took a fifth of the time of an import."""

    id: UUID
    standard_attributes: dict[str, Any]
    custom_attributes: dict[str, Any]
    status: AccountStatus
    #: The id as every table's COPY writes it.
    text: str


class Newcomer(NamedTuple):
    """One person to be added, and the row that adds them."""

    row: CheckedRow
    user: NewUser
    login_ids: Sequence[LoginID]


@dataclass(slots=True)
class Newcomers:
    """Who is to be added. Roles and groups are those the rows name, by key."""

    roles: Mapping[str, Role]
    groups: Mapping[str, Group]
    people: list[Newcomer] = field(default_factory=list)

    def add(self, row: CheckedRow, record: ImportRecord, now: datetime) -> Newcomer:
        """Make the person, in memory. Raises ``Invalid`` for a valid period that is none."""
        login_ids = in_order(record)
        standard = {name: value for name, value in record.standard.items() if value is not None}
        standard.update((name, found.value) for name, found in record.login_ids.items() if found is not None)
        custom = {name: value for name, value in record.custom.items() if value is not None}
        plain = not (record.disabled or record.period or record.delete_at)
        status = _ORDINARY if plain else _status(record, now)
        id = new_id()
        newcomer = Newcomer(row, NewUser(id, standard, custom, status, str(id)), login_ids)
        self.people.append(newcomer)
        return newcomer

    def write(self, now: datetime) -> None:
        """Write everybody with one COPY a table. Raises Django's ``IntegrityError`` when somebody was quicker."""
        if not self.people:
            return
        moment = now.isoformat()
        _copy("directory_user", _USER, self._user_rows(moment))
        _copy("directory_identity", _IDENTITY, self._identity_rows(moment))
        _copy("directory_verifiedclaim", "user_id, name, value, created_at", self._verified_rows(moment))
        for name, keyed in (("role", self.roles), ("group", self.groups)):
            ids = {key: row.id for key, row in keyed.items()}
            rows = self._membership_rows(f"{name}s", ids, moment)
            _copy(f"directory_user{name}", f"user_id, {name}_id, created_at", rows)
        _copy("directory_authenticator", _AUTHENTICATOR, self._authenticator_rows(moment))
        count_sign_ups(now.astimezone(UTC).date(), len(self.people))

    def entry(self, newcomer: Newcomer, import_id: UUID) -> Entry:
        """The entry of one person: ``create_user``'s, and whatever else the record gave them."""
        record = newcomer.row.record
        assert record is not None
        user = newcomer.user
        new: dict[str, Any] = {"login_id": record.identifier.value}
        new.update((f"standard_attributes.{name}", value) for name, value in user.standard_attributes.items())
        new.update((f"custom_attributes.{name}", value) for name, value in user.custom_attributes.items())
        if user.status is not _ORDINARY:
            new.update((name, value) for name, value in asdict(user.status).items() if value not in (None, False))
        for name, value in (
            ("further_login_ids", [found.value for found in record.further_login_ids]),
            ("verified", [name for name, flag in record.verified.items() if flag]),
            ("roles", list(record.roles or ())),
            ("groups", list(record.groups or ())),
            ("authenticators", [row[4] for row in _authenticators(newcomer, "")]),
        ):
            if value:
                new[name] = value
        return Entry(
            event=Event.USER_CREATED,
            subject=subject_of(cast("User", user)),
            user_id=user.id,
            new=new,
            details={
                "import_id": import_id,
                "login_id_key": record.identifier.key,
                "login_id_type": record.identifier.type.value,
            },
        )

    def _user_rows(self, moment: str) -> Iterable[tuple[Any, ...]]:
        for row, user, _ in self.people:
            assert row.record is not None
            marks = [user.id.hex]
            marks += [role_token(self.roles[key].id) for key in row.record.roles or ()]
            marks += [group_token(self.groups[key].id) for key in row.record.groups or ()]
            status = user.status
            if status is not _ORDINARY:
                marks += status_tokens(status)
            words = row.record.search_words
            yield (
                user.text,
                moment,
                moment,
                orjson.dumps(user.standard_attributes).decode(),
                orjson.dumps(user.custom_attributes).decode(),
                status.is_disabled,
                status.account_valid_from,
                status.account_valid_until,
                status.delete_at,
                False,
                False,
                _vector(f"{words} {' '.join(marks)}" if words else " ".join(marks)),
            )

    def _identity_rows(self, moment: str) -> Iterable[tuple[Any, ...]]:
        for _, user, login_ids in self.people:
            user_id = user.text
            for found in login_ids:
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
        for row, user, _ in self.people:
            assert row.record is not None
            for claim, flag in row.record.verified.items():
                value = user.standard_attributes.get(claim)
                if flag and value is not None:
                    yield user.text, claim, value, moment

    def _membership_rows(self, name: str, ids: Mapping[str, UUID], moment: str) -> Iterable[tuple[Any, ...]]:
        for row, user, _ in self.people:
            for key in getattr(row.record, name) or ():
                yield user.text, str(ids[key]), moment

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
    record = newcomer.row.record
    assert record is not None
    factors = record.second_factors
    if record.password is None and factors.password is None and factors.totp_secret is None and not factors.targets:
        return
    user_id = newcomer.user.text
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
        sealed = encrypt(factors.totp_secret, context=TOTP_CONTEXT)
        yield row(AuthenticatorKind.SECONDARY, AuthenticatorType.TOTP, sealed, None, None, None)
    for email in factors.targets.get("email", ()):
        yield row(AuthenticatorKind.SECONDARY, AuthenticatorType.OOB_OTP_EMAIL, None, None, email, None)
    for phone in factors.targets.get("phone_number", ()):
        yield row(AuthenticatorKind.SECONDARY, AuthenticatorType.OOB_OTP_SMS, None, None, None, phone)


def _vector(words: str) -> str:
    """Blank-separated tokens in the text form of a ``tsvector``; the database sorts them and drops repetitions."""
    escaped = words.replace("\\", "\\\\").replace("'", "''").replace(" ", "' '")
    return f"'{escaped}'"


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    rows = list(rows)
    if not rows:
        return
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
