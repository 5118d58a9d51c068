"""Definitions of custom attributes that changed between the check of a row and its batch."""

from collections.abc import Mapping, Sequence

from directory.errors import Invalid
from directory.operations.users.attributes import hold_definitions
from directory.values.custom_attributes import CustomAttributeDefinition, validate_custom_attributes
from directory.values.import_newcomers import prepare
from directory.values.import_records import ImportRecord
from directory.values.import_rows import CheckedRow

Definitions = Mapping[str, CustomAttributeDefinition]


def with_current_definitions(rows: Sequence[CheckedRow], checked_by: Definitions | None) -> list[CheckedRow]:
    """The rows as the definitions of this moment let them be; those are held until the transaction ends.

    Values of a definition that is gone are dropped with a warning. Where one differs from the one of ``checked_by``
    (None: nothing is known of that) the value is checked again, and the row fails if it is refused.
    """
    names = {name for row in rows if row.record is not None for name in row.record.custom}
    current = hold_definitions(sorted(names))
    suspect = {name for name in names if checked_by is None or current.get(name) != checked_by.get(name)}
    if not suspect:
        return list(rows)
    return [
        row if row.record is None or suspect.isdisjoint(row.record.custom) else _again(row, row.record, current)
        for row in rows
    ]


def _again(row: CheckedRow, record: ImportRecord, current: Definitions) -> CheckedRow:
    kept = {name: value for name, value in record.custom.items() if name in current}
    gone = sorted(record.custom.keys() - kept.keys())
    try:
        checked = validate_custom_attributes(current, {k: v for k, v in kept.items() if v is not None})
    except Invalid as error:
        return row._replace(record=None, error=error)
    custom = {name: None if value is None else checked[name] for name, value in kept.items()}
    dropped = tuple(f"There is no custom attribute {name} any more: its value was dropped." for name in gone)
    current_record = record._replace(custom=custom, warnings=(*record.warnings, *dropped))
    return row._replace(record=current_record, prepared=prepare(current_record))
