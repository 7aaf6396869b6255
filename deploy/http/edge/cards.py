"""Card numbers, however they are written: they must not come in, since they would stay for ever.

A number is one by its brand's prefix, that brand's length, and its check digit: by the check digit
alone every tenth barcode and registration number would be refused.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from string import ascii_letters
from typing import Any, cast
from urllib.parse import unquote

import msgspec

LONGEST = 19
SHORTEST = 13
UNWRAPPED_MAX = 3

# Anything may stand between the digits, one sign or two; a letter or a long gap ends the number.
GROUPS = re.compile(r"\d(?:[^0-9A-Za-z]{0,2}\d){12,}")
GROUP = re.compile(r"\d+")
UUID = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Za-z])"
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


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - a digit of a doubled one
    return total % 10 == 0


def is_card(digits: str) -> bool:
    if not SHORTEST <= len(digits) <= LONGEST:
        return False
    by_brand = any(len(digits) in BRANDS.get(digits[:size], ()) for size in PREFIXES)
    return by_brand and luhn(digits)


def holds_card(text: str) -> bool:
    """In any form that one more reader would still read as the number."""
    for form in _forms(text):
        for run in GROUPS.finditer(UUID.sub(" x ", form)):
            if any(map(is_card, _candidates(run.group()))):
                return True
    return False


def _forms(text: str) -> Iterator[str]:
    """As it is, and as it would be read once unwrapped."""
    for _ in range(UNWRAPPED_MAX):
        text = _plain(text)
        yield text
        unwrapped = html.unescape(unquote(text))
        if unwrapped == text:
            return
        text = unwrapped
    yield _plain(text)


def _plain(text: str) -> str:
    """Digits of every script as ASCII, without signs that nobody sees."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(sign)) if unicodedata.digit(sign, None) is not None else sign
        for sign in unicodedata.normalize("NFKC", text)
        if unicodedata.category(sign) not in {"Cf", "Mn"}
    )


def _candidates(run: str) -> Iterator[str]:
    """Whole groups next to each other: a date and a code may follow the number."""
    groups = GROUP.findall(run)
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > LONGEST:
                break
            yield digits


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


# Fields with a type of their own are judged by it; what fails there may still be a card number.
TYPED: Mapping[str, Own] = {
    "gtin": _ean,
    "barcode": _ean,
    "ogrn": _ogrn,
    "inn": _digits(10, 12),
    "account": _digits(20),
    "tracking_number": _digits(14, 18),
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
    return next(_in(document, "", ""), None)


def _in(value: Any, path: str, name: str) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in cast(dict[str, Any], value).items():
                if holds_card(key):
                    yield path or "body"
                yield from _in(inner, f"{path}.{key}".lstrip("."), key)
        case list():
            for place, inner in enumerate(cast(Sequence[Any], value)):
                yield from _in(inner, f"{path}[{place}]", name)
        case bool() | None:
            return
        case _:
            text = (
                value
                if isinstance(value, str)
                else f"{value:f}"
                if isinstance(value, float)
                else str(value)
            )
            own = TYPED.get(name)
            if not (own and own(text.strip())) and holds_card(text):
                yield path or "body"
