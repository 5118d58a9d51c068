"""Ids as every door hands them in."""

from uuid import UUID

#: No row has it: ids are UUIDv7.
NIL = UUID(int=0)


def uuid_or_nil(value: object) -> UUID:
    """``value`` as a UUID, or the nil UUID when it cannot be one.

    Looked for, that finds nothing, as is right: there is nothing of such an id, and no other error in asking.
    """
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        return NIL
    try:
        return UUID(value)
    except ValueError:
        return NIL
