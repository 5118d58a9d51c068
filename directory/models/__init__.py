"""The tables. Rows only: rules live in values and operations, derived fields in queries."""

from directory.models.administrators import (
    Administrator,
    AdministratorSession,
    Grant,
    Invitation,
    SecondFactor,
)
from directory.models.api_clients import APIClient, APIClientKey
from directory.models.audit_log import AuditEntry, AuditPersonal
from directory.models.authenticators import (
    Authenticator,
    AuthenticatorKind,
    AuthenticatorType,
    CodePurpose,
    OneTimeCode,
    PasswordHistory,
    RecoveryCode,
)
from directory.models.clients import Client
from directory.models.deleted_users import DeletedUser
from directory.models.groups import Group, GroupRole, UserGroup
from directory.models.identities import Identity, IdentityType, VerifiedClaim
from directory.models.jobs import UNFINISHED, Job, JobState
from directory.models.lockouts import Lockout
from directory.models.messages import Channel, Message, MessageState
from directory.models.organizations import (
    Membership,
    MembershipRole,
    MembershipStatus,
    Organization,
    OrganizationGroupObjectPermission,
    OrganizationUserObjectPermission,
)
from directory.models.roles import Role, UserRole
from directory.models.sessions import Authorization, Session, SessionKind
from directory.models.users import CustomAttribute, SignUpCount, User

__all__ = [
    "UNFINISHED",
    "APIClient",
    "APIClientKey",
    "Administrator",
    "AdministratorSession",
    "AuditEntry",
    "AuditPersonal",
    "Authenticator",
    "AuthenticatorKind",
    "AuthenticatorType",
    "Authorization",
    "Channel",
    "Client",
    "CodePurpose",
    "CustomAttribute",
    "DeletedUser",
    "Grant",
    "Group",
    "GroupRole",
    "Identity",
    "IdentityType",
    "Invitation",
    "Job",
    "JobState",
    "Lockout",
    "Membership",
    "MembershipRole",
    "MembershipStatus",
    "Message",
    "MessageState",
    "OneTimeCode",
    "Organization",
    "OrganizationGroupObjectPermission",
    "OrganizationUserObjectPermission",
    "PasswordHistory",
    "RecoveryCode",
    "Role",
    "SecondFactor",
    "Session",
    "SessionKind",
    "SignUpCount",
    "User",
    "UserGroup",
    "UserRole",
    "VerifiedClaim",
]
