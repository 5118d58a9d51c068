"""Somebody else adds one of the people while the batch is under way."""

import pytest

from directory.actors import Actor
from directory.models import User
from directory.operations.imports import RowResult
from directory.operations.users import create_user
from tests.operations.directory_rows import before_commit_of
from tests.operations.imports.records import imported, outcomes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("upsert", [False, True])
def test_only_the_row_that_collides_is_not_inserted(root: Actor, upsert: bool) -> None:
    records = [{"email": f"p{number}@example.com", "name": "Imported"} for number in range(9)]

    (results,) = before_commit_of(
        lambda: create_user(actor=root, login_id_key="email", login_id="P4@example.com"),
        lambda: imported(root, *records, upsert=upsert),
    )
    assert isinstance(results, list)
    rows: list[RowResult] = results
    collided = "updated" if upsert else "skipped"
    assert outcomes(rows) == ["inserted"] * 4 + [collided] + ["inserted"] * 4
    assert User.objects.count() == 9
