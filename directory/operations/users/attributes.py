"""Attributes against the rest of the directory: definitions of custom ones, and standard ones that identities carry."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from directory.errors import Cause, Invalid
from directory.models import CustomAttribute, Identity
from directory.queries.custom_attributes import definition_of
from directory.values.custom_attributes import CustomAttributeDefinition, validate_custom_attributes
from directory.values.login_ids import TYPE_OF_CLAIM

T = TypeVar("T")

#: The standard attributes that must be a claim of one of the user's identities (contract section 8).
OWNED_ATTRIBUTES = tuple(TYPE_OF_CLAIM)


class Checks:
    """Runs several checks and reports the causes of all of them at once; other codes pass at the first."""

    def __init__(self) -> None:
        self._refusals: list[Invalid] = []

    def run(self, check: Callable[[], T]) -> T | None:
        """The check's result, or None when it refused."""
        try:
            return check()
        except Invalid as error:
            if not error.causes:
                raise
            self._refusals.append(error)
            return None

    def finish(self) -> None:
        """Raise ``Invalid`` (``ValidationFailed``) if any check refused."""
        if len(self._refusals) == 1:
            raise self._refusals[0]
        if self._refusals:
            raise Invalid("invalid user", causes=[cause for error in self._refusals for cause in error.causes])


def hold_definitions(names: Collection[object]) -> dict[str, CustomAttributeDefinition]:
    """The definitions that there are of these names, kept from being deleted until the transaction ends: one statement.

    Whoever writes values of custom attributes calls this before any user is locked, and writes none of another name.
    ``delete_custom_attribute`` locks the definition and then the users; the other way round the two would deadlock,
    and without this a value could come back that the deletion has just taken from everybody.
    """
    possible = [name for name in names if isinstance(name, str) and name.isascii() and "\0" not in name]
    if not possible:
        return {}
    rows = CustomAttribute.objects.raw(_HOLD, [possible])
    return {row.name: definition_of(row) for row in rows}


def checked_custom_attributes(value: object) -> dict[str, Any]:
    """Custom attributes checked against definitions that are held from here on. Raises ``Invalid``."""
    return validate_custom_attributes(hold_definitions(value if isinstance(value, Mapping) else ()), value)


def claims_of(identities: Iterable[Identity]) -> dict[str, list[str]]:
    """The values of each owned attribute that these identities carry, newest identity first."""
    newest_first = sorted(identities, key=lambda identity: (identity.created_at, identity.id), reverse=True)
    return {
        name: [value for identity in newest_first if (value := getattr(identity, name))] for name in OWNED_ATTRIBUTES
    }


def require_ownership(attributes: Mapping[str, Any], claims: Mapping[str, Sequence[str]]) -> None:
    """Refuse an e-mail, phone number or username that none of the user's identities carries (contract section 8).

    Raises ``Invalid`` (``ValidationFailed``), a cause of kind ``ownership`` for each. The contract has no kind of its
    own for this: the server it describes fails without a reason.
    """
    causes = [
        Cause(f"standard_attributes.{name}", "ownership", "This must be a value of one of the user's identities.")
        for name in OWNED_ATTRIBUTES
        if name in attributes and attributes[name] not in claims[name]
    ]
    if causes:
        raise Invalid("invalid standard attributes", causes=causes)


def settled(attributes: Mapping[str, Any], claims: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """``attributes`` with each owned one that is missing, or carried by no identity, taken from the newest identity
    that has such a claim, and left out where none has."""
    result = dict(attributes)
    for name in OWNED_ATTRIBUTES:
        if result.get(name) not in claims[name]:
            result.pop(name, None)
            if claims[name]:
                result[name] = claims[name][0]
    return result


_HOLD = "SELECT * FROM directory_customattribute WHERE name = ANY(%s) ORDER BY position, id FOR KEY SHARE"
