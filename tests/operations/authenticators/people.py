"""What the tests of how users prove who they are share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.actors import Actor, ActorKind, Door
from directory.encryption import decrypt, encrypt
from directory.errors import Forbidden
from directory.models import AuditEntry, Authenticator, Message, User
from directory.operations.authenticators import create_authenticator, set_password
from directory.operations.authenticators.totp import seed_context
from directory.operations.messages import body_context
from tests.operations.users.people import everything

PASSWORD = "quiet river under stones"
OTHER = "another quiet river"
SEED = "JBSWY3DPEHPK3PXP"
#: Whoever is about to sign in.
STRANGER = Actor(kind=ActorKind.ANONYMOUS, door=Door.PORTAL, address="192.0.2.7")


def give_password(actor: Actor, user: User, password: str = PASSWORD) -> Authenticator:
    return set_password(actor=actor, user_id=user.id, password=password).authenticator


def give_code(actor: Actor, user: User, email: str = "zoe@second.example.com") -> Authenticator:
    return create_authenticator(actor=actor, user_id=user.id, kind="secondary", type="oob_otp_email", email=email)


def give_app(user: User) -> Authenticator:
    row = Authenticator(user=user, kind="secondary", type="totp", display_name="Telephone")
    row.secret = encrypt(SEED, context=seed_context(row.id))
    row.save()
    return row


def give_passkey(user: User, kind: str = "primary", credential_id: str = "AQIDBA") -> Authenticator:
    row: dict[str, Any] = {"credential_id": credential_id, "public_key": "pQECAyYg", "display_name": "Laptop"}
    return Authenticator.objects.create(user=user, kind=kind, type="passkey", transports=["internal"], **row)


def bodies() -> list[str]:
    """The texts of the messages in the outbox, oldest first."""
    rows = Message.objects.order_by("id")
    return [decrypt(row.body or "", context=body_context(row.id)) for row in rows]


def token_in(text: str) -> str:
    found = re.search(r"reset-password/(\S+)", text)
    assert found is not None
    return found[1]


def soon(**spans: int) -> Any:
    return timezone.now() + timedelta(**spans)


@contextmanager
def denied() -> Iterator[None]:
    """Expects ``Forbidden``, nothing changed, and one entry that tells of it."""
    before = everything()
    with pytest.raises(Forbidden):
        yield
    before["entries"] += 1
    assert everything() == before
    assert AuditEntry.objects.latest("id").outcome == "denied"
