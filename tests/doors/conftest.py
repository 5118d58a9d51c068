"""The world that the tests of this folder begin with."""

from collections.abc import Iterator
from typing import Any

import pytest

from directory.actors import Actor
from tests.doors.world import World, make_world
from tests.operations.administrators.cast import backed
from tests.shared_rows import made_once


@pytest.fixture
def root(root: Actor, db: None) -> Actor:
    """An owner whose rights can be read again."""
    return backed(root)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    yield from made_once(make_world, django_db_blocker)
