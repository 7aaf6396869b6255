"""No card number comes in, and what only looks like one does."""

import json
import time
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest

from deploy.http.edge.cards import Digits, field_with_card, holds_card, suspicious
from tests.unit.edge.card_numbers import BRANDS, DISGUISES, card, luhn, others

REFUSED = 20_000
PASSED = 200_000


def test_every_brand_in_every_disguise_is_refused() -> None:
    chance = Random(1)
    kinds = [(brand, disguise) for brand in BRANDS for disguise in DISGUISES]
    missed = []
    for number in range(REFUSED):
        brand, disguise = kinds[number % len(kinds)]
        text = DISGUISES[disguise](card(chance, brand))
        body = json.dumps({"note": {"text": [text]}}, ensure_ascii=bool(number % 2)).encode()
        if not suspicious(body) or field_with_card(body) != "note.text[0]":
            missed.append((brand, disguise, text))
    assert missed[:5] == []


def test_numbers_that_are_no_cards_pass() -> None:
    chance = Random(2)
    caught = []
    for _ in range(PASSED // 10):
        fields = others(chance)
        found = field_with_card(msgspec.json.encode(fields))
        if found is not None:
            caught.append((found, fields[found]))
    assert caught[:5] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"tracking_number": "4242424242424242"}', "tracking_number"),
        (b'{"gtin": "4242424242424242"}', "gtin"),
        (b'{"amount": 4242424242424242}', "amount"),
        (b'{"a": [{"b": "x4242424242424242y"}]}', "a[0].b"),
        (b'{"4242424242424242": 1}', "body"),
        (b'{"a": "4242 4242', None),
        (b"4242 4242 4242 4242", "body"),
        (b'"4242424242424242"', "body"),
        (b'{"a": "%2534%2532%2534%2532 4242 4242 4242"}', "a"),
        (b'{"a": "4242424242424243"}', None),
        (b'{"a": "424242424242424"}', None),
        (b'{"a": true, "b": null, "c": 1.5}', None),
    ],
)
def test_the_field_is_named(body: bytes, field: str | None) -> None:
    assert field_with_card(body) == field


def test_a_number_in_broken_json_is_found_all_the_same() -> None:
    assert field_with_card(b'{"a": "4242 4242 4242 4242') == "body"


def test_two_numbers_of_a_sentence_are_not_one() -> None:
    assert not holds_card("4242 pieces of 424242424242 kept")


HOSTILE = {
    "digits apart": b"1 " * 65_000,
    "cards apart": b"4 " * 65_000,
    "wrapped again and again": b"%25252525" + b"4 " * 65_000,
    "signs of encoding": b"%25" * 43_000,
    "one long number": b"4" * 130_000,
    "full width": "\uff14 ".encode() * 32_000,
    "an endless entity": b"&#" + b"9" * 5_000 + b";",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_largest_body_is_judged_in_time_that_grows_with_it_alone(text: bytes) -> None:
    def took(part: bytes) -> float:
        started = time.process_time()
        field_with_card(b'{"a":"' + part + b'"}')
        return time.process_time() - started

    assert took(text) < 2.0  # Quadratic, it was 4 to 12.


def test_a_body_as_deep_as_can_be_decoded_is_judged() -> None:
    deep = b"[" * 900 + b'"4242 4242 4242 4242"' + b"]" * 900
    assert field_with_card(deep) == "[0]" * 900
    assert field_with_card(b"[" * 5_000) is None


def test_checks_over_any_part_are_luhn_s() -> None:
    chance = Random(3)
    for _ in range(300):
        text = "".join(chance.choice("0123456789") for _ in range(40))
        digits = Digits(text)
        for start in range(20):
            for end in range(start + 13, start + 20):
                assert digits.check(start, end) == luhn(text[start:end])


def test_a_time_is_no_card_at_any_hour() -> None:
    """Seen at 23:21: the hour, the seconds and their parts began as a Mastercard."""
    chance = Random(3)
    caught: list[object] = []
    for _ in range(20_000):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance.randrange(10**13))
        text = at.isoformat()
        forms = (text, text.replace("T", " "), text.replace("+00:00", "Z"), f"as_of={text}")
        bodies = [msgspec.json.encode({"until": form}) for form in forms]
        caught += [body for body in bodies if field_with_card(body)]
        caught += [form for form in forms if holds_card(form)]
    assert caught[:5] == []
    assert not holds_card("as_of=2026-11-30T23%3A21%3A45.123456%2B00%3A00")


def test_a_card_beside_a_time_is_found() -> None:
    for text in (
        "2026-11-30T10:00:00Z 4242 4242 4242 4242",
        "4242424242424242 2026-11-30T10:00:00.123456+00:00",
        "4242-42-42T42:42:42",
        "4242 4242 4242 4242T10:00:00Z",
    ):
        assert holds_card(text) == ("4242 4242" in text or "4242424242424242" in text), text
