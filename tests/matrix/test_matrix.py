"""The golden matrix: each permission, who may use it, by its page and by its operation, with the exact outcome.

``table.txt`` is data, read by people: when it changes, somebody means it. ``stale`` is an owner whose proof of identity
is older than ten minutes. Pages answer 200, 302 (done), 403, 404, 422 (the form names something out of sight), or
``prove`` (to the page that confirms who one is); operations end ``ok``, or refuse: ``Forbidden``, ``NotFound``,
``Prove``.
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from directory.actors import Actor
from directory.errors import DirectoryError, ReauthenticationRequired
from directory.operations.base import unit_of_work
from directory.values.permissions import ADMIN_ROLES, Permission
from tests.matrix.examples import CAST, EXAMPLES, Example, World, make_world
from tests.operations.administrators.cast import actor_of
from tests.shared_rows import made_once
from tests.signin.fixtures import sign_in_at_once
from tests.signin.test_confirming import make_stale
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
COLUMNS = (*(name for name, _role, _slug in CAST), "stale")
TABLE = (Path(__file__).parent / "table.txt").read_text()


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from made_once(make_world, django_db_blocker)


def expected() -> dict[str, dict[str, str]]:
    """The table by permission and column."""
    rows = [line.split() for line in TABLE.strip().splitlines()[1:]]
    return {name: dict(zip(COLUMNS, cells, strict=True)) for name, *cells in rows}


def by_page(world: World, example: Example, who: str) -> str:
    client = sign_in_at_once(GuardedClient(), world.cast["owner" if who == "stale" else who])
    if who == "stale":
        make_stale(client)
    address = example.address(world)
    answer = client.get(address) if example.form is None else client.post(address, example.form(world))
    if answer.status_code == 302 and answer["Location"].startswith("/confirm"):
        return "prove"
    return str(answer.status_code)


def by_operation(world: World, example: Example, who: str) -> str:
    actor: Actor = actor_of(world.cast["owner" if who == "stale" else who])
    if who == "stale":
        actor = dataclasses.replace(actor, reauthenticated=False)
    try:
        with unit_of_work():
            example.act(actor, world)
    except ReauthenticationRequired:
        return "Prove"
    except DirectoryError as error:
        return type(error).__name__
    return "ok"


@pytest.mark.parametrize("who", COLUMNS)
@pytest.mark.parametrize("permission", Permission)
def test_page_and_operation_end_as_the_table_says(world: World, permission: Permission, who: str) -> None:
    example = EXAMPLES[permission]
    savepoint = transaction.savepoint()
    ended = by_operation(world, example, who)
    transaction.savepoint_rollback(savepoint)
    assert f"{by_page(world, example, who)}/{ended}" == expected()[permission.value][who]


def test_every_permission_has_an_example_and_a_line() -> None:
    assert set(EXAMPLES) == set(Permission)
    assert list(expected()) == [permission.value for permission in Permission]


@pytest.mark.parametrize("role", ["owner", "user_manager", "help_desk", "support", "auditor"])
def test_the_table_agrees_with_the_admin_roles(role: str) -> None:
    """Who holds a permission directory-wide is let through, and who does not hold it is not."""
    column = next(name for name, admin_role, slug in CAST if admin_role == role and not slug)
    table = expected()
    let_through = {name for name, cells in table.items() if cells[column].endswith("/ok")}
    assert let_through == {str(held) for held in ADMIN_ROLES[role]}


def test_nobody_gets_nothing_and_the_other_organizations_administrator_nothing_of_this_one() -> None:
    # Definitions of custom attributes belong to no organization: every administrator of one reads them.
    table = expected()
    for name, cells in table.items():
        assert cells["nobody"].partition("/")[0] in ("403", "404")
        if name != "custom_attributes.view":
            assert cells["globex"].partition("/")[2] in ("Forbidden", "NotFound")
