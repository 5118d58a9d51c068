"""Codes as they are made and compared."""

import pytest

from directory.values.secret_codes import (
    code_hash,
    matching_step,
    new_code,
    new_recovery_code,
    recovery_code_hash,
    totp,
)

#: RFC 6238 appendix B, SHA-1: the seed “12345678901234567890”, and the last six of the eight digits given there.
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


@pytest.mark.parametrize(("moment", "code"), RFC)
def test_totp_is_that_of_the_rfc(moment: int, code: str) -> None:
    assert totp(SEED, moment // 30) == code
    assert totp(SEED.lower(), moment // 30) == code
    assert matching_step(SEED, f" {code[:3]} {code[3:]}", moment + 29) == moment // 30
    assert matching_step(SEED, code, moment + 61) is None


def test_codes_have_six_digits_and_differ() -> None:
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 150


def test_a_hash_is_bound_to_purpose_and_target() -> None:
    hashes = {
        code_hash(*given)
        for given in (("login", "a", "1"), ("login", "b", "1"), ("reset", "a", "1"), ("login", "a", "2"))
    }
    assert len(hashes) == 4
    assert code_hash("login", "a", "１２３ 456") == code_hash("login", "a", "123456")


def test_a_recovery_code_reads_as_people_write_it() -> None:
    code = new_recovery_code()
    assert len(code) == 27
    assert not set(code) & set("ILOU")
    assert recovery_code_hash(code) == recovery_code_hash(f" {code.lower().replace('-', '')} ")
    assert recovery_code_hash("0O1IL") == recovery_code_hash("00111")
