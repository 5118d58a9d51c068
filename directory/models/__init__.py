"""The tables. Rows only: rules live in values and operations, derived fields in queries."""

from directory.models.administrators import Administrator
from directory.models.audit_log import AuditEntry, AuditPersonal
from directory.models.authenticators import Authenticator, AuthenticatorKind, AuthenticatorType
from directory.models.groups import Group, GroupRole, UserGroup
from directory.models.identities import Identity, IdentityType, VerifiedClaim
from directory.models.organizations import (
    Membership,
    MembershipRole,
    MembershipStatus,
    Organization,
    OrganizationGroupObjectPermission,
    OrganizationUserObjectPermission,
)
from directory.models.roles import Role, UserRole
from directory.models.users import CustomAttribute, SignUpCount, User

__all__ = [
    "Administrator",
    "AuditEntry",
    "AuditPersonal",
    "Authenticator",
    "AuthenticatorKind",
    "AuthenticatorType",
    "CustomAttribute",
    "Group",
    "GroupRole",
    "Identity",
    "IdentityType",
    "Membership",
    "MembershipRole",
    "MembershipStatus",
    "Organization",
    "OrganizationGroupObjectPermission",
    "OrganizationUserObjectPermission",
    "Role",
    "SignUpCount",
    "User",
    "UserGroup",
    "UserRole",
    "VerifiedClaim",
]
