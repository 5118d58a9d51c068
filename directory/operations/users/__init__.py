"""What can be done to a user, but for identities, memberships and imports."""

from directory.operations.users.create import create_user
from directory.operations.users.delete import anonymize_user, delete_user
from directory.operations.users.due import carry_out_schedule
from directory.operations.users.status import (
    DEFAULT_GRACE_DAYS,
    disable_user,
    enable_user,
    schedule_anonymization,
    schedule_deletion,
    set_valid_period,
    unschedule_anonymization,
    unschedule_deletion,
)
from directory.operations.users.update import update_user

__all__ = [
    "DEFAULT_GRACE_DAYS",
    "anonymize_user",
    "carry_out_schedule",
    "create_user",
    "delete_user",
    "disable_user",
    "enable_user",
    "schedule_anonymization",
    "schedule_deletion",
    "set_valid_period",
    "unschedule_anonymization",
    "unschedule_deletion",
    "update_user",
]
