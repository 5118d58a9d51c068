"""What a refusal says, in a form that tests can compare."""

from collections.abc import Callable

import pytest

from directory.errors import Invalid


def refusal(call: Callable[[], object]) -> Invalid:
    """The ``Invalid`` that ``call`` raises; the test fails when it raises none."""
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value


def causes(call: Callable[[], object]) -> list[tuple[str, str]]:
    """Field and kind of every cause."""
    return [(cause.field, cause.kind) for cause in refusal(call).causes]


def attempt(call: Callable[[], object]) -> object:
    """What ``call`` returns, or the ``Invalid`` that it raises."""
    try:
        return call()
    except Invalid as error:
        return error
