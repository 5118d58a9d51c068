from hypothesis import given
from hypothesis import strategies as st

from directory.values.spreadsheets import defuse, undefuse

DANGEROUS = ["=1+1", "+49", "-K-", "@SUM(A1)", "\tx", "\rx", "  =x", "\u00a0=x", "＝1", "'=x", "''=x", "' =x"]
HARMLESS = ["", "a=b", "'quoted'", "O'Neil", "'", " a", "1-2", "é"]


def test_what_a_spreadsheet_would_run_gets_a_quote() -> None:
    assert [defuse(text) for text in DANGEROUS] == [f"'{text}" for text in DANGEROUS]


def test_everything_else_stays_as_it_is() -> None:
    assert [defuse(text) for text in HARMLESS] == HARMLESS
    assert [undefuse(text) for text in HARMLESS] == HARMLESS


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r ＝ab"), max_size=8) | st.text(max_size=20))
def test_disarming_and_arming_are_exact_inverses(text: str) -> None:
    assert undefuse(defuse(text)) == text
    assert defuse(text).lstrip(" \u00a0")[:1] not in ("=", "+", "-", "@", "\t", "\r", "＝")
