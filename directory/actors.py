"""Who acts: the one value that every operation and every query takes first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from directory.values.permissions import Permission


class ActorKind(StrEnum):
    """What kind of thing acts."""

    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


class Door(StrEnum):
    """Where the actor came in."""

    PORTAL = "portal"
    COMMAND = "command"
    JOB = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One acting subject with its rights, as they were when the request began.

    ``everywhere`` holds directory-wide; ``organizations`` maps an organization's id to what holds there alone.
    ``reauthenticated`` says that the actor proved its identity within the last 10 minutes (always true for the host's
    own command line). ``label`` is personal: it goes to the erasable side row of the audit log only.
    """

    kind: ActorKind
    door: Door
    id: UUID | None = None
    label: str = ""
    everywhere: frozenset[Permission] = frozenset()
    organizations: Mapping[UUID, frozenset[Permission]] = field(default_factory=lambda: MappingProxyType({}))
    reauthenticated: bool = False
    request_id: str = ""
    address: str = ""
    user_agent: str = ""

    def may(self, permission: Permission | str, organization_id: UUID | None = None) -> bool:
        """Whether the right holds directory-wide or, when an organization is named, in it."""
        if permission in self.everywhere:
            return True
        return organization_id is not None and permission in self.organizations.get(organization_id, frozenset())

    def may_somewhere(self, permission: Permission | str) -> bool:
        """Whether the right holds anywhere at all: decides what is shown, never what is done."""
        return permission in self.everywhere or any(permission in held for held in self.organizations.values())

    def organizations_with(self, permission: Permission | str) -> frozenset[UUID]:
        """The organizations in which the right holds by a grant on them alone."""
        return frozenset(id for id, held in self.organizations.items() if permission in held)


def system(door: Door, *, label: str = "system", request_id: str = "") -> Actor:
    """The host itself: commands typed at its shell and its own jobs. Holds everything."""
    return Actor(
        kind=ActorKind.SYSTEM,
        door=door,
        label=label,
        everywhere=frozenset(Permission),
        reauthenticated=True,
        request_id=request_id,
    )
