"""The vocabulary of rights. Grammar: ``<plural noun>.<verb>``.

``view`` never implies another verb, and no verb implies ``view``: named sets (admin roles) put them together.
"""

from enum import StrEnum
from typing import Self


class Permission(StrEnum):
    """One right. Held directory-wide (through an admin role) or on one organization (through guardian)."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    USERS_VIEW = "users.view", "See users"
    USERS_CREATE = "users.create", "Add users"
    USERS_UPDATE = "users.update", "Change the attributes of users"
    USERS_IDENTITIES = "users.identities", "Change the identities of users and mark them verified"
    USERS_DISABLE = "users.disable", "Disable and re-enable users, set their valid period"
    USERS_DELETE = "users.delete", "Delete and anonymize users, and schedule both"
    USERS_IMPORT = "users.import", "Import users"
    USERS_EXPORT = "users.export", "Export users"
    ROLES_VIEW = "roles.view", "See roles"
    ROLES_CREATE = "roles.create", "Add roles"
    ROLES_UPDATE = "roles.update", "Change roles"
    ROLES_DELETE = "roles.delete", "Delete roles"
    ROLES_ASSIGN = "roles.assign", "Give roles to users and groups, and take them away"
    GROUPS_VIEW = "groups.view", "See groups"
    GROUPS_CREATE = "groups.create", "Add groups"
    GROUPS_UPDATE = "groups.update", "Change groups"
    GROUPS_DELETE = "groups.delete", "Delete groups"
    GROUPS_ASSIGN = "groups.assign", "Put users into groups, and take them out"
    ORGANIZATIONS_VIEW = "organizations.view", "See organizations"
    ORGANIZATIONS_CREATE = "organizations.create", "Add organizations"
    ORGANIZATIONS_UPDATE = "organizations.update", "Change organizations"
    ORGANIZATIONS_DELETE = "organizations.delete", "Delete organizations"
    ORGANIZATIONS_MEMBERS = "organizations.members", "Change the members of organizations"
    CUSTOM_ATTRIBUTES_VIEW = "custom_attributes.view", "See the definitions of custom attributes"
    CUSTOM_ATTRIBUTES_MANAGE = "custom_attributes.manage", "Change the definitions of custom attributes"
    ADMINISTRATORS_VIEW = "administrators.view", "See administrators"
    ADMINISTRATORS_MANAGE = "administrators.manage", "Add and change administrators"
    AUDIT_LOG_VIEW = "audit_log.view", "Read the audit log"


#: The admin roles of this release: named sets of permissions, made after every migration.
ADMIN_ROLES: dict[str, frozenset[Permission]] = {
    "owner": frozenset(Permission),
    "auditor": frozenset(permission for permission in Permission if permission.value.endswith(".view")),
}
