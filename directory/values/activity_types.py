"""The vocabulary of the audit log."""

from enum import StrEnum


class Event(StrEnum):
    """Activity types: the contract's (section 10) where one fits, by its dotted ``type``; below them our own."""

    USER_CREATED = "user.created"
    USER_PROFILE_UPDATED = "user.profile.updated"
    USER_DISABLED = "user.disabled"
    USER_REENABLED = "user.reenabled"
    USER_DELETION_SCHEDULED = "user.deletion_scheduled"
    USER_DELETION_UNSCHEDULED = "user.deletion_unscheduled"
    USER_ANONYMIZATION_SCHEDULED = "user.anonymization_scheduled"
    USER_ANONYMIZATION_UNSCHEDULED = "user.anonymization_unscheduled"
    USER_ANONYMIZED = "user.anonymized"
    USER_DELETED = "user.deleted"
    IDENTITY_EMAIL_ADDED = "identity.email.added"
    IDENTITY_EMAIL_REMOVED = "identity.email.removed"
    IDENTITY_EMAIL_UPDATED = "identity.email.updated"
    IDENTITY_EMAIL_VERIFIED = "identity.email.verified"
    IDENTITY_EMAIL_UNVERIFIED = "identity.email.unverified"
    IDENTITY_PHONE_ADDED = "identity.phone.added"
    IDENTITY_PHONE_REMOVED = "identity.phone.removed"
    IDENTITY_PHONE_UPDATED = "identity.phone.updated"
    IDENTITY_PHONE_VERIFIED = "identity.phone.verified"
    IDENTITY_PHONE_UNVERIFIED = "identity.phone.unverified"
    IDENTITY_USERNAME_ADDED = "identity.username.added"
    IDENTITY_USERNAME_REMOVED = "identity.username.removed"
    IDENTITY_USERNAME_UPDATED = "identity.username.updated"
    IDENTITY_OAUTH_DISCONNECTED = "identity.oauth.disconnected"
    IDENTITY_BIOMETRIC_DISABLED = "identity.biometric.disabled"

    IDENTITY_REMOVED = "identity.removed"
    USER_VALID_PERIOD_UPDATED = "user.valid_period.updated"
    USER_IMPORTED = "user.imported"
    USER_ROLES_UPDATED = "user.roles.updated"
    USER_GROUPS_UPDATED = "user.groups.updated"
    USER_ORGANIZATION_ADDED = "user.organization.added"
    USER_ORGANIZATION_UPDATED = "user.organization.updated"
    USER_ORGANIZATION_REMOVED = "user.organization.removed"
    ROLE_CREATED = "role.created"
    ROLE_UPDATED = "role.updated"
    ROLE_DELETED = "role.deleted"
    GROUP_CREATED = "group.created"
    GROUP_UPDATED = "group.updated"
    GROUP_DELETED = "group.deleted"
    GROUP_ROLES_UPDATED = "group.roles.updated"
    ORGANIZATION_CREATED = "organization.created"
    ORGANIZATION_UPDATED = "organization.updated"
    ORGANIZATION_DELETED = "organization.deleted"
    CUSTOM_ATTRIBUTE_CREATED = "custom_attribute.created"
    CUSTOM_ATTRIBUTE_UPDATED = "custom_attribute.updated"
    CUSTOM_ATTRIBUTE_DELETED = "custom_attribute.deleted"
    USERS_IMPORTED = "users.imported"
    USERS_EXPORTED = "users.exported"
    ADMINISTRATOR_CREATED = "administrator.created"
    ADMINISTRATOR_SIGNED_IN = "administrator.signed_in"
    ADMINISTRATOR_SIGNED_OUT = "administrator.signed_out"
    ADMINISTRATOR_SIGN_IN_FAILED = "administrator.sign_in_failed"
    ADMINISTRATOR_REAUTHENTICATED = "administrator.reauthenticated"
    ADMINISTRATOR_SECOND_FACTOR_ADDED = "administrator.second_factor.added"
    ADMINISTRATOR_SECOND_FACTOR_REMOVED = "administrator.second_factor.removed"
    ADMINISTRATOR_RECOVERY_CODES_GENERATED = "administrator.recovery_codes.generated"
    ADMINISTRATOR_RECOVERY_CODE_USED = "administrator.recovery_code.used"
    ADMINISTRATOR_PASSWORD_CHANGED = "administrator.password.changed"
    OPERATION_DENIED = "operation.denied"


class Outcome(StrEnum):
    """How what the entry tells of ended."""

    SUCCESS = "success"
    FAILED = "failed"
    DENIED = "denied"


def label_of(activity_type: str) -> str:
    """An activity type for people: ``user.profile.updated`` becomes ``User profile updated``."""
    words = activity_type.replace(".", " ").replace("_", " ")
    return words[:1].upper() + words[1:]
