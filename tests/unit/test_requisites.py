"""Numbers of the state and its banks: real ones pass, one wrong digit does not, the field is named."""

from typing import Any

import msgspec
import pytest

from commands.accounts.refusals import RequisiteInvalid
from commands.accounts.requisites import is_of_bank, judge
from commands.records.requisites.queries import Details

COMPANY = Details(
    details_id="~d1",
    seller_id="s1",
    kind="company",
    name="Shop",
    inn="7707083893",
    ogrn="1027700132195",
    kpp="773601001",
    bik="044525225",
    bank_account="",
)
TRADER = {"kind": "sole_trader", "inn": "500100732259", "ogrn": "304500116000157", "kpp": ""}
SELF_EMPLOYED = {"kind": "self_employed", "inn": "500100732259", "ogrn": "", "kpp": ""}
ACCOUNT = next(
    f"407028100380000{n:05}"
    for n in range(100)
    if is_of_bank(f"407028100380000{n:05}", "044525225")
)


def details(**more: Any) -> Details:
    return msgspec.structs.replace(COMPANY, **({"bank_account": ACCOUNT} | more))


def test_what_is_right_is_taken() -> None:
    judge(details())
    judge(details(inn="7740000076", ogrn="1027700149124"))
    judge(details(**TRADER))
    judge(details(**SELF_EMPLOYED))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"inn": "7707083894"}, "inn"),
        ({"inn": "500100732259"}, "inn"),
        ({"inn": ""}, "inn"),
        ({"ogrn": "1027700132196"}, "ogrn"),
        ({"ogrn": "304500116000157"}, "ogrn"),
        ({"ogrn": ""}, "ogrn"),
        ({"kpp": ""}, "kpp"),
        ({"kpp": "77360100"}, "kpp"),
        ({"bik": "14452522"}, "bik"),
        ({"bik": "054525225"}, "bik"),
        ({"bank_account": ACCOUNT[:-1]}, "bank_account"),
        ({"bank_account": f"{ACCOUNT[:-1]}{(int(ACCOUNT[-1]) + 1) % 10}"}, "bank_account"),
        (TRADER | {"inn": "7707083893"}, "inn"),
        (TRADER | {"inn": "500100732250"}, "inn"),
        (TRADER | {"ogrn": "1027700132195"}, "ogrn"),
        (TRADER | {"kpp": "773601001"}, "kpp"),
        (SELF_EMPLOYED | {"ogrn": "304500116000157"}, "ogrn"),
        (SELF_EMPLOYED | {"kpp": "773601001"}, "kpp"),
    ],
)
def test_what_is_wrong_is_named(more: dict[str, Any], field: str) -> None:
    with pytest.raises(RequisiteInvalid) as caught:
        judge(details(**more))
    assert caught.value.field == field


def test_an_account_is_of_its_bank() -> None:
    """Each single digit that is another makes it none."""
    for place in range(20):
        other = f"{ACCOUNT[:place]}{(int(ACCOUNT[place]) + 1) % 10}{ACCOUNT[place + 1 :]}"
        assert not is_of_bank(other, "044525225")
