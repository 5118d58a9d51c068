"""CSV and NDJSON: the same records either way, and CSV that RFC 4180 would recognise."""

import csv
import io
import json
from typing import Any

import pytest

from portal.records.writers import CsvWriter, cell, dotted, open_writer
from portal.sample.people import people
from portal.sample.records import COLUMNS, UNKNOWN_KEY

JSON_CELLS = {
    "email_verified",
    "phone_number_verified",
    "disabled",
    "roles",
    "groups",
    "custom_attributes.employee_number",
    "custom_attributes.score",
}


def _written(file_format: str, records: list[dict[str, Any]]) -> bytes:
    stream = io.BytesIO()
    writer = open_writer(stream, file_format, COLUMNS)
    for record in records:
        writer.write(record)
    writer.flush()
    return stream.getvalue()


def _read_row(row: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column, text in row.items():
        if text == "":
            continue
        place = record
        *parents, name = column.split(".")
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = json.loads(text) if column in JSON_CELLS else text
    return record


def _read_csv(content: bytes) -> list[dict[str, Any]]:
    lines = io.StringIO(content.decode("utf-8"), newline="")
    return [_read_row(row) for row in csv.DictReader(lines, strict=True)]


def test_csv_and_ndjson_carry_the_same_records() -> None:
    records = [person.record for person in people(3_000, seed=1)]
    from_ndjson = [json.loads(line) for line in _written("ndjson", records).decode("utf-8").splitlines()]
    assert from_ndjson == records
    assert _read_csv(_written("csv", records)) == records


def test_the_header_is_that_of_the_export_and_one_column_that_nobody_knows() -> None:
    header = _written("csv", []).decode().removesuffix("\r\n").split(",")
    assert tuple(header) == COLUMNS
    assert header[-1] == UNKNOWN_KEY
    assert "address.street_address" in header
    assert "custom_attributes.town" in header


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain", b"plain"),
        ("a, b", b'"a, b"'),
        ('the "Duke"', b'"the ""Duke"""'),
        ("two\nlines", b'"two\nlines"'),
        ("two\r\nlines", b'"two\r\nlines"'),
        ("Işık", "Işık".encode()),
    ],
)
def test_a_cell_is_quoted_when_rfc_4180_asks_for_it(text: str, written: bytes) -> None:
    stream = io.BytesIO()
    writer = CsvWriter(stream, dotted(["name", "email"]))
    writer.write({"name": text, "email": "ada@example.com"})
    writer.flush()
    assert stream.getvalue() == b"name,email\r\n" + written + b",ada@example.com\r\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("text", "text"),
        (True, "true"),
        (12, "12"),
        (0.5, "0.5"),
        (["a", "ü"], '["a","ü"]'),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_a_value_becomes_the_cell_of_contract_section_11(value: object, text: str) -> None:
    assert cell(value) == text


def test_text_is_defused_where_asked_for_and_nothing_else_is() -> None:
    stream = io.BytesIO()
    writer = CsvWriter(stream, dotted(["name", "score"]), defuse=lambda text: f"'{text}")
    writer.write({"name": "=Q=", "score": -1})
    writer.flush()
    assert stream.getvalue() == b"name,score\r\n'=Q=,-1\r\n"


def test_the_stream_stays_open_for_its_owner() -> None:
    stream = io.BytesIO()
    open_writer(stream, "csv", ["name"]).flush()
    assert not stream.closed


def test_a_lone_surrogate_is_not_written() -> None:
    with pytest.raises(UnicodeEncodeError):
        _written("csv", [{"name": "\ud800"}])
    with pytest.raises(TypeError):
        _written("ndjson", [{"name": "\ud800"}])
