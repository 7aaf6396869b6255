"""Where the marketplace asks for it: nobody sells or is paid whom the register does not confirm."""

from typing import Any

import pytest

from commands.command import Policy
from commands.streams.seller.refusals import SellerNotVerified
from eventstore.events.seller import SellerUnverified, SellerVerified
from tests.unit.market import Market

VERIFIED = SellerVerified(seller_id="anna")
ENDED = SellerUnverified(seller_id="anna", reason="liquidated")


def asking() -> Market:
    return Market(Policy(sellers_verified="yes"))


def test_who_is_not_verified_prepares_and_does_not_sell() -> None:
    market = asking()  # Listings, stock and quotes are there.
    with pytest.raises(SellerNotVerified) as caught:
        market.place()
    assert caught.value.field == "lines[0].listing_id"
    market.append(VERIFIED)
    market.place()


def test_payouts_stop_when_it_ends_and_go_on_when_it_is_back() -> None:
    market = asking()
    market.append(VERIFIED)
    market.place()
    market.pay()
    market.release()
    market.append(ENDED)
    with pytest.raises(SellerNotVerified):
        market.pay_out()
    # What is open goes on.
    market.deliver()
    market.append(VERIFIED)
    assert market.pay_out()


def test_one_of_several_sellers_stops_the_order_by_its_line() -> None:
    market: Any = asking()
    market.append(VERIFIED)
    with pytest.raises(SellerNotVerified) as caught:
        market.place("o1", anna=1, boris=1)
    assert caught.value.field == "lines[1].listing_id"


def test_nobody_is_asked_unless_the_marketplace_asks() -> None:
    market = Market()
    market.append(VERIFIED)
    market.append(ENDED)
    market.place()
