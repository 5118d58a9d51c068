"""One batch of rows in one transaction, decided in their order, and the entry that closes an import."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid
from directory.operations import sessions
from directory.operations.base import operation, unchanged
from directory.operations.imports.definitions import with_current_definitions
from directory.operations.imports.memberships import require_known_keys, require_membership
from directory.operations.imports.newcomers import Newcomers, facts_of
from directory.operations.imports.reading import (
    Claim,
    Person,
    held_groups,
    held_roles,
    keys_of,
    owners_of,
    people_by_id,
)
from directory.operations.imports.results import (
    ImportOutcome,
    ImportSummary,
    RowResult,
    duplicated,
    failed,
    skipped,
)
from directory.operations.imports.updates import Update
from directory.operations.search import refresh_search
from directory.permissions import Permission, allowed, require
from directory.values.account_status import is_disabled_now
from directory.values.custom_attributes import CustomAttributeDefinition
from directory.values.import_records import ImportRecord, NothingToImport
from directory.values.import_rows import CheckedRow

#: Rows in one call, at most: they are one transaction, and their locks last as long as it does.
MAX_ROWS = 5_000


@operation(permission=Permission.USERS_IMPORT, reauthenticate=True)
def import_users(
    *,
    actor: Actor,
    import_id: UUID,
    rows: Sequence[CheckedRow],
    upsert: bool = False,
    dry_run: bool = False,
    seen: set[int] | None = None,
    definitions: Mapping[str, CustomAttributeDefinition] | None = None,
) -> list[RowResult]:
    """Import one batch of checked rows; no row's fault stops the others. Returns a result for each, in their order.

    ``import_id`` is a UUIDv7 made when the import began: who has a later id was added since, so that an identifier of
    theirs is a duplicate and not a person to skip. ``seen`` is what a dry run remembers from batch to batch, because
    nothing it adds can be found: hand the same empty set to each of its calls. ``definitions`` are the custom
    attributes that the rows were checked by: values of one that has been deleted since are dropped with a warning, of
    one that is another now checked again (all of them when it is None).

    To add people needs the right to add users and identities, with ``upsert`` also the one to change users; what a
    record grants (roles, groups, a status, a password or second factor) needs the right to grant it. One entry per
    person changed; what they gained or lost of an organization is told apart, as by the single operations. Contract
    section 11.

    Raises ``Forbidden``, ``ReauthenticationRequired``, and ``Invalid`` for too many rows.
    """
    for permission in (Permission.USERS_CREATE, Permission.USERS_IDENTITIES):
        require(actor, permission)
    if upsert:
        require(actor, Permission.USERS_UPDATE)
    if len(rows) > MAX_ROWS:
        raise Invalid(f"At most {MAX_ROWS} rows at a time.", code="TooManyRows")
    batch = _Batch(actor, import_id, upsert, seen if dry_run else None)
    with transaction.atomic():
        # Definitions are held before users are locked: who deletes one takes them in this order too.
        batch.process(with_current_definitions(rows, definitions))
        if not dry_run:
            if batch.changed:
                refresh_search(batch.changed)
            if batch.shut_out:
                sessions.end_sessions(actor, batch.shut_out, reason=audit.Event.USER_IMPORTED.value)
            audit.record_all(actor, batch.entries)
        else:
            # Everything was tried for real, so that the database has had its say as well.
            transaction.set_rollback(True)
    if dry_run or not batch.entries:
        unchanged()
    return sorted(batch.results, key=lambda result: result.number)


@operation(permission=Permission.USERS_IMPORT)
def finish_import(
    *,
    actor: Actor,
    import_id: UUID,
    summary: ImportSummary,
    identifier: str,
    upsert: bool,
    file_name: str = "",
    ended: str = "completed",
) -> None:
    """Write the one entry that tells of an import as a whole. ``ended`` is ``completed``, ``interrupted`` or ``broken``
    (the file changed under our hands); the file's name is personal. Raises ``Forbidden``."""
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.USERS_IMPORTED,
            subject=audit.Subject(kind="import", id=import_id, label=file_name),
            details={**summary.counts(), "identifier": identifier, "upsert": upsert, "ended": ended},
            outcome=audit.Outcome.SUCCESS if ended == "completed" else audit.Outcome.FAILED,
        ),
    )


class _Batch:
    """The rows of one call. Newcomers wait to be written together; changes of people already there are made at once."""

    def __init__(self, actor: Actor, import_id: UUID, upsert: bool, seen: set[int] | None) -> None:
        self._actor = actor
        self._import_id = import_id
        self._upsert = upsert
        self._seen = seen
        self._owners: dict[Claim, UUID] = {}
        self._people: dict[UUID, Person] = {}
        self._newcomers = Newcomers({}, {})
        self._some_belong = False
        self.results: list[RowResult] = []
        self.entries: list[audit.Entry] = []
        self.changed: set[UUID] = set()
        #: Of those changed, who cannot sign in now.
        self.shut_out: set[UUID] = set()

    def process(self, rows: Sequence[CheckedRow]) -> None:
        """Decide and write these rows, in their order."""
        now = timezone.now()
        self._read(rows)
        for row in rows:
            if row.record is None:
                assert row.error is not None
                self.results.append(
                    skipped(row, None, row.error.message)
                    if isinstance(row.error, NothingToImport)
                    else failed(row, row.error)
                )
                continue
            try:
                self._decide(row, row.record, now)
            except DirectoryError as error:
                self.results.append(failed(row, error))
        self._write_newcomers(now)

    def _read(self, rows: Sequence[CheckedRow]) -> None:
        self._owners = owners_of(rows)
        self._people = {}
        if self._upsert:
            mentioned = {
                self._owners.get((row.record.identifier.claim_name, row.record.identifier.value))
                for row in rows
                if row.record is not None
            }
            self._people = people_by_id(user_id for user_id in mentioned if user_id is not None)
        # Users are locked before groups, and groups before roles: as everywhere.
        groups = held_groups(keys_of(rows, "groups"))
        roles = held_roles(keys_of(rows, "roles"))
        self._newcomers = Newcomers(roles, groups)
        # Asked once for a batch: almost none names what belongs to an organization.
        owners = [role.organization_id for role in roles.values()] + [g.organization_id for g in groups.values()]
        self._some_belong = any(owners)

    def _decide(self, row: CheckedRow, record: ImportRecord, now: datetime) -> None:
        self._require_rights(record)
        newcomers = self._newcomers
        require_known_keys(record, newcomers.roles, newcomers.groups)
        identifier = (record.identifier.claim_name, record.identifier.value)
        owner = self._owners.get(identifier)
        if owner is None and self._some_belong:
            require_membership(record, newcomers.roles, newcomers.groups)
        if owner is None and self._seen is not None and hash(identifier) in self._seen:
            self._repeated_in_dry_run(row, record)
        elif owner is None:
            self._insert(row, record, now)
        elif self._upsert:
            self._update(row, record, owner, now)
        elif owner > self._import_id:
            raise duplicated(record.identifier.claim_name)
        else:
            self.results.append(skipped(row, owner))

    def _insert(self, row: CheckedRow, record: ImportRecord, now: datetime) -> None:
        login_ids = [found for found in (*record.login_ids.values(), *record.further_login_ids) if found is not None]
        for found in login_ids:
            claims = {(found.claim_name, found.value), (found.claim_name, found.unique_key)}
            if any(claim in self._owners or (self._seen and hash(claim) in self._seen) for claim in claims):
                raise duplicated(found.claim_name)
        newcomer = self._newcomers.add(row, record, now)
        for found in login_ids:
            self._owners[(found.claim_name, found.value)] = newcomer.id

    def _update(self, row: CheckedRow, record: ImportRecord, owner: UUID, now: datetime) -> None:
        if owner not in self._people:
            # Added by an earlier row of this very batch, or by somebody else since the batch was read.
            self._write_newcomers(now)
            self._people.update(people_by_id([owner]))
        if owner not in self._people:
            raise Conflict("This person was deleted in the meantime.")
        person = self._people[owner]
        newcomers = self._newcomers
        update = Update(person, record, owners=self._owners, roles=newcomers.roles, groups=newcomers.groups, now=now)
        try:
            with transaction.atomic():
                entries = update.carry_out(self._import_id)
        except DirectoryError:
            # What it had changed in memory is not in the table: forget it, and read again if another row asks.
            del self._people[owner]
            raise
        for claim, user_id in update.changed_claims:
            if user_id is None:
                self._owners.pop(claim, None)
            else:
                self._owners[claim] = user_id
        if not entries:
            self.results.append(skipped(row, owner, "There was nothing to change.", *record.warnings))
            return
        self.changed.add(owner)
        if is_disabled_now(person.user.status, now):
            self.shut_out.add(owner)
        self.entries += entries
        result = RowResult(row.number, row.line, ImportOutcome.UPDATED, owner, record.warnings)
        if self._seen is not None:
            result.old, result.new = update.old, update.new
        self.results.append(result)

    def _write_newcomers(self, now: datetime) -> None:
        newcomers = self._newcomers
        people = newcomers.people
        if not people:
            return
        newcomers.people = []
        full = Newcomers(newcomers.roles, newcomers.groups, people)
        try:
            with transaction.atomic():
                full.write(now)
        except IntegrityError:
            self._retry([newcomer.row for newcomer in people])
            return
        for newcomer in people:
            row, record = newcomer.row, newcomer.record
            self.entries.append(full.entry(newcomer, self._import_id))
            if self._seen is not None:
                self._seen.update(hash((found.claim_name, found.value)) for found in newcomer.login_ids)
            result = RowResult(row.number, row.line, ImportOutcome.INSERTED, newcomer.id, record.warnings)
            if self._seen is not None:
                result.new = facts_of(newcomer)
            self.results.append(result)

    def _retry(self, rows: list[CheckedRow]) -> None:
        """Somebody else wrote one of these people first: look again, half of the rows at a time."""
        if len(rows) == 1:
            self.results.append(failed(rows[0], Conflict("Somebody else has just added this person.")))
            return
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            again = _Batch(self._actor, self._import_id, self._upsert, self._seen)
            again.process(half)
            self.results += again.results
            self.entries += again.entries
            self.changed |= again.changed
            self.shut_out |= again.shut_out

    def _repeated_in_dry_run(self, row: CheckedRow, record: ImportRecord) -> None:
        if not self._upsert:
            raise duplicated(record.identifier.claim_name)
        warnings = ("An earlier row adds this person.", *record.warnings)
        self.results.append(RowResult(row.number, row.line, ImportOutcome.UPDATED, None, warnings))

    def _require_rights(self, record: ImportRecord) -> None:
        for given, permission in (
            (record.roles, Permission.ROLES_ASSIGN),
            (record.groups, Permission.GROUPS_ASSIGN),
            (record.disabled is not None or record.period or None, Permission.USERS_DISABLE),
            (record.delete_at, Permission.USERS_DELETE),
            (self._credentials(record), Permission.USERS_CREDENTIALS),
        ):
            if given is not None and not allowed(self._actor, permission):
                raise Forbidden(f"This record needs “{permission.label}”.", info={"permission": permission.value})

    def _credentials(self, record: ImportRecord) -> object:
        """What of the record lets somebody sign in, or with ``upsert`` takes it away; None for nothing."""
        factors = record.second_factors
        # An export names the targets of everybody, also when there is none.
        targets = factors.targets if self._upsert else any(factors.targets.values())
        return record.password or factors.password or factors.totp_secret or targets or None
