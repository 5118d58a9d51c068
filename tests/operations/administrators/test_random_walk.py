"""Whatever delegated administrators do, nobody ends up with more than those who gave to them held."""

import os
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from directory.models import APIClient
from tests.operations.administrators import cast
from tests.operations.administrators.walk import Walk

pytestmark = pytest.mark.django_db
#: ``python -m benchmarks.random_walk`` walks 10,000 and prints what happened.
STEPS = int(os.environ.get("WALK_STEPS", "50"))
WALKS = int(os.environ.get("WALKS", "3"))


def test_random_walks_lift_nobody() -> None:
    """Each walk is a seed of its own, the same ones in every run; one that fails is told by its seed."""
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=WALKS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # a shorter walk is another walk: a smaller seed explains nothing
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(min_value=0, max_value=2**32 - 1))
    def walks(seed: int) -> None:
        start = transaction.savepoint()
        try:
            walk = Walk(seed)
            for _ in range(STEPS):
                walk.step()
        finally:
            transaction.savepoint_rollback(start)
        outcomes.update(walk.outcomes)

    walks()
    done = {name.partition(" ")[0] for name, count in outcomes.items() if name.endswith(" done") and count}
    refused = {name.rpartition(" ")[2] for name in outcomes}
    really = {"grant", "revoke", "invite", "accept", "create_client", "set_client_scopes", "restore_user"}
    assert really <= done, "the walks must really have walked"
    assert outcomes["grant done"] >= STEPS * WALKS / 50
    assert {"Forbidden", "NotFound"} <= refused


def test_the_walk_notices_a_lift() -> None:
    walk = Walk(3)
    cast.given(cast.administrator("lifted"), "support", walk.places[0])
    with pytest.raises(AssertionError, match="was lifted"):
        walk.check("a grant that nobody gave")


def test_the_walk_notices_a_client_that_may_too_much() -> None:
    walk = Walk(3)
    APIClient.objects.create(name="Lifted", scopes=["users.view"])
    with pytest.raises(AssertionError, match=r"client .* was lifted"):
        walk.check("a client that nobody made")
