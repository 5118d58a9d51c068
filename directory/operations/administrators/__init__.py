"""Administrators: who they are, what they are granted, how they are invited, and what they do to sign in."""

from directory.operations.administrators.accounts import (
    change_own_password,
    create_administrator,
    deactivate_administrator,
    delete_administrator,
    reactivate_administrator,
    update_administrator,
)
from directory.operations.administrators.grants import grant_role, revoke_role
from directory.operations.administrators.invitations import (
    accept_invitation,
    invite_administrator,
    reinvite_administrator,
    withdraw_invitation,
)
from directory.operations.administrators.rules import checked_password
from directory.operations.administrators.security import (
    end_administrator_sessions,
    end_own_sessions,
    reset_second_factors,
)
from directory.operations.administrators.signing_in import (
    confirmation_failed,
    reauthenticated,
    recovery_code_used,
    recovery_codes_generated,
    second_factor_added,
    second_factor_removed,
    session_ended,
    sign_in_failed,
    sign_in_succeeded,
    signed_out,
)

__all__ = [
    "accept_invitation",
    "change_own_password",
    "checked_password",
    "confirmation_failed",
    "create_administrator",
    "deactivate_administrator",
    "delete_administrator",
    "end_administrator_sessions",
    "end_own_sessions",
    "grant_role",
    "invite_administrator",
    "reactivate_administrator",
    "reauthenticated",
    "recovery_code_used",
    "recovery_codes_generated",
    "reinvite_administrator",
    "reset_second_factors",
    "revoke_role",
    "second_factor_added",
    "second_factor_removed",
    "session_ended",
    "sign_in_failed",
    "sign_in_succeeded",
    "signed_out",
    "update_administrator",
    "withdraw_invitation",
]
