"""The standing cast, the database server, and the write guard."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from directory.actors import Actor, ActorKind, Door, system
from directory.models import Organization
from directory.values.permissions import ADMIN_ROLES, Permission
from portal import embedded_postgres
from tests import clean_slate
from tests.write_guard import GuardedClient

#: Clients that are signed in: ``signed_in``, ``owner_client``, ``auditor_client``.
pytest_plugins = ["tests.signin.fixtures"]
#: Where compiled modules go for who wants none beside the sources (PYTHONDONTWRITEBYTECODE).
BYTECODE = Path(__file__).resolve().parent.parent / ".pytest_cache" / "bytecode"


def pytest_configure() -> None:
    _keep_bytecode()
    embedded_postgres.ensure()


def _keep_bytecode() -> None:
    """Compile each module once, and not again in each worker and in each process that a test starts."""
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(BYTECODE)
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(BYTECODE)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Tests with real commits leave the database as the migrations did, rows of the audit log and all."""
    with django_db_blocker.unblock():
        clean_slate.remember()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: clean_slate.restore())
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_listed_once() -> Iterator[None]:
    """Each client has middleware of its own; WhiteNoise's looks at every static file when it is made."""
    listed: dict[object, dict[str, Any]] = {}
    original = WhiteNoiseMiddleware.add_files_from_finders

    def add_files_from_finders(self: Any) -> None:
        key = (self.static_prefix, self.max_age, self.charset, self.allow_all_origins, self.add_headers_function)
        if key not in listed:
            original(self)
            listed[key] = dict(self.files)
        self.files.update(listed[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add_files_from_finders)
        yield


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
