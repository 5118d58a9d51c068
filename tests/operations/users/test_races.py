"""Identical writes at the same moment, each on its own connection and really committed."""

from collections import Counter

import pytest
from django.db.models import Sum

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError
from directory.models import AuditEntry, Identity, SignUpCount, User
from directory.operations.users import delete_user, disable_user
from tests.operations.users.people import again, make_zoe, race

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_32_identical_creations_one_succeeds_and_the_rest_conflict(root: Actor) -> None:
    results = race(32, lambda: make_zoe(root))
    assert Counter(type(result) for result in results) == {User: 1, Conflict: 31}
    assert {result.code for result in results if isinstance(result, Conflict)} == {"DuplicatedIdentity"}
    assert User.objects.count() == Identity.objects.count() == AuditEntry.objects.count() == 1
    assert SignUpCount.objects.aggregate(total=Sum("count")) == {"total": 1}


def test_of_many_identical_disablings_one_succeeds(root: Actor) -> None:
    user = make_zoe(root)
    results = race(8, lambda: disable_user(actor=root, user_id=user.id, reason="spam"))
    codes = Counter(result.code if isinstance(result, DirectoryError) else type(result) for result in results)
    assert codes == {User: 1, "InvalidAccountStatusTransition": 7}
    assert again(user).is_disabled
    assert AuditEntry.objects.filter(activity_type="user.disabled").count() == 1


def test_of_many_identical_deletions_one_succeeds(root: Actor) -> None:
    user = make_zoe(root)
    results = race(8, lambda: delete_user(actor=root, user_id=user.id))
    codes = Counter(result.code if isinstance(result, DirectoryError) else result for result in results)
    assert codes == {user.id: 1, "UserNotFound": 7}
    assert not User.objects.exists()
