"""Who sees the definitions of custom attributes."""

from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import CustomAttribute
from directory.permissions import Permission
from directory.queries.custom_attributes import definition_of, get_custom_attribute, visible_custom_attributes

pytestmark = pytest.mark.django_db


@pytest.fixture
def size() -> CustomAttribute:
    return CustomAttribute.objects.create(name="size", type="integer", minimum=1, position=1)


def test_whoever_may_see_them_anywhere_sees_all_in_order(
    root: Actor, ben: Actor, nobody: Actor, size: CustomAttribute
) -> None:
    CustomAttribute.objects.create(name="town", type="string", position=0)
    for actor in (root, ben):
        assert [row.name for row in visible_custom_attributes(actor)] == ["town", "size"]
    assert not visible_custom_attributes(nobody).exists()


def test_only_who_holds_it_directory_wide_gets_one_to_change(
    root: Actor, ada: Actor, nobody: Actor, size: CustomAttribute
) -> None:
    assert get_custom_attribute(root, size.id, Permission.CUSTOM_ATTRIBUTES_MANAGE, for_update=True) == size
    assert get_custom_attribute(ada, size.id) == size
    with pytest.raises(Forbidden):
        get_custom_attribute(ada, size.id, Permission.CUSTOM_ATTRIBUTES_MANAGE)
    for actor, id in ((nobody, size.id), (root, uuid4())):
        with pytest.raises(NotFound) as refused:
            get_custom_attribute(actor, id)
        assert refused.value.code == "CustomAttributeNotFound"


def test_a_row_is_the_definition_the_rules_work_with(size: CustomAttribute) -> None:
    definition = definition_of(size)
    assert (definition.name, definition.type, definition.minimum, definition.maximum, definition.enum) == (
        "size",
        "integer",
        1,
        None,
        (),
    )
