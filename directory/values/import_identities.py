"""The login IDs of an import record: the three claims, and for an export also the list of identities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from directory.errors import Cause, invalid
from directory.values.import_fields import Causes, shown
from directory.values.login_ids import TYPE_OF_CLAIM, LoginID, parse_login_id
from directory.values.text import json_type

MAX_IDENTITIES = 100


@dataclass(frozen=True, slots=True)
class FoundLoginIDs:
    """``by_claim`` has what the record says of the three claims (``None``: to be removed); ``further`` what an export
    lists beside them; ``order`` the unique keys of all, oldest first."""

    identifier: LoginID | None
    by_claim: Mapping[str, LoginID | None]
    further: tuple[LoginID, ...]
    order: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @classmethod
    def none(cls) -> "FoundLoginIDs":
        """What stands in for a refused set until the refusal is raised."""
        return cls(None, {}, (), ())

    def all(self) -> list[LoginID]:
        """Every login ID that the record gives."""
        return [*(login_id for login_id in self.by_claim.values() if login_id is not None), *self.further]


def read_login_ids(record: Mapping[str, Any], identifier: str, is_export: bool) -> FoundLoginIDs:
    """The record's login IDs. The identifier must be there; in an export, which may hold people who have none of that
    kind, any login ID serves. Raises ``Invalid`` with all causes."""
    causes = Causes()
    listed, warnings = causes.run(_listed, record) or ([], ()) if is_export else ([], ())
    by_claim: dict[str, LoginID | None] = {}
    for claim, kind in TYPE_OF_CLAIM.items():
        if claim not in record:
            continue
        value = record[claim]
        by_claim[claim] = None if value is None else causes.run(parse_login_id, kind.value, value, field=claim)
    if record.get(identifier) is None and not is_export:
        causes.add(Cause(identifier, "required", "This field says whose record it is: it must be there."))
    causes.finish()
    if not is_export:
        claimed = [login_id for login_id in by_claim.values() if login_id is not None]
        return FoundLoginIDs(by_claim[identifier], by_claim, (), tuple(found.unique_key for found in claimed))
    return _merged(by_claim, listed, identifier, warnings)


def _merged(
    by_claim: dict[str, LoginID | None], listed: list[LoginID], identifier: str, warnings: tuple[str, ...]
) -> FoundLoginIDs:
    """The list knows how a value was written and when it came; the claims know which of several is the chief one."""
    by_key = {(found.claim_name, found.unique_key): found for found in listed}
    merged = {
        claim: by_key.pop((claim, given.unique_key), given) if given is not None else None
        for claim, given in by_claim.items()
    }
    for claim in TYPE_OF_CLAIM:
        newest = [key for key in by_key if key[0] == claim]
        if newest and merged.get(claim) is None:
            merged[claim] = by_key.pop(newest[-1])
    chiefs = [found for found in merged.values() if found is not None]
    first = merged.get(identifier) or next(iter(chiefs), None)
    order = tuple(dict.fromkeys(found.unique_key for found in (*listed, *chiefs)))
    return FoundLoginIDs(first, merged, tuple(by_key.values()), order, warnings)


def _listed(record: Mapping[str, Any]) -> tuple[list[LoginID], tuple[str, ...]]:
    value = record.get("identities")
    if value is None:
        return [], ()
    if not isinstance(value, list | tuple):
        raise invalid("identities", "type", "This must be a list.", expected=["array"], actual=[json_type(value)])
    if len(value) > MAX_IDENTITIES:
        raise invalid("identities", "maxItems", f"At most {MAX_IDENTITIES}.", expected=MAX_IDENTITIES)
    causes = Causes()
    login_ids, others = [], []
    for index, item in enumerate(value):
        at = f"identities.{index}"
        if not isinstance(item, Mapping):
            causes.add(Cause(at, "type", "This must be an object.", {"expected": ["object"]}))
        elif item.get("type") != "login_id":
            others.append(shown(item.get("type")))
        elif (found := causes.run(_login_id, item.get("login_id"), f"{at}.login_id")) is not None:
            login_ids.append(found)
    causes.finish()
    warnings = tuple(f"An identity of type {kind} cannot be imported." for kind in others)
    return login_ids, warnings


def _login_id(value: object, at: str) -> LoginID:
    if not isinstance(value, Mapping):
        raise invalid(at, "type", "This must be an object.", expected=["object"], actual=[json_type(value)])
    key = value.get("key")
    written = value.get("original_value", value.get("value"))
    return parse_login_id(key if isinstance(key, str) else "", written, field=f"{at}.original_value")
