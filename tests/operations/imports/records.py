"""Records handed to the operation as a door does, and what is in the tables afterwards."""

from typing import Any

from directory.actors import Actor
from directory.models import Authenticator, CustomAttribute, Group, Identity, Role, User, VerifiedClaim
from directory.models.base import new_id
from directory.operations.imports import RowResult, import_users
from directory.queries.custom_attributes import definition_of
from directory.values.import_records import ImportRules
from directory.values.import_rows import CheckedRow, Row, check_row

HASH = "$2b$12$" + "a" * 53


def keyed() -> None:
    """The roles, groups and custom attributes that the records name."""
    Role.objects.bulk_create([Role(key=key) for key in ("editor", "viewer")])
    Group.objects.bulk_create([Group(key=key) for key in ("sales", "staff")])
    CustomAttribute.objects.create(name="town", type="string")
    CustomAttribute.objects.create(name="score", type="number", position=1)


def checked(*records: Any, identifier: str = "email", is_export: bool = False) -> list[CheckedRow]:
    definitions = {row.name: definition_of(row) for row in CustomAttribute.objects.all()}
    rules = ImportRules(identifier, definitions, is_export)
    return [check_row(Row(number, number + 1, record), rules) for number, record in enumerate(records)]


def imported(actor: Actor, *records: Any, identifier: str = "email", **options: Any) -> list[RowResult]:
    rows = checked(*records, identifier=identifier)
    return import_users(actor=actor, import_id=new_id(), rows=rows, **options)


def outcomes(results: list[RowResult]) -> list[str]:
    """Each row's outcome, and the code where it failed."""
    return [result.outcome.value if result.error is None else result.error.code for result in results]


def facts(email: str) -> dict[str, Any]:
    """All that the tables say about the user with this address, but ids and times."""
    user = User.objects.get(identities__email=email)
    identity = ("type", "login_id_type", "login_id_key", "original_value", "unique_key", "details")
    return {
        "standard": user.standard_attributes,
        "custom": user.custom_attributes,
        "status": user.status,
        "identities": list(Identity.objects.filter(user=user).order_by("id").values_list(*identity)),
        "verified": sorted(VerifiedClaim.objects.filter(user=user).values_list("name", "value")),
        "roles": sorted(user.user_roles.values_list("role__key", flat=True)),
        "groups": sorted(user.user_groups.values_list("group__key", flat=True)),
        "factors": sorted(
            Authenticator.objects.filter(user=user).values_list("kind", "type", "email", "phone"), key=repr
        ),
        "words": words(user),
    }


def words(user: User) -> set[str]:
    """The tokens of the search vector without the user's own id."""
    vector = User.objects.values_list("search_vector", flat=True).get(pk=user.pk)
    return {token.strip("'") for token in vector.replace("''", "\u2019").split()} - {user.id.hex}
