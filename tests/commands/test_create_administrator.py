"""``manage.py create_administrator``: makes one, or says why not and leaves nothing behind."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from directory.models import Administrator, Organization
from directory.permissions import rights_of
from directory.values.permissions import ADMIN_ROLES

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]
GRACE = {"email": "grace@example.com", "name": "Grace", "role": "owner"}


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("create_administrator", stdout=out, **options)
    return out.getvalue()


def test_a_generated_password_is_printed_once_and_works(entries: Entries) -> None:
    output = run(**GRACE, generate=True)
    grace = Administrator.objects.get(email="grace@example.com")
    password = output.strip().rsplit(" ", 1)[1]
    assert len(password) == 20
    assert grace.check_password(password)
    assert grace.password.startswith("argon2$argon2id$")
    assert [role.name for role in grace.groups.all()] == ["owner"]
    (entry,) = entries()
    assert (entry.activity_type, entry.author_kind, entry.door) == ("administrator.created", "system", "command")
    assert password not in str(entry.personal)


def test_a_password_from_standard_input_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" leading and trailing blanks \n"))
    run(**GRACE, password_stdin=True)
    assert Administrator.objects.get().check_password(" leading and trailing blanks ")


def test_two_different_typed_passwords_make_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["one long password", "another long password"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    with pytest.raises(CommandError, match="not the same"):
        run(**GRACE)
    assert not Administrator.objects.exists()


def test_a_bad_password_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    with pytest.raises(CommandError, match="at least 8 characters"):
        run(**GRACE, password_stdin=True)
    assert not Administrator.objects.exists()


def test_the_same_address_twice_is_refused() -> None:
    run(**GRACE, generate=True)
    with pytest.raises(CommandError, match="Another administrator"):
        run(**{**GRACE, "email": "GRACE@example.com"}, generate=True)
    assert Administrator.objects.count() == 1


@pytest.mark.parametrize("role", ADMIN_ROLES)
def test_every_admin_role_can_be_given(role: str) -> None:
    run(**(GRACE | {"role": role}), generate=True)
    assert rights_of(Administrator.objects.get()) == (ADMIN_ROLES[role], {})


def test_a_role_can_be_given_on_one_organization(acme: Organization) -> None:
    said = run(**GRACE, organization="acme", generate=True)
    assert "owner of Acme" in said
    assert rights_of(Administrator.objects.get()) == (frozenset(), {acme.pk: ADMIN_ROLES["owner"]})


def test_an_organization_that_is_not_there_makes_nobody() -> None:
    with pytest.raises(CommandError, match="no such organization"):
        run(**GRACE, organization="acme", generate=True)
    assert not Administrator.objects.exists()
