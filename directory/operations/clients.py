"""The applications that users sign in to."""

from collections.abc import Collection

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict
from directory.models import Client
from directory.operations.base import conflicts, operation
from directory.permissions import Permission
from directory.values.text import clean

CLIENT_ID_MAX_LENGTH = 100
NAME_MAX_LENGTH = 200


@operation(permission=Permission.API_CLIENTS_MANAGE)
def create_client(
    *, actor: Actor, client_id: str, name: str, first_party: bool = True, scopes: Collection[str] = ()
) -> Client:
    """Make an application known. ``scopes`` are those a third party may ask users for.

    Raises ``Invalid`` (text), ``Conflict`` (``ClientDuplicateID``), ``Forbidden``.
    """
    client = Client(
        client_id=clean("client_id", client_id, max_length=CLIENT_ID_MAX_LENGTH, required=True),
        name=clean("name", name, max_length=NAME_MAX_LENGTH, required=True),
        is_first_party=bool(first_party),
        scopes=sorted({clean("scopes", scope, max_length=100, required=True) for scope in scopes}),
    )
    taken = Conflict("There is an application of this client ID already.", code="ClientDuplicateID")
    with conflicts({"directory_client_client_id_key": taken}):
        client.save(force_insert=True)
    entry = audit.Entry(
        event=audit.Event.CLIENT_CREATED,
        subject=audit.Subject(kind="client", id=client.id, label=client.name),
        new={"client_id": client.client_id, "name": client.name, "scopes": client.scopes},
        details={"client_id": client.client_id, "first_party": client.is_first_party},
    )
    audit.record(actor, entry)
    return client
