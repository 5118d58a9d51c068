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
    USERS_CREDENTIALS = "users.credentials", "Change the passwords and other authenticators of users"
    USERS_SESSIONS = "users.sessions", "End the sessions of users and withdraw their authorizations"
    USERS_UNLOCK = "users.unlock", "Lift the lockouts of users"
    USERS_RESTORE = "users.restore", "Restore deleted users"
    USERS_ERASE = "users.erase", "Erase for good what is kept of deleted users"
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
    API_CLIENTS_VIEW = "api_clients.view", "See API clients"
    API_CLIENTS_MANAGE = "api_clients.manage", "Add and change API clients"
    JOBS_VIEW = "jobs.view", "See background jobs"
    JOBS_MANAGE = "jobs.manage", "Cancel and repeat background jobs, and do the housekeeping"
    MESSAGES_VIEW = "messages.view", "See the messages that were sent"
    AUDIT_LOG_VIEW = "audit_log.view", "Read the audit log"


_EVERY_VIEW = frozenset(permission for permission in Permission if permission.value.endswith(".view"))
_SIGHT_OF_PEOPLE = frozenset(
    {
        Permission.USERS_VIEW,
        Permission.ROLES_VIEW,
        Permission.GROUPS_VIEW,
        Permission.ORGANIZATIONS_VIEW,
        Permission.CUSTOM_ATTRIBUTES_VIEW,
        Permission.AUDIT_LOG_VIEW,
    }
)
_WORK_WITH_USERS = frozenset(permission for permission in Permission if permission.value.startswith("users."))

OWNER = "owner"

#: The admin roles: named sets of permissions, made after every migration. ``owner`` comes first, the least last.
ADMIN_ROLES: dict[str, frozenset[Permission]] = {
    OWNER: frozenset(Permission),
    "user_manager": (_WORK_WITH_USERS - {Permission.USERS_ERASE})
    | _SIGHT_OF_PEOPLE
    | {
        Permission.ROLES_ASSIGN,
        Permission.GROUPS_ASSIGN,
        Permission.ORGANIZATIONS_MEMBERS,
        Permission.JOBS_VIEW,
    },
    "help_desk": _SIGHT_OF_PEOPLE | {Permission.USERS_CREDENTIALS, Permission.USERS_UNLOCK, Permission.USERS_SESSIONS},
    "support": _SIGHT_OF_PEOPLE,
    "auditor": _EVERY_VIEW,
    "developer": frozenset(
        {
            Permission.API_CLIENTS_VIEW,
            Permission.API_CLIENTS_MANAGE,
            Permission.CUSTOM_ATTRIBUTES_VIEW,
            Permission.CUSTOM_ATTRIBUTES_MANAGE,
            Permission.ROLES_VIEW,
            Permission.GROUPS_VIEW,
            Permission.JOBS_VIEW,
            Permission.AUDIT_LOG_VIEW,
        }
    ),
}

#: For people: what each admin role is called, and what it is for.
ADMIN_ROLE_WORDS: dict[str, tuple[str, str]] = {
    OWNER: ("Owner", "May do everything, and make other administrators."),
    "user_manager": (
        "User manager",
        (
            "Changes, deletes and restores users; gives them roles, groups and organizations. Adds, imports and exports"
            " users where it is held in the whole directory."
        ),
    ),
    "help_desk": ("Help desk", "Sees users; resets passwords and second factors, ends sessions, lifts lockouts."),
    "support": ("Support", "Sees users, roles, groups, organizations and the audit log. Changes nothing."),
    "auditor": ("Auditor", "Sees everything there is. Changes nothing."),
    "developer": ("Developer", "Manages API clients and custom attributes; sees roles, groups and jobs."),
}


def admin_role_label(name: str) -> str:
    """What an admin role is called: “Help desk”."""
    return ADMIN_ROLE_WORDS.get(name, (name, ""))[0]
