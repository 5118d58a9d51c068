"""Fills an empty directory with invented people, through the same operations as everybody else."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory.actors import Actor
from directory.models import Organization
from directory.models.base import new_id
from directory.operations import custom_attributes, groups, organizations, roles, users
from directory.operations.imports import ImportSummary, finish_import, import_users
from directory.queries.custom_attributes import definition_of, visible_custom_attributes
from directory.values.import_records import ImportRules
from directory.values.import_rows import Row, check_row
from portal.sample.people import good_people
from portal.sample.records import LEVELS
from portal.sample.sign_ins import sign_in

SEED = 7
ORGANIZATIONS = (("acme", "Acme Instruments"), ("globex", "Globex Shipping"))
#: Members of each organization, at most; a few belong to both.
_MEMBERS = 120
_BOTH = 8
_BATCH = 1_000

CUSTOM_ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"name": "town", "type": "string"},
    {"name": "employee_number", "type": "integer", "minimum": 1},
    {"name": "level", "type": "enum", "enum": LEVELS},
    {"name": "score", "type": "number", "minimum": 0, "maximum": 100},
    {"name": "country", "type": "country_code"},
    {"name": "homepage", "type": "url"},
    {"name": "contact_email", "type": "email"},
    {"name": "contact_phone", "type": "phone_number"},
)
ROLES = (
    ("admin", "Administrator", "Runs the applications."),
    ("editor", "Editor", "Writes and publishes."),
    ("viewer", "Viewer", "Reads."),
    ("billing", "Billing", "Sees invoices and pays them."),
    ("support", "Support", "Answers customers."),
)
GROUPS = (
    ("engineering", "Engineering", "editor"),
    ("sales", "Sales", "viewer"),
    ("marketing", "Marketing", "editor"),
    ("finance", "Finance", "billing"),
    ("people_ops", "People Operations", "support"),
)
#: Fields of a record that already say something about the account's state.
_STATE_FIELDS = {"disabled", "account_valid_from", "account_valid_until"}


def fill(actor: Actor, count: int) -> None:
    """Definitions, roles, groups, ``count`` people, two organizations, where people are signed in, and every state that
    an account can be in."""
    for definition in CUSTOM_ATTRIBUTES:
        custom_attributes.create_custom_attribute(actor=actor, **definition)
    _make_roles_and_groups(actor)
    records = list(good_people(count, SEED))
    ids = _import(actor, records)
    first, second = (organizations.create_organization(actor=actor, slug=s, name=n) for s, n in ORGANIZATIONS)
    _people_organization(actor, first, ids[0::3][:_MEMBERS])
    _people_organization(actor, second, ids[1::3][:_MEMBERS] + ids[0::3][:_BOTH])
    plain = [id for id, record in zip(ids, records, strict=True) if _STATE_FIELDS.isdisjoint(record)]
    sign_in(actor, plain, first, SEED)
    _change_states(actor, plain[2::3])


def _make_roles_and_groups(actor: Actor) -> None:
    for key, name, description in ROLES:
        roles.create_role(actor=actor, key=key, name=name, description=description)
    for key, name, role_key in GROUPS:
        groups.create_group(actor=actor, key=key, name=name)
        roles.add_role_to_groups(actor=actor, role_key=role_key, group_keys=[key])


def _import(actor: Actor, records: Sequence[dict[str, Any]]) -> list[UUID]:
    """The people of these records, with all that they say. Returns their ids, in the records' order."""
    definitions = {row.name: definition_of(row) for row in visible_custom_attributes(actor)}
    rules = ImportRules(identifier="email", definitions=definitions)
    rows = [check_row(Row(number, number + 1, record), rules) for number, record in enumerate(records)]
    import_id, summary, ids = new_id(), ImportSummary(), []
    for start in range(0, len(rows), _BATCH):
        results = import_users(actor=actor, import_id=import_id, rows=rows[start : start + _BATCH])
        summary.add(results)
        ids += [result.user_id for result in results if result.user_id is not None]
    finish_import(
        actor=actor, import_id=import_id, summary=summary, identifier="email", upsert=False, file_name="the demo"
    )
    if len(ids) != len(records):
        raise RuntimeError(f"{len(records) - len(ids)} of the sample's people were refused")
    return ids


def _people_organization(actor: Actor, organization: Organization, ids: Sequence[UUID]) -> None:
    """Members, the first three of them its administrators; two groups and a role that are the organization's own."""
    for place, id in enumerate(ids):
        standing = "admin" if place < 3 else "user"
        organizations.add_member(actor=actor, organization_id=organization.id, user_id=id, role=standing)
    own: dict[str, Any] = {"actor": actor, "organization_id": organization.id}
    prefix = organization.slug
    roles.create_role(**own, key="approver", name=f"Approver at {organization.name}")
    groups.create_group(**own, key="editors", name=f"Editors at {organization.name}")
    groups.create_group(**own, key="leads", name=f"Leads at {organization.name}")
    roles.add_role_to_groups(actor=actor, role_key=f"{prefix}:approver", group_keys=[f"{prefix}:leads"])
    for part in _parts(ids[: len(ids) // 2]):
        groups.add_group_to_users(actor=actor, group_key=f"{prefix}:editors", user_ids=part)
    for part in _parts(ids[:6]):
        groups.add_group_to_users(actor=actor, group_key=f"{prefix}:leads", user_ids=part)


def _change_states(actor: Actor, ids: Sequence[UUID]) -> None:
    """A handful of each: disabled, for a time, not yet and no longer valid, to be deleted, to be anonymized, done."""
    now = timezone.now()
    supply = iter(ids)
    for id in islice(supply, 12):
        users.disable_user(actor=actor, user_id=id, reason="Left the company")
    for id in islice(supply, 5):
        until = now + timedelta(days=21)
        users.disable_user(actor=actor, user_id=id, reason="On leave", temporarily_from=now, temporarily_until=until)
    for id in islice(supply, 3):
        users.set_valid_period(actor=actor, user_id=id, valid_from=now + timedelta(days=14), valid_until=None)
    for id in islice(supply, 3):
        start, end = now - timedelta(days=400), now - timedelta(days=35)
        users.set_valid_period(actor=actor, user_id=id, valid_from=start, valid_until=end)
    for id in islice(supply, 6):
        users.schedule_deletion(actor=actor, user_id=id, reason="Asked for it")
    for id in islice(supply, 3):
        users.schedule_anonymization(actor=actor, user_id=id)
    for id in islice(supply, 3):
        users.anonymize_user(actor=actor, user_id=id)


def _parts(ids: Sequence[UUID], size: int = 500) -> list[Sequence[UUID]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]
