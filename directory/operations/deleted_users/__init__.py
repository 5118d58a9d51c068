"""Deleted users: bringing them back, and forgetting them for good."""

from directory.operations.deleted_users.erase import (
    erase_deleted_user,
    erase_personal_entries,
    remove_expired_snapshots,
)
from directory.operations.deleted_users.restore import Restored, restore_user

__all__ = [
    "Restored",
    "erase_deleted_user",
    "erase_personal_entries",
    "remove_expired_snapshots",
    "restore_user",
]
