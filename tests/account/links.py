"""What the tests of the reset link share."""

from typing import Any

from directory.actors import Actor
from directory.models import User
from directory.operations.authenticators import send_reset_password_message, verify_password
from tests.operations.authenticators.people import STRANGER, bodies, token_in
from tests.operations.users.people import ZOE
from tests.write_guard import GuardedClient

NEW = " a new river at noon "


def fresh_link(root: Actor) -> str:
    send_reset_password_message(actor=root, login_id=ZOE)
    return f"/account/reset-password/{token_in(bodies()[-1])}"


def choose(link: str, password: str = NEW, again: str | None = None, client: Any = None, **headers: Any) -> Any:
    values = {"password": password, "again": password if again is None else again}
    return (client or GuardedClient()).post(link, values, **headers)


def can_sign_in(user: User, password: str = NEW) -> bool:
    return verify_password(actor=STRANGER, user_id=user.id, password=password)
