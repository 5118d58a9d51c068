"""Changing a person who was there before as a record says: absent keeps, null removes, a value sets."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from directory.audit import Entry, Event
from directory.models import (
    Authenticator,
    AuthenticatorKind,
    AuthenticatorType,
    Group,
    Identity,
    IdentityType,
    Role,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.operations.authenticators.stored import drop_unneeded_recovery_codes
from directory.operations.imports.memberships import organization_entries, require_membership
from directory.operations.imports.reading import Claim, Person
from directory.operations.imports.results import duplicated
from directory.operations.users.attributes import claims_of, settled
from directory.operations.users.claims import drop_authenticators, drop_orphaned_claims, move_authenticators
from directory.operations.users.entries import attributes_of, changes, status_of, subject_of
from directory.operations.users.login_ids import insert_login_id, replace_login_id
from directory.values.account_status import AccountStatus, disable, enable, set_valid_period
from directory.values.import_records import OWNED, ImportRecord
from directory.values.login_ids import LoginID


class Update:
    """One record on one person. ``owners`` tells whose claims are, and is kept up to date."""

    def __init__(
        self,
        person: Person,
        record: ImportRecord,
        *,
        owners: dict[Claim, UUID],
        roles: Mapping[str, Role],
        groups: Mapping[str, Group],
        now: datetime,
    ) -> None:
        self._person = person
        self._user = person.user
        self._record = record
        self._owners = owners
        self._roles = roles
        self._groups = groups
        self._now = now
        self.changed_claims: list[tuple[Claim, UUID | None]] = []
        self.old: dict[str, Any] = {}
        self.new: dict[str, Any] = {}

    def carry_out(self, import_id: UUID) -> list[Entry]:
        """Write what differs; the entry that tells of it, or none when nothing does. Search is left to the caller.

        What came or went of organizations is not in that entry, which whoever may see the user may read, but in entries
        for each organization behind it; ``old`` and ``new`` hold all. Raises ``Conflict`` (``DuplicatedIdentity``) and
        ``Invalid`` (``InvalidAccountStatusTransition``, ``NotAMember``), and has then written half: run it in a
        savepoint.
        """
        require_membership(self._record, self._roles, self._groups, self._person)
        before = self._facts()
        held = (dict(self._person.roles), dict(self._person.groups))
        columns = self._columns()
        for claim in OWNED:
            if claim in self._record.login_ids and claim != self._record.identifier.claim_name:
                self._set_login_id(claim, self._record.login_ids[claim])
        for login_id in self._record.further_login_ids:
            if not any(row.unique_key == login_id.unique_key for row in self._of(login_id.claim_name)):
                self._insert(login_id)
        self._set_attributes()
        self._set_verified()
        self._set_status()
        self._set_memberships("roles", self._roles, UserRole)
        self._set_memberships("groups", self._groups, UserGroup)
        self._set_targets()
        after = self._facts()
        self.old, self.new = changes(before, after)
        if not self.new:
            return []
        has = (self._person.roles, self._person.groups)
        old, new = changes(_without_organizations(before, *held), _without_organizations(after, *has))
        self._user.updated_at = self._now
        self._user.save(update_fields=[*self._differing(columns), "updated_at"])
        entry = Entry(
            event=Event.USER_IMPORTED,
            subject=subject_of(self._user),
            user_id=self._user.id,
            old=old,
            new=new,
            details={"import_id": import_id, "fields": sorted(self.new)},
        )
        return [entry, *organization_entries(self._user, held, has)]

    def _facts(self) -> dict[str, Any]:
        """All that a record can change, by the names that entries use."""
        person = self._person
        facts = {**attributes_of(self._user), **status_of(self._user)}
        facts["login_ids"] = sorted(row.value or "" for row in person.identities if row.type == IdentityType.LOGIN_ID)
        facts["verified"] = sorted(value for _, value in person.verified)
        facts["roles"], facts["groups"] = sorted(person.roles), sorted(person.groups)
        facts.update((f"mfa.{name}", sorted(values)) for name, values in person.targets.items())
        return facts

    def _columns(self) -> dict[str, Any]:
        user = self._user
        return {
            "standard_attributes": user.standard_attributes,
            "custom_attributes": user.custom_attributes,
            **{name: getattr(user, name) for name in AccountStatus.__dataclass_fields__},
        }

    def _differing(self, columns: Mapping[str, Any]) -> list[str]:
        return [name for name, value in self._columns().items() if columns[name] != value]

    def _of(self, claim: str) -> list[Identity]:
        """The user's login IDs of one kind, oldest first."""
        rows = self._person.identities
        return [row for row in rows if row.type == IdentityType.LOGIN_ID and getattr(row, claim) is not None]

    def _set_login_id(self, claim: str, login_id: LoginID | None) -> None:
        rows = self._of(claim)
        if login_id is None:
            for row in rows:
                self._remove(row, claim)
        elif any(row.unique_key == login_id.unique_key for row in rows):
            return
        elif rows:
            chief = self._user.standard_attributes.get(claim)
            self._replace(next((row for row in rows if row.value == chief), rows[-1]), login_id)
        else:
            self._insert(login_id)

    def _claim(self, login_id: LoginID) -> None:
        claim = (login_id.claim_name, login_id.value)
        if self._owners.get(claim, self._user.id) != self._user.id:
            raise duplicated(login_id.claim_name)
        self.changed_claims.append((claim, self._user.id))

    def _insert(self, login_id: LoginID) -> None:
        self._claim(login_id)
        self._person.identities.append(insert_login_id(self._user, login_id))

    def _replace(self, identity: Identity, login_id: LoginID) -> None:
        self._claim(login_id)
        claim, former = login_id.claim_name, identity.value or ""
        identity.updated_at = self._now
        replace_login_id(identity, login_id)
        move_authenticators(self._user, claim, former, login_id.value)
        self._lose((claim, former))
        if self._user.standard_attributes.get(claim) == former:
            self._user.standard_attributes = {**self._user.standard_attributes, claim: login_id.value}

    def _remove(self, identity: Identity, claim: str) -> None:
        lost = (claim, identity.value or "")
        identity.delete()
        self._person.identities = [row for row in self._person.identities if row is not identity]
        drop_authenticators(self._user, [lost])
        self._lose(lost)

    def _lose(self, lost: Claim) -> None:
        if drop_orphaned_claims(self._user, [lost]):
            self._person.verified.discard(lost)
        self.changed_claims.append((lost, None))

    def _set_attributes(self) -> None:
        record, user = self._record, self._user
        standard = _merged(user.standard_attributes, record.standard)
        for claim, login_id in record.login_ids.items():
            if login_id is not None and claim != record.identifier.claim_name:
                standard[claim] = login_id.value
        user.standard_attributes = settled(standard, claims_of(self._person.identities))
        user.custom_attributes = _merged(user.custom_attributes, record.custom)

    def _set_verified(self) -> None:
        for claim, flag in self._record.verified.items():
            login_id = self._record.login_ids.get(claim)
            value = login_id.value if login_id is not None else self._user.standard_attributes.get(claim)
            if value is None or ((claim, value) in self._person.verified) == flag:
                continue
            row = {"user": self._user, "name": claim, "value": value}
            if flag:
                VerifiedClaim.objects.create(**row, created_at=self._now)
                self._person.verified.add((claim, value))
            else:
                VerifiedClaim.objects.filter(**row).delete()
                self._person.verified.discard((claim, value))

    def _set_status(self) -> None:
        record = self._record
        status = self._user.status
        if record.period:
            period = {name: getattr(status, name) for name in ("account_valid_from", "account_valid_until")}
            period.update(record.period)
            if replace(status, **period) != status:
                valid_from, valid_until = period["account_valid_from"], period["account_valid_until"]
                status = set_valid_period(status, self._now, valid_from=valid_from, valid_until=valid_until)
        if record.disabled is not None and record.disabled != status.is_disabled:
            status = disable(status, self._now) if record.disabled else enable(status, self._now)
        self._user.set_status(status)

    def _set_memberships(
        self,
        name: str,
        known: Mapping[str, Role] | Mapping[str, Group],
        model: type[UserRole] | type[UserGroup],
    ) -> None:
        wanted = getattr(self._record, name)
        held: dict[str, Role | Group] = getattr(self._person, name)
        if wanted is None or set(wanted) == held.keys():
            return
        kind = name.removesuffix("s")
        gone = held.keys() - set(wanted)
        if gone:
            model.objects.filter(user=self._user, **{f"{kind}__key__in": gone}).delete()
        for key in wanted:
            if key not in held:
                row: dict[str, Any] = {"user_id": self._user.id, f"{kind}_id": known[key].id, "created_at": self._now}
                model.objects.create(**row)
        setattr(self._person, name, {key: known[key] for key in wanted})

    def _set_targets(self) -> None:
        for name, values in self._record.second_factors.targets.items():
            held = self._person.targets[name]
            if set(values) == held:
                continue
            type = AuthenticatorType.OOB_OTP_EMAIL if name == "email" else AuthenticatorType.OOB_OTP_SMS
            column = "email" if name == "email" else "phone"
            codes = Authenticator.objects.filter(user=self._user, kind=AuthenticatorKind.SECONDARY, type=type)
            codes.filter(**{f"{column}__in": held - set(values)}).delete()
            if not values:
                drop_unneeded_recovery_codes(self._user)
            for value in values:
                if value not in held:
                    row: dict[str, Any] = {"user": self._user, "kind": AuthenticatorKind.SECONDARY, "type": type}
                    Authenticator.objects.create(**row, **{column: value})
            self._person.targets[name] = set(values)


def _without_organizations(
    facts: Mapping[str, Any], roles: Mapping[str, Role], groups: Mapping[str, Group]
) -> dict[str, Any]:
    plain = {
        name: sorted(key for key, row in rows.items() if row.organization_id is None)
        for name, rows in (("roles", roles), ("groups", groups))
    }
    return {**facts, **plain}


def _merged(old: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**old, **given}
    return {name: value for name, value in merged.items() if value is not None}
