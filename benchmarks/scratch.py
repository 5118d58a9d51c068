"""A database of its own for a benchmark, in the configured server, made for it and dropped after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
import psycopg


def set_up() -> None:
    """Django ready in this process, with the embedded server running if the environment asks for it. Call it first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from portal import embedded_postgres

    embedded_postgres.ensure()
    django.setup()


@contextmanager
def scratch_database(name: str, *, keep: bool = False) -> Iterator[bool]:
    """Point Django's default connection at the database ``name``, migrated; True when it was there before.

    Without ``keep`` a database left from before is dropped first, and this one at the end. With ``keep`` it stays, and
    the next run with ``keep`` finds its rows. ``name`` is plain letters, digits and underscores.
    """
    from django.core.management import call_command
    from django.db import connection, connections

    if not name.replace("_", "").isalnum():
        raise ValueError(f"not the name of a scratch database: {name}")
    original = connection.settings_dict["NAME"]
    existed = _exists(name)
    if existed and not keep:
        _run(f"DROP DATABASE {name} WITH (FORCE)")
        existed = False
    if not existed:
        _run(f"CREATE DATABASE {name}")
    connections.close_all()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        yield existed
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = original
        if not keep:
            _run(f"DROP DATABASE {name} WITH (FORCE)")


def _run(statement: str) -> None:
    with _server() as server:
        server.execute(statement)


def _exists(name: str) -> bool:
    with _server() as server:
        return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _server() -> psycopg.Connection[Any]:
    """A connection of its own to the server's maintenance database: databases are made outside any transaction."""
    from django.db import connection

    parameters = connection.get_connection_params()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password") if parameters.get(key)}
    return psycopg.connect(**wanted, dbname="postgres", autocommit=True)
