"""Numbers that are cards, and numbers that only look like them; ways to write a card down."""

import html
import uuid
from collections.abc import Callable
from random import Random
from urllib.parse import quote

BRANDS = {
    "visa": (("4",), (16, 19)),
    "mastercard": (("51", "55", "2221", "2720"), (16,)),
    "mir": (("2200", "2204"), (16, 19)),
    "amex": (("34", "37"), (15,)),
    "diners": (("36", "38", "300", "305"), (14,)),
    "jcb": (("3528", "3589"), (16,)),
    "unionpay": (("62",), (16, 19)),
    "discover": (("6011", "644", "65"), (16,)),
}
FULL_WIDTH = str.maketrans("0123456789", "0123456789")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card(chance: Random, brand: str) -> str:
    prefixes, lengths = BRANDS[brand]
    body = chance.choice(prefixes)
    length = chance.choice(lengths)
    while len(body) < length - 1:
        body += str(chance.randrange(10))
    return next(body + str(last) for last in range(10) if luhn(body + str(last)))


def _grouped(number: str, between: str) -> str:
    return between.join(number[at : at + 4] for at in range(0, len(number), 4))


DISGUISES: dict[str, Callable[[str], str]] = {
    "plain": str,
    "spaced": lambda n: _grouped(n, " "),
    "dashed": lambda n: _grouped(n, "-"),
    "wide dashes": lambda n: _grouped(n, " - "),
    "line breaks": lambda n: _grouped(n, "\r\n "),
    "dotted": lambda n: _grouped(n, "."),
    "no-break spaces": lambda n: _grouped(n, "\u00a0"),
    "zero-width": lambda n: _grouped(n, "\u200b"),
    "each digit apart": " ".join,
    "full width": lambda n: n.translate(FULL_WIDTH),
    "arabic digits": lambda n: n.translate(ARABIC),
    "URL-encoded": lambda n: quote(_grouped(n, " ")).replace("4", "%34"),
    "HTML entities": lambda n: "".join(f"&#{ord(digit)};" for digit in n),
    "with date and code": lambda n: f"card: {_grouped(n, ' ')} 12/27 123!",
}


def gtin(chance: Random, size: int = 13) -> str:
    body = "460" + "".join(str(chance.randrange(10)) for _ in range(size - 4))
    weights = (int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body)))
    return f"{body}{-sum(weights) % 10}"


def ogrn(chance: Random) -> str:
    body = f"1{chance.randrange(10**11):011}"
    return f"{body}{int(body) % 11 % 10}"


def ogrnip(chance: Random) -> str:
    body = f"3{chance.randrange(10**13):013}"
    return f"{body}{int(body) % 13 % 10}"


def others(chance: Random) -> dict[str, str]:
    """By the name of the field that they come in; "" is any."""
    return {
        "gtin": gtin(chance, chance.choice((8, 12, 13, 14))),
        "ogrn": chance.choice((ogrn, ogrnip))(chance),
        "inn": f"{chance.randrange(10**9, 10**12):012}",
        "account": f"40702810{chance.randrange(10**12):012}",
        "phone": f"+79{chance.randrange(10**9):09}",
        "tracking_number": f"{chance.randrange(10**18):018}",
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "hex": f"ship-{chance.getrandbits(128):032x}:{chance.getrandbits(160):040x}",
        "at": str(1_700_000_000_000 + chance.randrange(10**11)),
        "page": html.escape("a & b < c"),
    }
