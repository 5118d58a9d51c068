"""Zoe, a fresh link to her, and no tries of others."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from directory.actors import Actor
from directory.models import User
from tests.account.links import fresh_link
from tests.operations.users.people import make_zoe


@pytest.fixture(autouse=True)
def _no_tries_before_and_after() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root, password="quiet river under stones")


@pytest.fixture
def link(root: Actor, zoe: User) -> str:
    """The path of a fresh link to Zoe."""
    return fresh_link(root)
