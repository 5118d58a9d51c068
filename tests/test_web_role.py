"""The role for web servers (examples/web_role.sql): it can do everything that a page does, but not touch the log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import ProgrammingError, connection, transaction

from directory.actors import Actor
from directory.models import AuditEntry, AuditPersonal
from directory.operations.deleted_users import erase_deleted_user, restore_user
from directory.operations.users import delete_user, disable_user
from directory.queries.figures import figures
from tests.operations.users.people import make_zoe

pytestmark = pytest.mark.django_db
SQL = (Path(__file__).parents[1] / "examples" / "web_role.sql").read_text()


@pytest.fixture
def as_web_role(db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE portal_web")
        cursor.execute(SQL)
        cursor.execute("SET LOCAL ROLE portal_web")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("as_web_role")
def test_it_can_do_what_pages_do(root: Actor) -> None:
    zoe = make_zoe(root)
    disable_user(actor=root, user_id=zoe.id)
    for _ in range(2):
        delete_user(actor=root, user_id=zoe.id)
        restore_user(actor=root, user_id=zoe.id)
    delete_user(actor=root, user_id=zoe.id)
    assert erase_deleted_user(actor=root, user_id=zoe.id) == 7
    assert (AuditEntry.objects.count(), AuditPersonal.objects.count()) == (8, 1)
    assert figures().entries_out_of_place is False


@pytest.mark.usefixtures("as_web_role")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE directory_auditentry SET outcome = 'denied'",
        "DELETE FROM directory_auditentry",
        "TRUNCATE directory_auditentry",
        "UPDATE directory_auditpersonal SET data = '{}'",
        "TRUNCATE directory_auditpersonal",
        "DELETE FROM directory_auditentry_default",
        "DELETE FROM directory_auditpersonal_default",
        "INSERT INTO directory_auditentry_default SELECT * FROM directory_auditentry",
        "ALTER TABLE directory_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE directory_auditentry_default",
    ],
)
def test_it_cannot_touch_the_log(root: Actor, statement: str) -> None:
    make_zoe(root)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('directory.erasing', 'on', true)")
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
            cursor.execute(statement)
