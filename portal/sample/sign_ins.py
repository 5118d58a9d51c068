"""When the demo's people signed in, from where, to what; what they allowed third parties; who is locked out."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory.actors import Actor
from directory.models import Client, Organization
from directory.operations.api_clients import create_api_client
from directory.operations.clients import create_client
from directory.operations.sample import SampleSession, add_sample_sign_ins

_DAY = timedelta(days=1)
#: Client ID, name, whether it is our own, what it may.
CLIENTS: tuple[tuple[str, str, bool, tuple[str, ...]], ...] = (
    ("customer-web", "Customer web site", True, ("openid", "offline_access")),
    ("field-app", "Field app", True, ("openid", "offline_access")),
    ("calendar-sync", "Calendar Sync", False, ("openid", "email", "offline_access")),
    ("expense-robot", "Expense Robot", False, ("openid", "profile", "email", "offline_access")),
)
API_CLIENTS: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("Billing jobs", ("users.view", "roles.view", "groups.view", "organizations.view"), False),
    ("Human resources sync", ("users.view", "users.create", "users.update", "organizations.members"), True),
)
_BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
        " Safari/605.1.15"
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
        " Mobile/15E148 Safari/604.1"
    ),
)
_DEVICES: tuple[dict[str, Any], ...] = (
    {"android": {"Build": {"MANUFACTURER": "Example", "MODEL": "Slate 8", "VERSION": {"RELEASE": "15"}}}},
    {"ios": {"UIDevice": {"model": "iPhone", "systemName": "iOS", "systemVersion": "18.5"}}},
)


def sign_in(actor: Actor, ids: Sequence[UUID], organization: Organization, seed: int) -> None:
    """Sign-ins of these people, and the demo's API clients. The same seed gives the same, apart from the hour."""
    clients = [
        create_client(actor=actor, client_id=client_id, name=name, first_party=own, scopes=scopes)
        for client_id, name, own, scopes in CLIENTS
    ]
    for name, scopes, confined in API_CLIENTS:
        create_api_client(
            actor=actor,
            name=name,
            scopes=scopes,
            organization_id=organization.id if confined else None,
            algorithm="EdDSA",
        )
    random, now = Random(seed), timezone.now()
    logins = dict(_last_logins(random, ids, now))
    sessions = [row for id, at in logins.items() for row in _sessions(random, id, at, now, clients)]
    lockouts = {
        id: {_address(random): now + timedelta(hours=1 + place) for place in range(1 + number % 2)}
        for number, id in enumerate(list(logins)[5::40][:8])
    }
    add_sample_sign_ins(actor=actor, sessions=sessions, lockouts=lockouts, last_logins=logins)


def _last_logins(random: Random, ids: Sequence[UUID], now: datetime) -> Iterator[tuple[UUID, datetime]]:
    """One in eight never came; most of the others were here within weeks, some not for a year."""
    for id in ids:
        if random.random() < 0.125:
            continue
        days = min(random.expovariate(1 / 20) if random.random() < 0.85 else random.uniform(60, 365), 365)
        yield id, now - days * _DAY - timedelta(minutes=random.uniform(1, 600))


def _sessions(
    random: Random, id: UUID, at: datetime, now: datetime, clients: Sequence[Client]
) -> Iterator[SampleSession]:
    """Of who was here within 80 days: one on the sign-in page, often one of an application, seldom a third party's."""
    if at < now - 80 * _DAY:
        return
    own, third = clients[:2], clients[2:]
    begun = at - random.uniform(0, 8) * _DAY
    yield _session(random, id, None, at, at)
    if random.random() < 0.4:
        yield _session(random, id, own[0], begun, at)
    if random.random() < 0.3:
        yield _session(random, id, own[1], begun, at)
    for client in third:
        if random.random() < 0.06:
            yield _session(random, id, client, begun, at)


def _session(random: Random, id: UUID, client: Client | None, begun: datetime, last: datetime) -> SampleSession:
    is_app = client is not None and client.client_id == "field-app"
    return SampleSession(
        user_id=id,
        client=client,
        created_at=begun,
        last_accessed_at=last + timedelta(seconds=random.uniform(0, 50)),
        address=_address(random),
        user_agent="" if is_app else random.choice(_BROWSERS),
        device_info=random.choice(_DEVICES) if is_app else {},
        scopes=tuple(client.scopes) if client else (),
    )


def _address(random: Random) -> str:
    """From the ranges kept for documentation (RFC 5737, RFC 3849)."""
    if random.random() < 0.2:
        return f"2001:db8::{random.randrange(1, 0xFFFF):x}"
    return f"{random.choice(('192.0.2', '198.51.100', '203.0.113'))}.{random.randrange(1, 255)}"
