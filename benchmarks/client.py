"""A signed-in owner for measuring whole pages: Django's test client, without the guard that tests put around it."""

from django.test import Client


def owner_client() -> Client:
    """A client with the session of an owner, made in the scratch database if it is not there yet."""
    from directory.models import Administrator
    from tests.signin.fixtures import enrolled, sign_in_at_once

    owner = Administrator.objects.filter(email="owner@example.com").first() or enrolled("owner@example.com", "owner")
    client = Client(HTTP_HOST="localhost")
    sign_in_at_once(client, owner)  # type: ignore[arg-type]
    return client
