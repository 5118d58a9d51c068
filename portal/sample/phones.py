"""Phone numbers of the sample: valid mobile numbers of twenty-one numbering plans, never the same one twice."""

from dataclasses import dataclass
from functools import cached_property

_STRIDE = 982_451_653
"""A large prime: multiplying by it modulo a capacity visits every number once, in no visible order."""


@dataclass(frozen=True)
class PhonePlan:
    """Mobile numbers of one country: ``calling_code``, a prefix of the national number, then ``width`` free digits.

    ``national`` shows how people write the number at home: ``#`` is the next digit, the last ``#`` all that remain.
    """

    calling_code: str
    prefixes: tuple[str, ...]
    width: int
    national: str

    @cached_property
    def _block(self) -> int:
        return int(10**self.width)

    @cached_property
    def capacity(self) -> int:
        """How many different numbers there are."""
        return len(self.prefixes) * self._block

    def national_digits(self, index: int) -> str:
        """The national number of person ``index``: different for every index below the capacity."""
        prefix, rest = divmod(index * _STRIDE % self.capacity, self._block)
        return f"{self.prefixes[prefix]}{str(rest).zfill(self.width)}"

    def e164(self, index: int) -> str:
        """The number of person ``index`` as E.164."""
        return f"+{self.calling_code}{self.national_digits(index)}"

    def in_national_format(self, index: int) -> str:
        """The same number as written at home, without country code: nobody else can tell whose it is."""
        digits = list(self.national_digits(index))
        places = self.national.count("#")
        groups = [*digits[: places - 1], "".join(digits[places - 1 :])]
        return "".join(groups.pop(0) if sign == "#" else sign for sign in self.national)


def _product(stems: str, leaves: str) -> tuple[str, ...]:
    return tuple(stem + leaf for stem in stems.split() for leaf in leaves)


PHONE_PLANS: dict[str, PhonePlan] = {
    "en": PhonePlan("44", _product("71 72 73 74", "0123456789"), 7, "0#### ######"),
    "en-US": PhonePlan(
        "1", _product("202 212 213 214 303 305 312 404 415 503 512 617 702 713 801", "23456789"), 6, "(###) ###-####"
    ),
    "de": PhonePlan("49", ("151", "152", "157", "159", "160"), 8, "0### / ########"),
    "fr": PhonePlan(
        "33", ("60", "61", "62", "64", "65", "66", "67", "68", "74", "75", "76", "77"), 7, "0# ## ## ## ##"
    ),
    "es": PhonePlan("34", ("6",), 8, "### ## ## ##"),
    "pt": PhonePlan("55", ("119", "219", "319"), 8, "(##) #####-####"),
    "pl": PhonePlan("48", ("50", "51", "53", "57", "60", "66", "69", "72", "73", "78", "79", "88"), 7, "### ### ###"),
    "tr": PhonePlan("90", ("53", "54"), 8, "0 (###) ### ## ##"),
    "vi": PhonePlan("84", ("90", "91", "93", "94", "96", "97", "98", "32", "33", "34", "35", "36"), 7, "0## ### ## ##"),
    "yo": PhonePlan(
        "234", ("803", "805", "806", "807", "808", "813", "814", "816", "703", "706", "810"), 7, "0### ### ####"
    ),
    "el": PhonePlan("30", _product("690 693 694 695 697 698 699", "0123456789"), 6, "### ### ####"),
    "ru": PhonePlan("7", ("90", "91", "92", "95", "96"), 8, "8 (###) ###-##-##"),
    "ar": PhonePlan("20", ("10", "11", "12"), 8, "0### ### ####"),
    "he": PhonePlan("972", _product("50 52 53", "02345678") + _product("54", "2345678"), 6, "0##-###-####"),
    "hi": PhonePlan("91", ("98", "99", "97"), 8, "0##### #####"),
    "bn": PhonePlan("880", ("17", "18", "19", "16"), 8, "0####-######"),
    "th": PhonePlan("66", ("81", "82", "83", "84", "85", "86", "87", "88", "89", "91"), 7, "0##-###-####"),
    "ka": PhonePlan(
        "995",
        ("551", "555", "557", "558", "568", "571", "577", "579", "591", "593", "595", "597", "598", "599"),
        6,
        "0### ## ## ##",
    ),
    "zh": PhonePlan("86", ("139", "138", "137", "136"), 8, "### #### ####"),
    "ja": PhonePlan("81", _product("90 80", "123456789"), 7, "0##-####-####"),
    "ko": PhonePlan("82", _product("10", "2346789"), 7, "0##-####-####"),
}
