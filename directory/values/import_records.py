"""One record of an import: the fields of contract section 11, checked and normalised. Pure: no database, no Django.

Absent keeps what a person has, null removes it, a value sets it. What only an export says (``identities``,
``delete_at``, the lists of ``mfa``) is read when the file is an export of ours, so that import(export(x)) = x.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from directory.errors import Cause, DirectoryError, Invalid, invalid
from directory.values import import_fields as fields
from directory.values.custom_attributes import CustomAttributeDefinition, validate_custom_attributes
from directory.values.import_credentials import PasswordRecord, SecondFactors, read_password, read_second_factors
from directory.values.import_fields import Causes
from directory.values.import_identities import FoundLoginIDs, read_login_ids
from directory.values.login_ids import LoginID
from directory.values.standard_attributes import validate_standard_attributes

IDENTIFIERS: Final = ("email", "preferred_username", "phone_number")
OWNED: Final = ("email", "phone_number", "preferred_username")
PROFILE: Final = (
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
PERIOD: Final = ("account_valid_from", "account_valid_until")
EXPORT_ONLY: Final = frozenset({"sub", "identities", "delete_at", "biometric_count", "passkey_count"})
_VERIFIED: Final = MappingProxyType({"email_verified": "email", "phone_number_verified": "phone_number"})
_KNOWN: Final = frozenset(
    {*OWNED, *PROFILE, *PERIOD, *_VERIFIED, "custom_attributes", "roles", "groups", "disabled", "password", "mfa"}
)


@dataclass(frozen=True, slots=True)
class ImportRules:
    """What a file is read by: the claim that says whose a record is, the definitions of custom attributes, and whether
    the file is an export of ours."""

    identifier: str = "email"
    definitions: Mapping[str, CustomAttributeDefinition] = field(default_factory=dict)
    is_export: bool = False


class ImportRecord(NamedTuple):
    """A checked record. In the mappings a missing name keeps, ``None`` removes, a value sets.

    ``login_ids`` are by claim name; ``further_login_ids`` those of an export that are no standard attribute; ``order``
    the unique keys of all, oldest first. ``standard`` is without the three claims. A named tuple, because
    it crosses between processes.
    """

    identifier: LoginID
    login_ids: Mapping[str, LoginID | None]
    further_login_ids: tuple[LoginID, ...]
    order: tuple[str, ...]
    verified: Mapping[str, bool]
    standard: Mapping[str, Any]
    custom: Mapping[str, Any]
    roles: tuple[str, ...] | None
    groups: tuple[str, ...] | None
    disabled: bool | None
    period: Mapping[str, datetime | None]
    delete_at: datetime | None
    password: PasswordRecord | None
    second_factors: SecondFactors
    warnings: tuple[str, ...]


class NothingToImport(DirectoryError):
    """A record of an export that has no login ID, as those of anonymized users: passed over, not refused."""

    default_code = "NothingToImport"


def parse_record(record: object, rules: ImportRules) -> ImportRecord:
    """Check and normalise one record (contract sections 8, 9, 11).

    Raises ``Invalid`` (``ValidationFailed``) with the causes of all fields at once, at the record's own names;
    ``NothingToImport`` for an export's person without login IDs.
    """
    if not isinstance(record, Mapping):
        raise invalid("", "type", "A record must be an object.", expected=["object"])
    causes = Causes()
    _refuse_unknown_keys(record, rules, causes)
    found = causes.run(read_login_ids, record, rules.identifier, rules.is_export) or FoundLoginIDs.none()
    standard = causes.run(_standard, record) or {}
    custom, warnings = causes.run(_custom, record, rules) or ({}, ())
    flags = {claim: causes.run(fields.boolean, record, name) for name, claim in _VERIFIED.items()}
    roles = causes.run(fields.keys, record, "roles")
    groups = causes.run(fields.keys, record, "groups")
    disabled = causes.run(fields.boolean, record, "disabled")
    period = {name: causes.run(fields.moment, record, name) for name in PERIOD if name in record}
    delete_at = causes.run(fields.moment, record, "delete_at") if rules.is_export else None
    password = causes.run(read_password, record.get("password"), "password")
    factors = causes.run(read_second_factors, record, rules.is_export)
    causes.finish()
    if found.identifier is None:
        raise NothingToImport("This person has no login ID, so there is nothing to import.")
    return ImportRecord(
        identifier=found.identifier,
        login_ids=found.by_claim,
        further_login_ids=found.further,
        order=found.order,
        verified={claim: flag for claim, flag in flags.items() if flag is not None},
        standard=standard,
        custom=custom,
        roles=roles,
        groups=groups,
        disabled=disabled,
        period=period,
        delete_at=delete_at,
        password=password,
        second_factors=factors or SecondFactors(),
        warnings=(*warnings, *found.warnings),
    )


def _refuse_unknown_keys(record: Mapping[str, object], rules: ImportRules, causes: Causes) -> None:
    unknown = record.keys() - _KNOWN
    if rules.is_export:
        unknown -= EXPORT_ONLY
    for name in sorted(unknown, key=str):
        shown = fields.shown(name)
        causes.add(Cause("", "additionalProperties", f"There is no field {shown}.", {"actual": shown}))


def _standard(record: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: record[name] for name in PROFILE if name in record}
    removed = {name: None for name, value in given.items() if value is None}
    try:
        kept = validate_standard_attributes({k: v for k, v in given.items() if v is not None}, field="")
    except Invalid as error:
        raise Invalid("invalid record", causes=fields.at_root(error.causes)) from None
    if "address" in given and "address" not in kept:
        removed["address"] = None
    return {**kept, **removed}


def _custom(record: Mapping[str, Any], rules: ImportRules) -> tuple[dict[str, Any], tuple[str, ...]]:
    if "custom_attributes" not in record:
        return {}, ()
    given = record["custom_attributes"]
    if not isinstance(given, Mapping):
        validate_custom_attributes({}, given)
    values = {name: value for name, value in given.items() if value is not None}
    result: dict[str, Any] = validate_custom_attributes(rules.definitions, values)
    result.update((name, None) for name, value in given.items() if value is None and name in rules.definitions)
    unknown = sorted(fields.shown(name) for name in given if name not in rules.definitions)
    return result, tuple(f"There is no custom attribute {name}: its value was dropped." for name in unknown)
