"""Sessions, authorizations and the applications they belong to, made straight in the tables."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory.models import Authorization, Client, Session, User
from directory.values.tokens import new_token, token_hash

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
IPHONE = {"ios": {"UIDevice": {"model": "iPhone", "systemName": "iOS", "systemVersion": "19.1"}}}


def app(client_id: str = "app", *, first_party: bool = True, name: str = "") -> Client:
    return Client.objects.get_or_create(
        client_id=client_id, defaults={"name": name or client_id.title(), "is_first_party": first_party}
    )[0]


def session(user: User, *, token: str = "", group: UUID | None = None, **columns: Any) -> Session:
    """A session of a browser, begun an hour ago and good for a day."""
    now = timezone.now()
    given: dict[str, Any] = {
        "kind": "idp",
        "last_accessed_at": now - timedelta(minutes=5),
        "expires_at": now + timedelta(days=1),
        "created_with_ip": "192.0.2.7",
        "last_accessed_with_ip": "2001:db8::7",
        "user_agent": FIREFOX,
    }
    return Session.objects.create(
        user=user, token_hash=token_hash(token or new_token()), sso_group=group, **{**given, **columns}
    )


def sessions(user: User, count: int) -> None:
    now = timezone.now()
    Session.objects.bulk_create(
        Session(
            user=user,
            kind="idp" if number % 2 else "offline_grant",
            token_hash=token_hash(new_token()),
            last_accessed_at=now,
            expires_at=now + timedelta(days=1),
        )
        for number in range(count)
    )


def authorization(user: User, client: Client, *scopes: str) -> Authorization:
    return Authorization.objects.create(user=user, client=client, scopes=list(scopes) or ["openid", "email"])


def grant(of: Authorization) -> Session:
    return session(of.user, kind="offline_grant", client=of.client, authorization=of)


def left(user: User) -> int:
    return Session.objects.filter(user=user).count()
