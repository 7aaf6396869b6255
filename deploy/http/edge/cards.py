"""Card numbers, however they are written: they must not come in, since they would stay for ever.

A number is one by its brand's prefix, that brand's length, and its check digit: by the check digit
alone every tenth barcode and registration number would be refused.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from string import ascii_letters
from typing import Any, cast
from urllib.parse import unquote

import msgspec

LONGEST = 19
SHORTEST = 13
UNWRAPPED_MAX = 3

# Signs may stand between the digits, a few at a time; a letter or a longer gap ends the number.
GROUPS = re.compile(r"\d(?:[^0-9A-Za-z]{0,4}\d){12,}")
GROUP = re.compile(r"\d+")
# Of programs, and no number: UUIDs, and twenty hexadecimal signs or more with a letter among them.
IDS = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{20,})(?![0-9A-Za-z])"
)
# Times as programs write them: at night the hours, seconds and parts of one begin as a Mastercard.
TIMES = re.compile(
    r"(?<![0-9A-Za-z])\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ]"
    r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-][01]\d:[0-5]\d)?(?![0-9A-Za-z])"
)
LETTERS = ascii_letters.encode()
# To find in one pass what needs another look: digits are 0, letters a, and signs that may stand for
# digits !, all else is left out.
ODD = b"%&\\" + bytes(range(128, 256))
PLAIN = (b"123456789", LETTERS, ODD)
SHAPE = bytes.maketrans(b"".join(PLAIN), b"0" * 9 + b"a" * len(LETTERS) + b"!" * len(ODD))
BETWEEN = bytes(sign for sign in range(128) if not chr(sign).isalnum() and sign not in ODD)
RUN = b"0" * SHORTEST


def _range(low: int, high: int, *lengths: int) -> Iterator[tuple[str, frozenset[int]]]:
    return ((str(prefix), frozenset(lengths)) for prefix in range(low, high + 1))


# By the shortest prefix that tells it apart.
BRANDS: Mapping[str, frozenset[int]] = dict(
    (
        *_range(4, 4, 16, 19),  # Visa
        *_range(51, 55, 16),  # Mastercard
        *_range(2221, 2720, 16),
        *_range(2200, 2204, 16, 17, 18, 19),  # Mir
        *_range(34, 34, 15),  # American Express
        *_range(37, 37, 15),
        *_range(36, 36, 14),  # Diners Club
        *_range(38, 39, 14),
        *_range(300, 305, 14),
        *_range(3528, 3589, 16),  # JCB
        *_range(62, 62, 16, 17, 18, 19),  # UnionPay
        *_range(6011, 6011, 16),  # Discover
        *_range(644, 649, 16),
        *_range(65, 65, 16),
        *_range(50, 50, 16, 17, 18, 19),  # Maestro
        *_range(56, 58, 16, 17, 18, 19),
        *_range(63, 63, 16, 17, 18, 19),
        *_range(67, 67, 16, 17, 18, 19),
    )
)
PREFIXES = sorted({len(prefix) for prefix in BRANDS})
PREFIX_MAX = PREFIXES[-1]


class Digits:
    """The digits of a run, and where its groups begin and end; every sum is made once."""

    def __init__(self, run: str) -> None:
        groups = GROUP.findall(run)
        self.digits = "".join(groups)
        ends = [0, *accumulate(map(len, groups))]
        self.starts = ends[:-1]
        self.ends = frozenset(ends[1:])
        values = [int(digit) for digit in self.digits]
        doubled = [2 * value - 9 if value > 4 else 2 * value for value in values]  # noqa: PLR2004
        # Sums up to each place: with the digits at even places doubled, and with those at odd ones.
        self._sums = (
            _sums([(values, doubled)[(place + 1) % 2][place] for place in range(len(values))]),
            _sums([(values, doubled)[place % 2][place] for place in range(len(values))]),
        )

    def check(self, start: int, end: int) -> bool:
        """Luhn's: the last digit counts as it is, every second one before it doubled."""
        sums = self._sums[end % 2]
        return (sums[end] - sums[start]) % 10 == 0

    def hold_card(self) -> bool:
        """Whether whole groups next to each other are one: a date and a code may follow it."""
        return any(
            start + length in self.ends and self.check(start, start + length)
            for start in self.starts
            for length in _lengths(self.digits[start : start + PREFIX_MAX])
        )


def _sums(values: list[int]) -> list[int]:
    return [0, *accumulate(values)]


def _lengths(prefix: str) -> frozenset[int]:
    """How long a number that begins so may be, by its brand; empty if it is of none."""
    for size in PREFIXES:
        if prefix[:size] in BRANDS:
            return BRANDS[prefix[:size]]
    return frozenset()


def is_card(digits: str) -> bool:
    """Of digits alone."""
    return len(digits) in _lengths(digits) and Digits(digits).check(0, len(digits))


def holds_card(text: str) -> bool:
    """In any form that one more reader would still read as the number."""
    return any(
        Digits(run.group()).hold_card()
        for form in _forms(text)
        for run in GROUPS.finditer(TIMES.sub(" x ", IDS.sub(" x ", form)))
    )


def _forms(text: str) -> Iterator[str]:
    """As it is, and as it would be read once unwrapped."""
    for _ in range(UNWRAPPED_MAX):
        text = _plain(text)
        yield text
        unwrapped = _unwrapped(text)
        if unwrapped == text:
            return
        text = unwrapped
    yield _plain(text)


def _unwrapped(text: str) -> str:
    try:
        return html.unescape(unquote(text))
    except ValueError:
        return text  # An entity with more digits than there are signs: nobody reads it.


def _plain(text: str) -> str:
    """Digits of every script as ASCII, without signs that nobody sees."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(sign)) if unicodedata.digit(sign, None) is not None else sign
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) not in {"Cf", "Mn"}
    )


type Own = Callable[[str], bool]


def _ean(text: str) -> bool:
    """Of a GTIN of 8, 12, 13 or 14 digits."""
    if not (text.isascii() and text.isdigit()) or len(text) not in {8, 12, 13, 14}:
        return False
    weights = (int(digit) * (3, 1)[place % 2] for place, digit in enumerate(text[-2::-1]))
    return (sum(weights) + int(text[-1])) % 10 == 0


def _ogrn(text: str) -> bool:
    if not (text.isascii() and text.isdigit()):
        return False
    match len(text):
        case 13:
            return text[0] in "15" and int(text[:12]) % 11 % 10 == int(text[12])
        case 15:
            return text[0] == "3" and int(text[:14]) % 13 % 10 == int(text[14])
        case _:
            return False


def _digits(*lengths: int) -> Own:
    return lambda text: text.isascii() and text.isdigit() and len(text) in lengths


RUSSIAN_POST = 14
# Fields with a type of their own are judged by it; what fails there may still be a card number.
TYPED: Mapping[str, Own] = {
    "gtin": _ean,
    "barcode": _ean,
    "ogrn": _ogrn,
    "inn": _digits(10, 12),
    "account": _digits(20),
    "tracking_number": lambda text: _ean(text) if len(text) == RUSSIAN_POST else _digits(18)(text),
}


def suspicious(raw: bytes) -> bool:
    """Whether these bytes are worth a closer look; nearly all are not.

    They are if there are digits enough with nothing but signs between them, or if they are written
    in a way in which other signs stand for digits.
    """
    shape = raw.translate(SHAPE, BETWEEN)
    return RUN in shape or b"!" in shape


def field_with_card(body: bytes) -> str | None:
    """The name of the first field that holds one, "body" if it has no fields. None: none does."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "body" if holds_card(body.decode("utf-8", "replace")) else None
    return next(_fields_with_card(document), None)


def _fields_with_card(document: Any) -> Iterator[str]:
    """However deep: what waits is kept here, not on Python's own stack."""
    waiting: list[tuple[Any, str, str]] = [(document, "", "")]
    while waiting:
        value, path, name = waiting.pop()
        match value:
            case dict():
                fields = cast(dict[str, Any], value)
                if any(map(holds_card, fields)):
                    yield path or "body"
                waiting += [
                    (inner, f"{path}.{key}" if path else key, key)
                    for key, inner in reversed(fields.items())
                ]
            case list():
                items = list(enumerate(cast(Sequence[Any], value)))
                waiting += [(inner, f"{path}[{place}]", name) for place, inner in reversed(items)]
            case str() | int() | float() if not isinstance(value, bool):
                if _is_card_in(name, value):
                    yield path or "body"
            case _:
                pass


def _is_card_in(name: str, value: str | float) -> bool:
    text = f"{value:f}" if isinstance(value, float) else str(value)
    own = TYPED.get(name)
    return not (own and own(text.strip())) and holds_card(text)
