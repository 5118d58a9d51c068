"""The definitions of custom attributes (contract section 8)."""

from uuid import UUID

from django.db.models import QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import CustomAttribute
from directory.permissions import Permission, require
from directory.values.custom_attributes import CustomAttributeDefinition, CustomAttributeType
from directory.values.ids import uuid_or_nil


def visible_custom_attributes(
    actor: Actor, permission: Permission = Permission.CUSTOM_ATTRIBUTES_VIEW
) -> QuerySet[CustomAttribute]:
    """All definitions in their order, for whoever holds ``permission`` anywhere.

    They belong to no organization and tell of nobody; an organization's administrator needs them to read its people.
    """
    return CustomAttribute.objects.all() if actor.may_somewhere(permission) else CustomAttribute.objects.none()


def get_custom_attribute(
    actor: Actor,
    custom_attribute_id: UUID,
    permission: Permission = Permission.CUSTOM_ATTRIBUTES_VIEW,
    *,
    for_update: bool = False,
    for_delete: bool = False,
) -> CustomAttribute:
    """One definition, locked if asked: against other writers, or also against those who write values of it.

    Raises ``NotFound`` (``CustomAttributeNotFound``); ``Forbidden`` when a permission other than to view is not held
    directory-wide.
    """
    rows = visible_custom_attributes(actor).filter(pk=uuid_or_nil(custom_attribute_id))
    if for_update or for_delete:
        rows = rows.select_for_update(no_key=not for_delete)
    row = rows.first()
    if row is None:
        raise NotFound("There is no such custom attribute.", code="CustomAttributeNotFound")
    if permission is not Permission.CUSTOM_ATTRIBUTES_VIEW:
        require(actor, permission)
    return row


def definition_of(row: CustomAttribute) -> CustomAttributeDefinition:
    """A row as the pure value that the rules work with."""
    kind = CustomAttributeType(row.type)
    return CustomAttributeDefinition(row.name, kind, row.minimum, row.maximum, tuple(row.enum))
