"""The standing cast, the database server, and the write guard."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations

from directory.actors import Actor, ActorKind, Door, system
from directory.models import Organization
from directory.values.permissions import ADMIN_ROLES, Permission
from portal import embedded_postgres
from tests.write_guard import GuardedClient

#: Clients that are signed in: ``signed_in``, ``owner_client``, ``auditor_client``.
pytest_plugins = ["tests.signin.fixtures"]


def pytest_configure() -> None:
    embedded_postgres.ensure()


@pytest.fixture(scope="session", autouse=True)
def _flush_reaches_the_audit_log() -> Iterator[None]:
    """The log refuses TRUNCATE and Django's flush does not know it: tests with real commits need both."""
    original = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: Any, sql_list: list[str]) -> None:
        log = "TRUNCATE directory_auditentry, directory_auditpersonal;"
        original(self, ["SET session_replication_role = replica;", log, *sql_list, "RESET session_replication_role;"])

    DatabaseOperations.execute_sql_flush = execute_sql_flush  # type: ignore[method-assign]
    yield
    DatabaseOperations.execute_sql_flush = original  # type: ignore[method-assign]


def administrator_actor(label: str, **rights: Any) -> Actor:
    return Actor(
        kind=ActorKind.ADMINISTRATOR,
        id=uuid4(),
        door=Door.PORTAL,
        label=label,
        reauthenticated=True,
        request_id="test",
        address="192.0.2.1",
        user_agent="tests",
        **rights,
    )


VIEWS = ADMIN_ROLES["auditor"]


@pytest.fixture
def root() -> Actor:
    """May all, everywhere."""
    return administrator_actor("root@example.com", everywhere=frozenset(Permission))


@pytest.fixture
def auditor() -> Actor:
    """Sees everything, writes nothing."""
    return administrator_actor("auditor@example.com", everywhere=VIEWS)


@pytest.fixture
def nobody() -> Actor:
    """Signed in, without a single right."""
    return administrator_actor("nobody@example.com")


@pytest.fixture
def host() -> Actor:
    """The command line of the machine itself."""
    return system(Door.COMMAND)


@pytest.fixture
def acme(db: None) -> Organization:
    return Organization.objects.create(slug="acme", name="Acme")


@pytest.fixture
def globex(db: None) -> Organization:
    return Organization.objects.create(slug="globex", name="Globex")


@pytest.fixture
def ada(acme: Organization) -> Actor:
    """Administers Acme."""
    return administrator_actor("ada@example.com", organizations={acme.id: frozenset(Permission)})


@pytest.fixture
def ben(acme: Organization) -> Actor:
    """May only read Acme."""
    return administrator_actor("ben@example.com", organizations={acme.id: VIEWS})


@pytest.fixture
def cleo(globex: Organization) -> Actor:
    """Administers the other organization."""
    return administrator_actor("cleo@example.com", organizations={globex.id: frozenset(Permission)})


@pytest.fixture
def client() -> GuardedClient:
    return GuardedClient()


@pytest.fixture
def entries(db: None) -> Callable[..., list[Any]]:
    """``entries(activity_type=…)``: the audit entries written so far, oldest first, with ``.personal`` beside each."""
    from directory.models import AuditEntry, AuditPersonal

    def fetch(**filters: Any) -> list[Any]:
        found = list(AuditEntry.objects.filter(**filters).order_by("id"))
        personal = {row.entry_id: row.values for row in AuditPersonal.objects.filter(pk__in=[e.pk for e in found])}
        for entry in found:
            entry.personal = personal.get(entry.pk, {})
        return found

    return fetch
