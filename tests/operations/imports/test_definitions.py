"""Definitions of custom attributes that change while an import is under way."""

from typing import Any

import pytest

from directory.actors import Actor
from directory.models import CustomAttribute, User
from directory.models.base import new_id
from directory.operations.custom_attributes import delete_custom_attribute
from directory.operations.imports import RowResult, import_users
from directory.queries.custom_attributes import definition_of
from directory.values.import_rows import CheckedRow
from tests.operations.directory_rows import before_commit_of
from tests.operations.imports.records import checked, facts, keyed, outcomes

ANN: dict[str, Any] = {"email": "a@example.com", "custom_attributes": {"town": "Graz", "score": 1}}
GONE = ("There is no custom attribute town any more: its value was dropped.",)


def prepared(*records: dict[str, Any]) -> tuple[list[CheckedRow], dict[str, Any]]:
    """Rows checked by the definitions there are now, and those."""
    keyed()
    return checked(*records), {row.name: definition_of(row) for row in CustomAttribute.objects.all()}


def written(actor: Actor, rows: list[CheckedRow], **options: Any) -> list[RowResult]:
    return import_users(actor=actor, import_id=new_id(), rows=rows, **options)


@pytest.mark.django_db
@pytest.mark.parametrize("known", [True, False])
def test_values_of_a_definition_that_is_gone_are_dropped_with_a_warning(root: Actor, known: bool) -> None:
    rows, definitions = prepared(ANN)
    CustomAttribute.objects.get(name="town").delete()
    (result,) = written(root, rows, definitions=definitions if known else None)
    assert (result.outcome.value, result.warnings) == ("inserted", GONE)
    assert facts("a@example.com")["custom"] == {"score": 1}


@pytest.mark.django_db
def test_values_of_a_definition_that_is_another_now_are_checked_again(root: Actor) -> None:
    other = {"email": "b@example.com", "custom_attributes": {"town": "8010"}}
    rows, definitions = prepared(ANN, other, {"email": "c@example.com"})
    CustomAttribute.objects.get(name="town").delete()
    CustomAttribute.objects.create(name="town", type="enum", enum=["8010"])
    results = written(root, rows, definitions=definitions)
    assert outcomes(results) == ["ValidationFailed", "inserted", "inserted"]
    assert facts("b@example.com")["custom"] == {"town": "8010"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("upsert", [False, True])
def test_a_deletion_under_way_is_waited_for(root: Actor, upsert: bool) -> None:
    rows, definitions = prepared(ANN)
    town = CustomAttribute.objects.get(name="town").id
    (ended,) = before_commit_of(
        lambda: delete_custom_attribute(actor=root, custom_attribute_id=town),
        lambda: written(root, rows, definitions=definitions, upsert=upsert),
    )
    assert isinstance(ended, list)
    assert [result.warnings for result in ended] == [GONE]
    assert User.objects.get().custom_attributes == {"score": 1}


@pytest.mark.django_db(transaction=True)
def test_a_deletion_waits_for_the_batch_and_takes_its_values_too(root: Actor) -> None:
    rows, definitions = prepared(ANN)
    town = CustomAttribute.objects.get(name="town").id
    before_commit_of(
        lambda: written(root, rows, definitions=definitions),
        lambda: delete_custom_attribute(actor=root, custom_attribute_id=town),
    )
    assert not CustomAttribute.objects.filter(name="town").exists()
    assert User.objects.get().custom_attributes == {"score": 1}
