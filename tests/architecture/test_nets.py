"""The nets under the one write path: import contracts, a scan of the source, the guard in the test clients."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

import portal.urls
from directory.models import Organization
from tests.architecture.scan import ROOT, copies_in, modules, names_in, writes_in
from tests.write_guard import GuardedClient, UnguardedWrite

#: Named exceptions (DESIGN.md section 2): they write allauth's table of second factors and Django's of sessions.
FREE = {"portal/passkeys.py", "portal/second_factors.py", "portal/sessions.py"}


def test_no_door_writes_a_model() -> None:
    found = {name: writes_in(tree) for name, tree in modules("portal") if name not in FREE}
    assert {name: writes for name, writes in found.items() if writes} == {}


def test_no_query_and_no_rule_writes_a_model() -> None:
    found = {name: writes_in(tree) for name, tree in modules("directory/queries", "directory/values")}
    assert {name: writes for name, writes in found.items() if writes} == {}


def test_copy_is_written_in_one_place_and_used_by_operations_and_the_audit_log_only() -> None:
    trees = dict(modules("directory", "portal"))
    assert [name for name, tree in trees.items() if copies_in(tree)] == ["directory/models/copying.py"]
    users = {name for name, tree in trees.items() if "copy_rows" in names_in(tree)} - {"directory/models/copying.py"}
    assert "directory/audit.py" in users
    assert {name for name in users if not name.startswith("directory/operations/")} == {"directory/audit.py"}


@pytest.mark.parametrize(
    "planted",
    [
        "user.save()",
        "User.objects.create(name='x')",
        "User.objects.filter(pk=1).update(name='x')",
        "user.identity_set.add(other)",
        "cursor.execute('UPDATE directory_user SET is_disabled = true')",
        "queryset.delete()",
    ],
)
def test_the_scan_finds_a_write_planted_in_a_page(planted: str) -> None:
    assert writes_in(ast.parse(f"def view(request):\n    {planted}\n"))


def test_the_scan_lets_dicts_and_sessions_be() -> None:
    innocent = "context.update(x=1); seen.add(2); request.session.save(); messages.add_message(request, 1, '')"
    assert writes_in(ast.parse(innocent)) == []


def test_no_operation_is_content_with_a_right_to_see() -> None:
    """Or an auditor, who holds every such right, could write."""
    contented = [
        f"{name}: {node.name}"
        for name, tree in modules("directory/operations")
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(re.search(r"\boperation\(.*Permission\.\w+_VIEW\b", ast.unparse(d)) for d in node.decorator_list)
    ]
    assert contented == []


def test_every_public_function_of_the_operations_that_writes_is_registered() -> None:
    """A public function with an ``actor`` in ``directory/operations`` that is not an operation would be a side door."""
    loose = []
    for name, tree in modules("directory/operations"):
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or name.endswith("base.py"):
                continue
            takes_actor = any(argument.arg == "actor" for argument in node.args.kwonlyargs)
            decorated = any("operation" in ast.unparse(decorator) for decorator in node.decorator_list)
            if takes_actor and not decorated:
                loose.append(f"{name}: {node.name}")
    assert loose == []


def _lint(where: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_the_import_contracts_fail_when_a_page_writes_the_audit_log(tmp_path: Path) -> None:
    for name in ("directory", "portal"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "portal" / "pages" / "planted.py").write_text("from directory import audit\n\naudit.record(1, 2)\n")
    done = _lint(tmp_path)
    assert done.returncode == 1
    assert "portal.pages.planted -> directory.audit" in done.stdout


def planted_page(request: HttpRequest) -> HttpResponse:
    Organization.objects.create(slug="planted", name="planted")
    return HttpResponse("written")


urlpatterns = [path("healthz", planted_page, name="healthz"), *portal.urls.urlpatterns]


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.architecture.test_nets")
def test_the_guard_stops_a_write_planted_in_a_page(client: GuardedClient) -> None:
    with pytest.raises(UnguardedWrite, match="INSERT INTO directory_organization"), transaction.atomic():
        client.get("/healthz")
    assert not Organization.objects.exists()
