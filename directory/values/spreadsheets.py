"""Cells that a spreadsheet would run as formulas, disarmed and armed again (OWASP ASVS 5.0, V1.2.10)."""

import re

# Blanks before the sign do not stop a spreadsheet; U+FF1D is the full-width equals sign. Quotes already there count as
# part of what is disarmed, so that disarming and arming are exact inverses for every text.
_FORMULA = re.compile(r"'*\s*[=+\-@\t\r\uff1d]|'*[\t\r]")


def defuse(text: str) -> str:
    """``text`` with a quote before it where a spreadsheet would run it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def undefuse(text: str) -> str:
    """What ``defuse`` was given: ``undefuse(defuse(text)) == text`` for every text."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text, 1) else text
