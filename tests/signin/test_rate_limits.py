"""Guessing is slow: ten passwords per address or account, five codes per account, in five minutes."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from tests.signin import steps
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _no_tries_before_and_after() -> Iterator[None]:
    cache.clear()
    yield
    # What a test has really committed would count for the next: the cache's table is no model's, so nobody flushes it.
    cache.clear()


def test_the_eleventh_wrong_password_is_not_even_checked(client: GuardedClient, entries: Entries) -> None:
    steps.ruth()
    statuses = [steps.give_password(client, "ruth@example.com", f"wrong {n}").status_code for n in range(10)]
    assert statuses == [422] * 10
    response = steps.give_password(client, "ruth@example.com")
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert len(entries(activity_type="administrator.sign_in_failed")) == 10


def test_one_account_is_protected_from_many_addresses(entries: Entries) -> None:
    steps.ruth()
    for n in range(10):
        GuardedClient(REMOTE_ADDR=f"192.0.2.{n}").post("/sign-in", {"login": "ruth@example.com", "password": "wrong"})
    eleventh = GuardedClient(REMOTE_ADDR="192.0.2.99").post(
        "/sign-in", {"login": "Ruth@example.com", "password": "wrong"}
    )
    assert eleventh.status_code == 429
    assert len(entries()) == 10


def test_one_address_cannot_try_many_accounts_and_others_are_not_shut_out() -> None:
    ruth = steps.ruth()
    attacker = GuardedClient(REMOTE_ADDR="192.0.2.1")
    for n in range(10):
        steps.give_password(attacker, f"nobody{n}@example.com", "wrong")
    assert steps.give_password(attacker, "ruth@example.com").status_code == 429
    attacker.defaults["HTTP_X_FORWARDED_FOR"] = "203.0.113.7"
    assert steps.give_password(attacker, "ruth@example.com").status_code == 429
    assert steps.sign_in(GuardedClient(REMOTE_ADDR="192.0.2.2"), ruth).status_code == 302


def test_right_passwords_are_not_counted() -> None:
    steps.ruth()
    assert {steps.give_password(GuardedClient(), "ruth@example.com").status_code for _ in range(12)} == {302}


def test_the_sixth_wrong_code_is_not_even_checked(client: GuardedClient, entries: Entries) -> None:
    ruth = steps.ruth()
    steps.give_password(client, "ruth@example.com")
    assert [steps.give_code(client, "nonsense").status_code for _ in range(5)] == [422] * 5
    response = steps.give_code(client, steps.code_for(steps.secret_of(ruth)))
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert len(entries()) == 5
    assert client.get("/account").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_thirty_two_racing_guesses_at_most_ten_are_checked(entries: Entries) -> None:
    steps.ruth()
    gate = threading.Barrier(32)
    statuses: list[int] = []

    def guess() -> None:
        client = GuardedClient()
        gate.wait()
        try:
            statuses.append(steps.give_password(client, "ruth@example.com", "wrong").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checked = entries(activity_type="administrator.sign_in_failed")
    assert len(statuses) == 32
    assert 1 <= len(checked) <= 10
    assert statuses.count(422) == len(checked)
    assert statuses.count(429) == 32 - len(checked)
