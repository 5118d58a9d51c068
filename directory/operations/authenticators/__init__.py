"""How users prove who they are: passwords, one-time codes, second factors, recovery codes (contract section 6)."""

from directory.operations.authenticators.factors import create_authenticator, delete_authenticator, remove_passkey
from directory.operations.authenticators.grace_periods import remove_mfa_grace_period, set_mfa_grace_period
from directory.operations.authenticators.one_time_codes import (
    check_one_time_code,
    generate_oob_otp_code,
    remove_expired_codes,
)
from directory.operations.authenticators.passwords import (
    PasswordSet,
    set_password,
    set_password_expired,
    verify_password,
)
from directory.operations.authenticators.recovery_codes import (
    drop_recovery_codes,
    generate_recovery_codes,
    use_recovery_code,
)
from directory.operations.authenticators.resets import reset_link_holds, send_reset_password_message, use_reset_token
from directory.operations.authenticators.totp import verify_totp

__all__ = [
    "PasswordSet",
    "check_one_time_code",
    "create_authenticator",
    "delete_authenticator",
    "drop_recovery_codes",
    "generate_oob_otp_code",
    "generate_recovery_codes",
    "remove_expired_codes",
    "remove_mfa_grace_period",
    "remove_passkey",
    "reset_link_holds",
    "send_reset_password_message",
    "set_mfa_grace_period",
    "set_password",
    "set_password_expired",
    "use_recovery_code",
    "use_reset_token",
    "verify_password",
    "verify_totp",
]
