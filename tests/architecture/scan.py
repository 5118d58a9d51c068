"""Reads the source for writes where none may be: the first net, beside the import contracts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: Calls that write through the ORM. ``update`` and ``create`` count on managers and querysets only: dicts and sets have
#: an ``update``, too.
_WRITES = {"save", "delete", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "_raw_delete"}
_ON_QUERYSETS = {"create", "update", "add", "set", "remove", "clear"}
_SQL = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s+(?:TABLE\s+|ONLY\s+)?\"?directory_", re.IGNORECASE
)
_COPY = re.compile(r"\bCOPY\s+\S.*\bFROM\s+STDIN\b", re.DOTALL | re.IGNORECASE)


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The parsed modules below these folders of the project, by their path."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def writes_in(tree: ast.Module) -> list[str]:
    """What writes a model in this module: ``line: call``."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _writes(node):
            found.append(f"{node.lineno}: .{node.func.attr}(")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _SQL.search(node.value):
            found.append(f"{node.lineno}: SQL")
    return found


def copies_in(tree: ast.Module) -> list[str]:
    """COPY … FROM STDIN, which no guard on the connection sees."""
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant | ast.JoinedStr))
    return [f"{node.lineno}: COPY" for node in strings if _COPY.search(ast.unparse(node))]


def names_in(tree: ast.Module) -> set[str]:
    """Every name that the module imports or uses."""
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return found | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _writes(call: ast.Call) -> bool:
    assert isinstance(call.func, ast.Attribute)
    if call.func.attr in _WRITES:
        is_operation = any(keyword.arg == "actor" for keyword in call.keywords) or (
            bool(call.args) and ast.unparse(call.args[0]).endswith("actor")
        )
        return not is_operation and not _is_session_or_form(call.func)
    return call.func.attr in _ON_QUERYSETS and _from_manager(call.func.value)


def _from_manager(node: ast.expr) -> bool:
    """Whether the expression starts from a manager: ``X.objects…`` or ``x.something_set``."""
    while True:
        if isinstance(node, ast.Attribute):
            if node.attr in {"objects", "_default_manager"} or node.attr.endswith("_set"):
                return True
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return False


def _is_session_or_form(call: ast.Attribute) -> bool:
    """Sessions and the cache are libraries' own rows."""
    text = ast.unparse(call.value)
    return text.endswith(("session", "cache", "response"))
