#!/usr/bin/env python3
"""Django's command line; starts the embedded PostgreSQL for the commands that need a database."""

import argparse
import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from portal import embedded_postgres, kept_secrets
from portal.embedded_cluster import EmbeddedPostgresError

WITHOUT_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "db",
    "diffsettings",
    "findstatic",
    "help",
    "make_people",
    "makemessages",
    "startapp",
    "startproject",
    "version",
}


def needs_database(arguments: list[str]) -> bool:
    """Whether ``arguments`` (without the program's name) are a command that connects to the database."""
    command = arguments[0] if arguments else "help"
    only_looks = {"-h", "--help", "--version"} | ({"--dry-run"} if command == "makemigrations" else set())
    return command not in WITHOUT_DATABASE and only_looks.isdisjoint(arguments)


def choose_data_directory(arguments: list[str]) -> None:
    """Let ``demo --data DIR`` count for the settings too, which are read before any command."""
    if arguments[:1] == ["demo"]:
        parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
        parser.add_argument("--data")
        chosen = parser.parse_known_args(arguments[1:])[0].data
        if chosen:
            os.environ["PORTAL_DATA"] = str(Path(chosen).absolute())


def prepare_demo(arguments: list[str]) -> None:
    """Make the demo's own secrets before the settings look for them, and note whether its server runs already."""
    if arguments[:1] == ["demo"] and os.environ.get("PORTAL_ENV") != "production":
        data = embedded_postgres.data_directory()
        kept_secrets.make(data)
        if not os.environ.get("DATABASE_URL") and embedded_postgres.status(data) == "stopped":
            os.environ["PORTAL_STARTS_DATABASE"] = "1"


def main() -> None:
    """Run the command of ``sys.argv``; exits with a message when the embedded server cannot be had."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    arguments = sys.argv[1:]
    choose_data_directory(arguments)
    if needs_database(arguments):
        prepare_demo(arguments)
        try:
            embedded_postgres.ensure()
        except EmbeddedPostgresError as error:
            sys.exit(str(error))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
