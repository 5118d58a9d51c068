"""Whether the process lives, and whether it can serve."""

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.utils import OperationalError
from django.test import Client


def test_healthz_asks_nothing_of_the_database(client: Client) -> None:
    # Without the db mark any statement fails this test.
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_readyz_when_the_database_answers_and_is_migrated(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready")


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="portal", name="0001_cache_table").delete()
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready")


@pytest.mark.django_db
def test_not_ready_and_no_details_when_the_database_is_away(client: Client) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("connection to server at db.internal refused")

    with connection.execute_wrapper(refuse):
        response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready")
