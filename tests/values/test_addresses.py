"""IP addresses as a request has them."""

import pytest

from directory.values.addresses import address_or_none


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unix:", None),
        ("192.0.2.1:80", None),
        ("192.0.2.256", None),
    ],
)
def test_an_address_is_read_or_none(text: str, expected: str | None) -> None:
    assert address_or_none(text) == expected
