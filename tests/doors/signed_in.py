"""Somebody who is signed in, has allowed a third party something, and has guessed too often; and two API clients."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.models import APIClient, APIClientKey, Authorization, Session, User
from directory.operations.api_clients import create_api_client, disable_api_client
from directory.operations.lockouts import record_failed_attempt
from tests.operations.sign_ins import app, authorization, grant, session


@dataclass(frozen=True)
class SignedIn:
    """What each write on sessions, authorizations, lockouts and API clients needs to find."""

    user: User
    session: Session
    authorization: Authorization
    client: APIClient
    key: APIClientKey
    off: APIClient


def sign_in(host: Actor, user: User) -> SignedIn:
    group = UUID(int=7)
    first = session(user, group=group)
    session(user, group=group, kind="offline_grant", client=app())
    session(user)
    allowed = authorization(user, app("third", first_party=False))
    grant(allowed)
    for _ in range(10):
        record_failed_attempt(actor=host, user_id=user.id, address="192.0.2.7")
    given: dict[str, Any] = {"actor": host, "scopes": ["users.view"], "algorithm": "EdDSA"}
    made = [create_api_client(name=name, **given) for name in ("Billing", "Off")]
    off = disable_api_client(actor=host, api_client_id=made[1].api_client.id)
    return SignedIn(user, first, allowed, made[0].api_client, made[0].key, off)
