"""Users within an actor's sight: one, a list, what is derived from their rows."""

from directory.queries.reach import get_user, visible_users
from directory.queries.users.detail import user_detail
from directory.queries.users.due import due_users
from directory.queries.users.fields import (
    STATES,
    display_name,
    end_user_account_id,
    formatted_name,
    is_disabled_now,
    state,
)
from directory.queries.users.lists import ORDERS, UserFilter, estimate_users, find_users, list_users

__all__ = [
    "ORDERS",
    "STATES",
    "UserFilter",
    "display_name",
    "due_users",
    "end_user_account_id",
    "estimate_users",
    "find_users",
    "formatted_name",
    "get_user",
    "is_disabled_now",
    "list_users",
    "state",
    "user_detail",
    "visible_users",
]
