"""Addresses: one text for all spellings of one person's, and no number that costs who writes."""

import pytest

from commands.accounts.addresses import Address, contact, email, phone
from commands.accounts.refusals import AddressInvalid, PhoneInvalid


@pytest.mark.parametrize(
    "typed", ["+7 916 123-45-67", "8 (916) 123-45-67", "+79161234567", "8 916 1234567"]
)
def test_a_number_is_the_same_however_it_is_typed(typed: str) -> None:
    assert phone(typed) == Address("+79161234567", "+79161234567", "phone", "RU")


def test_a_number_tells_its_country() -> None:
    assert phone("+77011234567").country == "KZ"
    assert phone("+375291234567").country == "BY"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("+78091234567", "premium"),
        ("+78001234567", "toll free"),
        ("+881612345678", "satellite"),
        ("+870773110101", "satellite"),
        ("+74951234567", "a desk"),
        ("+7916", "too short"),
        ("+791612345678901", "too long"),
        ("anna", "no number"),
        ("", "nothing"),
        ("+79161234567;ext=1@x", "no number"),
    ],
)
def test_what_is_no_mobile_number_is_refused(typed: str, why: str) -> None:
    with pytest.raises(PhoneInvalid):
        assert phone(typed) != why


def test_a_contact_is_one_or_the_other() -> None:
    assert contact("Anna@Example.org").channel == "email"
    assert contact("+79161234567").channel == "phone"
    assert contact("Anna@Example.org").same == email("anna@example.ORG").same
    with pytest.raises(AddressInvalid):
        contact("anna@")
    with pytest.raises(PhoneInvalid):
        contact("anna")
