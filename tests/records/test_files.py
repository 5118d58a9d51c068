"""Files: what is refused as a whole, with its line, and what a cell means."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from portal.records.checking import Checker, Plan, check_all
from portal.records.columns import Columns
from portal.records.faults import MAX_CELL, MAX_LINE, BrokenFile
from portal.records.files import chunks, look_through

BROKEN_CSV = [
    (b"", 1, "header"),
    (b"email,email\n", 1, "twice"),
    (b"email,\n", 1, "no name"),
    (b"email,name\na@example.com,A\nb@example.com,\xff\n", 3, "UTF-8"),
    (b"email,name\na@example.com,A\x00\n", 2, "NUL"),
    (b'email,name\na@example.com,A\nb@example.com,"open\nc@example.com,C\n', 3, "never"),
    (b'email,name\na@example.com,"A"x\n', 2, "doubled"),
    (b"email\n" + b"x," * 1_000_000 + b"\n", 2, "bytes long"),
    (b"email\na@example.com\n" + b"x," * 300 + b"\n", 3, "columns"),
    (b",".join(b"c%d" % n for n in range(300)) + b"\n", 1, "columns"),
    (b"email,name\nx," + b"n" * (MAX_CELL + 1) + b"\n", 2, "characters"),
    (b"email,name\nx," + b"n" * (MAX_LINE + 1) + b"\n", 2, "bytes long"),
    (b'email,name\nx,"' + b"n\n" * MAX_LINE, 2, "long"),
]
BROKEN_NDJSON = [
    (b"", 1, "no record"),
    (b'{"email":"a@example.com"}\n[1]\n', 2, "object"),
    (b'{"email":"a@example.com"}\n{"email":\n', 2, "JSON"),
    (b'{"email":"\xff"}\n', 1, "UTF-8"),
    (b'{"email":NaN}\n', 1, "JSON"),
    (b'{"email":"a\x00"}\n', 1, "JSON"),
    (b"[" * 100_000 + b"\n", 1, "JSON"),
    (b'{"email":"' + b"x" * MAX_LINE + b'"}\n', 1, "bytes long"),
]


def written(directory: Path, content: bytes, suffix: str) -> Path:
    path = directory / f"people.{suffix}"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("content", "line", "said"), BROKEN_CSV)
def test_a_broken_csv_file_is_refused_with_its_line(tmp_path: Path, content: bytes, line: int, said: str) -> None:
    with pytest.raises(BrokenFile) as refusal:
        look_through(written(tmp_path, content, "csv"), "csv")
    assert refusal.value.line == line
    assert said in refusal.value.message


@pytest.mark.parametrize(("content", "line", "said"), BROKEN_NDJSON)
def test_a_broken_ndjson_file_is_refused_with_its_line(tmp_path: Path, content: bytes, line: int, said: str) -> None:
    with pytest.raises(BrokenFile) as refusal:
        look_through(written(tmp_path, content, "ndjson"), "ndjson")
    assert refusal.value.line == line
    assert said in refusal.value.message


def test_a_byte_order_mark_blank_lines_and_every_line_end_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, b'\xef\xbb\xbfemail,name\r\n\r\na@example.com,"A\nB"\nb@example.com,C', "csv")
    shape = look_through(path, "csv")
    assert shape.header == ("email", "name")
    assert [raw for chunk in chunks(path, shape, 10) for raw in chunk.raw] == [
        (3, ["a@example.com", "A\nB"]),
        (5, ["b@example.com", "C"]),
    ]


def test_a_lone_surrogate_is_a_fault_of_its_row_only(tmp_path: Path) -> None:
    path = written(tmp_path, b'{"email":"a@example.com","name":"\\ud800"}\n{"email":"b@example.com"}\n', "ndjson")
    shape = look_through(path, "ndjson")
    (checked,) = check_all(chunks(path, shape, 10), Plan(shape, "email", ()), 0)
    assert [row.error is None for row in checked.rows] == [False, True]


CELLS = [
    ("name", "'=1+1", {"name": "=1+1"}),
    ("name", "", {}),
    ("disabled", "TRUE", {"disabled": True}),
    ("disabled", "yes", {"disabled": "yes"}),
    ("roles", '["a"]', {"roles": ["a"]}),
    ("roles", "null", {"roles": None}),
    ("roles", "a", {"roles": "a"}),
    ("address.country", "AT", {"address": {"country": "AT"}}),
    ("custom_attributes.score", "-1.5", {"custom_attributes": {"score": -1.5}}),
    ("custom_attributes.score", "12", {"custom_attributes": {"score": 12}}),
    ("custom_attributes.score", "null", {"custom_attributes": {"score": None}}),
    ("custom_attributes.town", "12", {"custom_attributes": {"town": "12"}}),
    ("mfa.totp.secret", "ABC", {"mfa": {"totp": {"secret": "ABC"}}}),
    ("password.type", "bcrypt", {"password": {"type": "bcrypt"}}),
]


@pytest.mark.parametrize(("name", "cell", "record"), CELLS)
def test_a_cell_means_what_its_column_says(name: str, cell: str, record: dict[str, Any]) -> None:
    assert Columns([name], numbers=frozenset({"score"})).record([cell]) == record


def test_an_empty_cell_is_null_when_asked_for() -> None:
    assert Columns(["nickname", "disabled"], empty_is_null=True).record(["", ""]) == {"nickname": None}


def test_a_row_with_too_few_cells_fails_alone(tmp_path: Path) -> None:
    path = written(tmp_path, b"email,name\na@example.com\nb@example.com,B\n", "csv")
    shape = look_through(path, "csv")
    (chunk,) = chunks(path, shape, 10)
    rows = Checker(Plan(shape, "email", ())).check(chunk).rows
    assert [row.error is None for row in rows] == [False, True]


def test_workers_check_as_this_process_does_and_keep_the_order(tmp_path: Path) -> None:
    content = b"email,name\n" + b"".join(b"p%d@example.com,P\n" % n for n in range(50))
    path = written(tmp_path, content, "csv")
    shape = look_through(path, "csv")
    plan = Plan(shape, "email", ())
    alone = [row for checked in check_all(chunks(path, shape, 7), plan, 0) for row in checked.rows]
    shared = [row for checked in check_all(chunks(path, shape, 7), plan, 1) for row in checked.rows]
    assert shared == alone
    assert [row.line for row in shared] == list(range(2, 52))


@pytest.mark.parametrize("file_format", ["csv", "ndjson"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, file_format: str) -> None:
    def peak(rows: int) -> int:
        lines = [b"email,name\n"] if file_format == "csv" else []
        line = b"p%d@example.com,P\n" if file_format == "csv" else b'{"email":"p%d@example.com"}\n'
        path = written(tmp_path, b"".join([*lines, *(line % n for n in range(rows))]), file_format)
        tracemalloc.start()
        shape = look_through(path, file_format)
        assert sum(len(chunk.raw) for chunk in chunks(path, shape, 100)) == rows
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(10)
    assert peak(50_000) < peak(5_000) + 200_000
