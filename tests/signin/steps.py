"""The steps of signing in, as a browser takes them."""

import time
from functools import lru_cache
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.contrib.auth.hashers import make_password

from directory.models import Administrator
from tests.signin.fixtures import enrolled
from tests.write_guard import GuardedClient

PASSWORD = "correct horse battery"


@lru_cache(maxsize=1)
def password_hash() -> str:
    return make_password(PASSWORD)


def ruth(**options: Any) -> Administrator:
    """An owner who has password and authenticator app."""
    return enrolled("ruth@example.com", "owner", password_hash())


def newcomer(email: str = "nina@example.com") -> Administrator:
    """Has a password and no second factor yet."""
    return Administrator.objects.create(email=email, name="Nina", password=password_hash())


def secret_of(administrator: Administrator) -> str:
    app = Authenticator.objects.get(user=administrator, type=Authenticator.Type.TOTP)
    return decrypt(app.data["secret"])


def code_for(secret: str, shift: int = 0) -> str:
    """The code of the present 30 seconds, or of a neighbour."""
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + shift))


def give_password(client: GuardedClient, email: str, password: str = PASSWORD, path: str = "/sign-in") -> Any:
    return client.post(path, {"login": email, "password": password})


def give_code(client: GuardedClient, code: str) -> Any:
    return client.post("/sign-in/code", {"code": code})


def sign_in(client: GuardedClient, administrator: Administrator) -> Any:
    give_password(client, administrator.email)
    return give_code(client, code_for(secret_of(administrator)))
