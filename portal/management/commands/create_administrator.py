"""``manage.py create_administrator``: the first administrator, and any that the portal's pages cannot make."""

import getpass
import secrets
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from directory.actors import Door, system
from directory.errors import DirectoryError
from directory.models import Organization
from directory.operations.administrators import create_administrator
from directory.queries.organizations import get_organization_by_slug
from directory.values.permissions import ADMIN_ROLES

#: 120 bits in base64url.
_GENERATED_BYTES = 15


def generated_password() -> str:
    """A password nobody has to think of: 20 characters, 120 bits."""
    return secrets.token_urlsafe(_GENERATED_BYTES)


class Command(BaseCommand):
    help = (
        "Makes an administrator, who enrols an authenticator app at the first sign-in. The password is asked for twice "
        "unless --password-stdin or --generate is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="the address to sign in with")
        parser.add_argument("--name", required=True, help="what the portal calls them")
        parser.add_argument("--role", required=True, choices=sorted(ADMIN_ROLES), help="the admin role")
        parser.add_argument("--organization", metavar="SLUG", help="where the role holds (default: everywhere)")
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
        source.add_argument("--generate", action="store_true", help="make a password and print it once")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = _organization(options["organization"]) if options["organization"] else None
        password = _password(options)
        try:
            administrator = create_administrator(
                actor=system(Door.COMMAND),
                email=options["email"],
                name=options["name"],
                admin_roles=[options["role"]],
                password=password,
                organization_id=organization.pk if organization else None,
            )
        except DirectoryError as error:
            messages = [cause.message for cause in error.causes] or [error.message]
            raise CommandError(" ".join(messages)) from error
        where = f" of {organization.name}" if organization else ""
        self.stdout.write(f"{administrator.email} may sign in as {options['role']}{where}.")
        if options["generate"]:
            self.stdout.write(f"Password, shown this once: {password}")


def _organization(slug: str) -> Organization:
    try:
        return get_organization_by_slug(system(Door.COMMAND), slug)
    except DirectoryError as error:
        raise CommandError(error.message) from error


def _password(options: dict[str, Any]) -> str:
    if options["generate"]:
        return generated_password()
    if options["password_stdin"]:
        return sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Password, again: ") != password:
        raise CommandError("The two passwords are not the same. Nobody was made.")
    return password
