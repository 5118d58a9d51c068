"""How many people a second an import adds: ``python -m benchmarks.import_users [--rows 100000] [--format csv]``.

Makes a database of its own on the portal's server and drops it at the end; the directory's own data is never touched.
Prints rows, people a second, the split of the work and the peak of memory.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command

DATABASE = "benchmark_import_users"
ATTRIBUTES = {
    "town": "string",
    "employee_number": "integer",
    "level": "enum",
    "score": "number",
    "country": "country_code",
    "homepage": "url",
    "contact_email": "email",
    "contact_phone": "phone_number",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--format", choices=("csv", "ndjson"), default="csv")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    from portal import embedded_postgres

    embedded_postgres.ensure()
    django.setup()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    connection.close()
    home, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], DATABASE
    try:
        call_command("migrate", verbosity=0)
        prepare()
        with tempfile.TemporaryDirectory() as directory:
            people = Path(directory) / f"people.{options.format}"
            call_command("make_people", options.rows, people, seed=options.seed)
            call_command("import_users", people)
            call_command("export_users", output=str(Path(directory) / f"export.{options.format}"), stderr=sys.stdout)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = home
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


def prepare() -> None:
    """The roles, groups and custom attributes that the sample's records name."""
    from directory.actors import Door, system
    from directory.operations.custom_attributes import create_custom_attribute
    from directory.operations.groups import create_group
    from directory.operations.roles import create_role
    from portal.sample.records import GROUP_KEYS, LEVELS, ROLE_KEYS

    host = system(Door.COMMAND)
    for key in ROLE_KEYS:
        create_role(actor=host, key=key)
    for key in GROUP_KEYS:
        create_group(actor=host, key=key)
    for name, kind in ATTRIBUTES.items():
        create_custom_attribute(actor=host, name=name, type=kind, enum=LEVELS if kind == "enum" else ())


if __name__ == "__main__":
    main()
