"""The columns of an export, and its writers."""

from collections.abc import Sequence
from typing import BinaryIO

from directory.values.spreadsheets import defuse
from portal.records.writers import CsvWriter, NdjsonWriter, RecordWriter, dotted

ADDRESS = ("formatted", "street_address", "locality", "region", "postal_code", "country")
#: The default columns in the contract's order (section 11); custom attributes follow.
DEFAULT_COLUMNS = (
    "sub",
    "preferred_username",
    "email",
    "phone_number",
    "email_verified",
    "phone_number_verified",
    "name",
    "given_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    *(f"address.{part}" for part in ADDRESS),
    "roles",
    "groups",
    "disabled",
    "identities",
    "mfa.emails",
    "mfa.phone_numbers",
    "mfa.totps",
    "biometric_count",
    "passkey_count",
)
#: What can be asked for beside them.
FURTHER_COLUMNS = ("family_name", "delete_at", "account_valid_from", "account_valid_until", "address", "mfa")


def columns_for(wanted: Sequence[str] | None, custom_attributes: Sequence[str]) -> list[str]:
    """The CSV columns: those wanted, else the default ones. Raises ``ValueError`` for an unknown or repeated name."""
    custom = [f"custom_attributes.{name}" for name in custom_attributes]
    if wanted is None:
        return [*DEFAULT_COLUMNS, *custom]
    known = {*DEFAULT_COLUMNS, *FURTHER_COLUMNS, *custom, "custom_attributes"}
    for name in wanted:
        if name not in known:
            raise ValueError(f"There is no field {name!r}.")
    if len(set(wanted)) != len(wanted):
        raise ValueError("A field is named twice.")
    return list(wanted)


def writer_for(stream: BinaryIO, file_format: str, columns: Sequence[str]) -> RecordWriter:
    """A writer of ``csv``, whose cells no spreadsheet runs as formulas, or of ``ndjson``, which has all fields."""
    if file_format == "csv":
        return CsvWriter(stream, dotted(columns), defuse=defuse)
    return NdjsonWriter(stream)
