"""The outbox: once committed a message goes out, at least once, and what it said is not kept."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Forbidden, Invalid
from directory.models import AuditEntry, Message, MessageState, Organization
from directory.operations.base import unit_of_work
from directory.operations.messages import deliver_next, forget_messages, remove_expired_messages, send
from directory.operations.organizations import add_member
from directory.operations.users import anonymize_user, create_user, delete_user
from directory.queries.messages import list_messages
from directory.values.messages import WAITS, DeliveryFailed, Outgoing
from portal.jobs import rounds
from portal.jobs.actors import WORKER

Entries = Callable[..., list[Any]]
SECRET = "https://localhost/reset?code=4711"


def written(actor: Actor, **given: Any) -> Message:
    with unit_of_work():
        fields = {"channel": "email", "recipient": "jane@example.com", "kind": "reset_password"}
        return send(actor, **{**fields, "subject": "Reset your password", "body": SECRET, **given})


def failing(code: str = "Smtp451", *, permanent: bool = False) -> Callable[[Outgoing], None]:
    def hand_over(_: Outgoing) -> None:
        raise DeliveryFailed(code, permanent=permanent)

    return hand_over


def deliver(hand_over: Callable[[Outgoing], None]) -> bool:
    return deliver_next(actor=WORKER, sender="portal@example.com", hand_over=hand_over)


@pytest.mark.django_db
def test_it_becomes_a_file_in_development_and_its_body_goes(root: Actor, entries: Entries, tmp_path: Path) -> None:
    message = written(root)
    assert SECRET not in (message.body or "")
    assert rounds.deliver_messages() == 1
    message.refresh_from_db()
    assert (message.state, message.body, message.attempts) == (MessageState.SENT, None, 1)
    (file,) = (tmp_path / "outbox").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text()
    assert SECRET in text
    assert "To: jane@example.com" in text
    assert f"Message-ID: <{message.id}@" in text
    (entry,) = entries(activity_type="email.sent")
    assert (entry.facts["type"], entry.personal["new"]) == ("reset_password", {"recipient": "jane@example.com"})
    assert "jane" not in entry.details
    assert rounds.deliver_messages() == 0


@pytest.mark.django_db
def test_a_text_message_goes_by_the_sender_that_is_set(root: Actor, entries: Entries, tmp_path: Path) -> None:
    written(root, channel="sms", recipient="+442079460018")
    rounds.deliver_messages()
    (file,) = (tmp_path / "outbox").glob("*.sms")
    assert SECRET in file.read_text()
    assert len(entries(activity_type="sms.sent")) == 1


@pytest.mark.django_db
def test_rolled_back_there_is_no_message(root: Actor) -> None:
    def refused() -> None:
        with unit_of_work():
            send(root, channel="email", recipient="j@example.com", kind="x", subject="", body="")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refused()
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_failure_is_tried_again_later_and_later_then_given_up(root: Actor, entries: Entries) -> None:
    message = written(root)
    waits = []
    while message.state == MessageState.QUEUED:
        Message.objects.update(next_attempt_at=timezone.now())
        before = timezone.now()
        assert deliver(failing())
        message.refresh_from_db()
        if message.next_attempt_at:
            waits.append(round((message.next_attempt_at - before).total_seconds()))
            assert not deliver(failing()), "not before its time"
    assert waits == list(WAITS)
    assert (message.state, message.last_error, message.body) == (MessageState.FAILED, "Smtp451", None)
    (entry,) = entries(activity_type="email.error")
    assert (entry.outcome, entry.facts["error"], entry.facts["attempts"]) == ("failed", "Smtp451", len(WAITS) + 1)


@pytest.mark.django_db
def test_a_permanent_failure_is_given_up_at_once(root: Actor) -> None:
    message = written(root)
    deliver(failing("Smtp550", permanent=True))
    message.refresh_from_db()
    assert (message.state, message.last_error) == (MessageState.FAILED, "Smtp550")


@pytest.mark.django_db
def test_a_sender_that_breaks_down_counts_as_a_failure_and_tells_nothing(root: Actor) -> None:
    message = written(root)

    def break_down(outgoing: Outgoing) -> None:
        raise RuntimeError(outgoing.recipient)

    deliver(break_down)
    message.refresh_from_db()
    assert (message.state, message.last_error) == (MessageState.QUEUED, "RuntimeError")


@pytest.mark.django_db
def test_one_that_waited_for_a_day_is_withheld(root: Actor, entries: Entries) -> None:
    message = written(root)
    Message.objects.update(created_at=timezone.now() - timedelta(hours=25))
    deliver(failing())
    message.refresh_from_db()
    assert (message.state, message.body) == (MessageState.SUPPRESSED, None)
    assert len(entries(activity_type="email.suppressed")) == 1


@pytest.mark.django_db
def test_turned_off_nothing_goes_out(root: Actor, settings: Any, tmp_path: Path) -> None:
    settings.OUTBOX_ENABLED = False
    written(root)
    assert rounds.deliver_messages() == 0
    assert Message.objects.get().state == MessageState.QUEUED


@pytest.mark.django_db
@pytest.mark.parametrize("recipient", ["jane@example.com\r\nBcc: eve@example.com", "jane\x00@example.com"])
def test_a_recipient_that_breaks_a_header_is_refused(root: Actor, recipient: str, tmp_path: Path) -> None:
    message = written(root, recipient=recipient.replace("\x00", "\x01"))
    rounds.deliver_messages()
    message.refresh_from_db()
    assert (message.state, message.last_error) == (MessageState.FAILED, "HeaderRefused")


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_each_takes_another_message(root: Actor) -> None:
    for number in range(10):
        written(root, recipient=f"p{number}@example.com")
    handed: list[str] = []
    gate = threading.Barrier(4, timeout=20)

    def work() -> None:
        first = True

        def hand_over(outgoing: Outgoing) -> None:
            nonlocal first
            if first:
                # All of them hold one at the same time: none waits for another's.
                first = False
                gate.wait()
            handed.append(outgoing.recipient)

        try:
            while deliver(hand_over):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(handed) == [f"p{number}@example.com" for number in range(10)]
    assert AuditEntry.objects.filter(activity_type="email.sent").count() == 10


@pytest.mark.django_db
def test_only_the_worker_delivers(root: Actor) -> None:
    written(root)
    with pytest.raises(Forbidden):
        deliver_next(actor=root, sender="", hand_over=failing())


@pytest.mark.django_db
def test_with_the_user_go_their_messages(root: Actor) -> None:
    for act in (delete_user, anonymize_user):
        user = create_user(actor=root, login_id_key="email", login_id=f"{act.__name__}@example.com")
        written(root, user_id=user.id, recipient=f"{act.__name__}@example.com")
        act(actor=root, user_id=user.id)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_an_organizations_administrator_sees_the_messages_of_its_people(
    root: Actor, ada: Actor, cleo: Actor, nobody: Actor, acme: Organization
) -> None:
    user = create_user(actor=root, login_id_key="email", login_id="zoe@example.com")
    add_member(actor=root, organization_id=acme.id, user_id=user.id)
    theirs, other = written(root, user_id=user.id), written(root)
    assert [row.id for row in list_messages(root).rows] == [other.id, theirs.id]
    assert [row.id for row in list_messages(ada).rows] == [theirs.id]
    assert not list_messages(cleo).rows
    assert not list_messages(nobody).rows
    with pytest.raises(Invalid):
        list_messages(root, state="lost")


@pytest.mark.django_db
def test_what_was_closed_long_ago_is_forgotten_and_what_waits_is_not(root: Actor) -> None:
    old, waiting = written(root), written(root)
    Message.objects.filter(pk=old.pk).update(state="sent", body=None)
    Message.objects.update(updated_at=timezone.now() - timedelta(days=100))
    assert remove_expired_messages(actor=WORKER, before=timezone.now() - timedelta(days=90)) == 1
    assert list(Message.objects.all()) == [waiting]
    assert forget_messages([]) == 0
