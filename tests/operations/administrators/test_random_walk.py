"""Whatever delegated administrators do, nobody ends up with more than those who gave to them held."""

import os

import pytest

from tests.operations.administrators.cast import administrator, given
from tests.operations.administrators.walk import Walk

pytestmark = pytest.mark.django_db
#: ``python -m benchmarks.random_walk`` walks 10,000 and prints what happened.
STEPS = int(os.environ.get("WALK_STEPS", "200"))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_random_walk_lifts_nobody(seed: int) -> None:
    walk = Walk(seed)
    for _ in range(STEPS):
        walk.step()
    done = {name.partition(" ")[0] for name, count in walk.outcomes.items() if name.endswith(" done") and count}
    refused = {name.rpartition(" ")[2] for name in walk.outcomes}
    assert {"grant", "revoke", "invite", "accept"} <= done, "the walk must really have walked"
    assert walk.outcomes["grant done"] >= STEPS / 50
    assert {"Forbidden", "NotFound"} <= refused


def test_the_walk_notices_a_lift() -> None:
    walk = Walk(3)
    given(administrator("lifted"), "support", walk.places[0])
    with pytest.raises(AssertionError, match="was lifted"):
        walk.check("a grant that nobody gave")
