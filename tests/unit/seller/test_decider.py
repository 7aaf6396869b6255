"""Sellers: registered once, suspended for good."""

import pytest

from commands.refusals import NotAllowed
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.seller.refusals import SellerExists, SellerIsSuspended, SellerUnknown
from tests.given import World, at, given
from tests.unit.facts import ANNA, SUSPENDED
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import SELLER

FACTS = {"seller_id": "anna", "name": "Anna's pottery", "currency": "EUR"}
OPERATORS_ONLY = "Sellers are registered and suspended by operators."


def registered() -> World:
    return given(ANNA)


def suspended() -> World:
    return given(ANNA, SUSPENDED)


def test_a_seller_is_registered() -> None:
    register = RegisterSeller(commission_rate_bps=750, payout_destination="dest", **FACTS, **at())
    given().when(register).then(ANNA)


def test_a_seller_is_suspended() -> None:
    registered().when(SuspendSeller(seller_id="anna", reason="fraud", **at())).then(SUSPENDED)


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            registered,
            RegisterSeller(**FACTS, **at(SELLER)),
            rung(NotAllowed, None, OPERATORS_ONLY),
            rung(SellerExists, "seller_id", **at()),
        ),
        *ladder(
            suspended,
            SuspendSeller(seller_id="nobody", reason="r", **at(SELLER)),
            rung(NotAllowed, None, OPERATORS_ONLY),
            rung(SellerUnknown, "seller_id", **at()),
            rung(SellerIsSuspended, "seller_id", seller_id="anna"),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
