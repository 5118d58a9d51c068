"""``manage.py field_encryption``: afterwards the old key is needed no more."""

import base64
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator as SecondFactor
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt as second_factor_decrypt
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, models

from directory.actors import Actor
from directory.encryption import DecryptionFailed, decrypt, encrypt
from directory.errors import Forbidden
from directory.models import Authenticator, DeletedUser, Message, User
from directory.operations import field_encryption
from directory.operations.authenticators import send_reset_password_message
from directory.operations.authenticators.totp import FORMER_CONTEXT, seed_context, seed_of
from directory.operations.field_encryption import COLUMNS, keys_in_use, record_rotation, reencrypt_batch
from directory.operations.users import delete_user
from tests.operations.authenticators.people import SEED, bodies, give_app
from tests.operations.users.people import ZOE, make_zoe
from tests.signin.fixtures import enrolled

Entries = Callable[..., list[Any]]


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(name.encode() * 16).decode()}"


OLD, NEW = key("k1"), key("k2")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_old_key_alone(settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("field_encryption", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def fill(root: Actor, apps_wanted: int = 3) -> User:
    """Something in every column, under the present key: one user with several apps, one deleted with an app."""
    zoe = make_zoe(root)
    for _ in range(apps_wanted):
        give_app(zoe)
    send_reset_password_message(actor=root, login_id=ZOE)
    gone = make_zoe(root, login_id="gone@example.com")
    give_app(gone)
    delete_user(actor=root, user_id=gone.id)
    RecoveryCodes.activate(enrolled("owner@example.com", "owner"))
    return zoe


def totals() -> dict[str, int]:
    """How many values each key has made, over all columns."""
    found: dict[str, int] = {}
    for name in COLUMNS:
        for id, count in keys_in_use(name).items():
            found[id] = found.get(id, 0) + count
    return found


def test_afterwards_the_old_key_can_go(root: Actor, settings: Any, entries: Entries) -> None:
    fill(root)
    (body,) = bodies()
    codes = RecoveryCodes(SecondFactor.objects.get(type="recovery_codes")).get_unused_codes()
    assert totals() == {"k1": 8}
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert "8 values put under “k2”." in run("rotate")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert totals() == {"k2": 8}
    assert [seed_of(app) for app in Authenticator.objects.all()] == [SEED] * 3
    assert bodies() == [body]
    assert len(second_factor_decrypt(SecondFactor.objects.get(type="totp").data["secret"])) == 32
    assert RecoveryCodes(SecondFactor.objects.get(type="recovery_codes")).get_unused_codes() == codes
    kept = DeletedUser.objects.get()
    assert "gone@example.com" in decrypt(kept.label, context=kept.label_context)
    (row,) = json.loads(decrypt(kept.snapshot, context=kept.snapshot_context))["authenticators"]
    assert decrypt(row["secret"], context=seed_context(row["id"])) == SEED
    (entry,) = entries(activity_type="field_encryption.rotated")
    assert entry.facts == {
        "key_id": "k2",
        "changed": {
            "users.totp": 3, "administrators.totp": 1, "administrators.recovery_codes": 1, "messages.body": 1,
            "deleted_users.label": 1, "deleted_users.snapshot": 1,
        },
        "unreadable": 0,
        "complete": True,
    }  # fmt: skip


def test_a_second_run_changes_nothing(root: Actor, settings: Any, entries: Entries) -> None:
    fill(root)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    run("rotate")
    before = list(Authenticator.objects.order_by("id").values_list("secret", flat=True))
    assert "0 values put under “k2”." in run("rotate")
    assert list(Authenticator.objects.order_by("id").values_list("secret", flat=True)) == before
    assert len(entries(activity_type="field_encryption.rotated")) == 2


def test_what_lies_within_what_is_current_is_found(root: Actor, settings: Any) -> None:
    gone = make_zoe(root)
    give_app(gone)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    delete_user(actor=root, user_id=gone.id)
    assert totals() == {"k2": 2}
    assert "1 values put under “k2”." in run("rotate")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    kept = DeletedUser.objects.get()
    (row,) = json.loads(decrypt(kept.snapshot, context=kept.snapshot_context))["authenticators"]
    assert decrypt(row["secret"], context=seed_context(row["id"])) == SEED


def test_seeds_of_earlier_imports_are_bound_to_their_rows(root: Actor, settings: Any) -> None:
    app = give_app(make_zoe(root))
    Authenticator.objects.update(secret=encrypt(SEED, context=FORMER_CONTEXT))
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    run("rotate")
    app.refresh_from_db()
    assert decrypt(str(app.secret), context=seed_context(app.id)) == SEED


def test_stopped_half_way_it_goes_on(
    root: Actor, settings: Any, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, apps_wanted=5)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    done: list[int] = []
    original = field_encryption.encrypt

    def tired(*args: Any, **kwargs: Any) -> str:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(1)
        return original(*args, **kwargs)

    monkeypatch.setattr(field_encryption, "encrypt", tired)
    with pytest.raises(KeyboardInterrupt):
        run("rotate", "--batch", "2")
    assert totals() == {"k1": 8, "k2": 2}
    (entry,) = entries(activity_type="field_encryption.rotated")
    assert (entry.facts["complete"], entry.facts["changed"]) == (False, {"users.totp": 2})
    monkeypatch.undo()
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert "8 values put under “k2”." in run("rotate", "--batch", "2")
    assert totals() == {"k2": 10}


def test_what_no_key_opens_is_left_and_named(root: Actor, settings: Any, entries: Entries) -> None:
    fill(root)
    broken = Authenticator.objects.first()
    assert broken is not None
    Authenticator.objects.filter(pk=broken.pk).update(secret="k0:AAAA")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    errors = StringIO()
    with pytest.raises(CommandError, match="keep the old ones"):
        call_command("field_encryption", "rotate", "--batch", "1", stdout=StringIO(), stderr=errors)
    assert str(broken.pk) in errors.getvalue()
    assert totals() == {"k0": 1, "k2": 7}
    assert entries(activity_type="field_encryption.rotated")[0].facts["unreadable"] == 1


def test_the_status_counts_by_key(root: Actor, settings: Any, entries: Entries) -> None:
    fill(root)
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    give_app(User.objects.get())
    before = len(entries())
    said = run("status")
    assert "The first key is “k2”." in said
    assert "authenticator apps of users: 3 under “k1”, 1 under “k2”" in said
    assert len(entries()) == before


def test_a_batch_has_a_size() -> None:
    with pytest.raises(CommandError):
        run("rotate", "--batch", "0")


def test_the_host_alone_may(root: Actor) -> None:
    for act in (
        lambda: reencrypt_batch(actor=root, column="users.totp"),
        lambda: record_rotation(actor=root, changed={}, unreadable=0, complete=True),
    ):
        with pytest.raises(Forbidden):
            act()


def test_every_encrypted_column_is_known(root: Actor) -> None:
    """Whatever is stored in our form is found, in whichever table: a new column cannot be forgotten."""
    fill(root)
    known = {(column.table, column.column) for column in COLUMNS.values()}
    found = set()
    with connection.cursor() as cursor:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, models.TextField | models.CharField | models.JSONField):
                    table, column = model._meta.db_table, field.column
                    cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{column}"::text ~ \'\\mk1:[A-Za-z0-9+/]{{20}}\'')
                    if cursor.fetchone():
                        found.add((table, column))
    assert found == known


@pytest.mark.django_db(transaction=True)
def test_beside_a_running_server_nothing_is_lost(root: Actor, host: Actor, settings: Any) -> None:
    user = make_zoe(root)
    rows = [give_app(user) for _ in range(60)]
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    stop, failed = threading.Event(), []

    def serve() -> None:
        """Reads every seed, and gives one row another, again and again."""
        try:
            while not stop.is_set():
                for row in Authenticator.objects.filter(type="totp").order_by("id"):
                    try:
                        seed_of(row)
                    except DecryptionFailed:
                        failed.append(row.pk)
                last = rows[-1]
                Authenticator.objects.filter(pk=last.pk).update(secret=encrypt("MFRGG", context=seed_context(last.pk)))
        finally:
            connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    run("rotate", "--batch", "3")
    stop.set()
    thread.join()
    assert failed == []
    assert totals() == {"k2": 60}
    assert seed_of(Authenticator.objects.get(pk=rows[-1].pk)) == "MFRGG"
    assert seed_of(Authenticator.objects.get(pk=rows[0].pk)) == SEED


@pytest.mark.django_db(transaction=True)
def test_killed_at_any_moment_it_goes_on(root: Actor, settings: Any) -> None:
    user = make_zoe(root)
    for _ in range(300):
        give_app(user)
    environment = {
        **os.environ,
        "FIELD_ENCRYPTION_KEYS": f"{NEW},{OLD}",
        "DATABASE_URL": _address(),
    }
    command = [sys.executable, "manage.py", "field_encryption", "rotate", "--batch", "1"]
    root_folder = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root_folder, env=environment, stdout=subprocess.DEVNULL) as child:
        while keys_in_use("users.totp").get("k2", 0) < 5 and child.poll() is None:
            pass
        child.send_signal(signal.SIGKILL)
    counts = keys_in_use("users.totp")
    assert 5 <= counts["k2"] < 300
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    run("rotate")
    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert {seed_of(app) for app in Authenticator.objects.all()} == {SEED}
    assert keys_in_use("users.totp") == {"k2": 300}
    assert Message.objects.count() == 0


def _address() -> str:
    values = connection.settings_dict
    port = f":{values['PORT']}" if values["PORT"] else ""
    login = f"{values['USER']}:{quote(values['PASSWORD'], safe='')}" if values["PASSWORD"] else values["USER"]
    return f"postgresql://{login}@{port}/{values['NAME']}?host={quote(str(values['HOST']), safe='')}"
