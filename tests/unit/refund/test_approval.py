"""What happens to the money and the goods of a refund that is approved."""

from commands.streams.order.messages import CancelOrder, ReleaseFunds
from commands.streams.refund.messages import ApproveRefund, RejectRefund
from eventstore.events.order import SellerPartEmptied
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.facts import DONE, confirmed, part_done, released
from tests.unit.market import BUYER, Market
from tests.unit.order_steps import books, charge, paid
from tests.unit.refund.facts import (
    ALL_OF_ANNA,
    UNIT,
    approved,
    ask,
    debited,
    difference_back,
    granted,
    leg,
    leg_by_hand,
    of_boris,
    rejected,
    returned,
    settled,
    settled_by_hand,
    taken,
)

CANCEL = CancelOrder(order_id="o1", reason="r", **at(BUYER))
EMPTIED = SellerPartEmptied(order_id="o1", seller_id="anna")
FREED = StockReleased(listing_id="anna-item", order_id="o1", quantity=1)


def two_parts(paid_minor: int, by_hand: bool = False) -> Market:
    """An order of 1055 from Anna and 383 from Boris."""
    market = Market()
    market.place(anna=1, boris=1)
    if by_hand:
        market.pay(paid_minor)
    else:
        charge(market, paid_minor)
    return market


def test_a_refund_before_release_comes_from_escrow() -> None:
    market = Market()
    market.place(anna=3)
    market.pay()
    assert market.refund(lines=UNIT) == [
        *granted(1022, taken(1, 1005, 17, 101), legs=(leg_by_hand(1022),)),
        returned(1022),
        *settled_by_hand(1022),
    ]
    market.deliver()
    assert market.confirm() == [confirmed(), *released(2043, 302 - 101), part_done(), DONE]


def test_a_refund_after_release_comes_from_the_seller_and_reverses_commission() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.confirm()
    market.pay_out(amount_minor=900)
    market.when(ask()).then(
        *granted(1055, ALL_OF_ANNA, legs=(leg_by_hand(1055),)),
        *debited(1055, balance=54, debt=900, commission=101),
        *settled_by_hand(1055),
    )


def test_a_refund_of_everything_returns_the_difference_too() -> None:
    market = Market()
    market.place()
    market.pay(1055 + 111)
    market.decide(CANCEL)
    market.when(ask()).then(
        *granted(1166, ALL_OF_ANNA, legs=(leg_by_hand(1166),), difference=111),
        returned(1055),
        difference_back(111),
        *settled_by_hand(1166),
    )


def test_a_partly_paid_cancelled_order_returns_what_was_paid() -> None:
    market = two_parts(1100, by_hand=True)
    market.decide(CANCEL)
    market.when(ask()).then(
        *granted(1100, ALL_OF_ANNA, of_boris(0, 39, 6, 4), legs=(leg_by_hand(1100),)),
        returned(1055),
        returned(45, "boris"),
        *settled_by_hand(1100),
    )


def test_an_order_short_by_a_cent_can_be_closed_when_all_its_money_is_back() -> None:
    """3 short of 1438: what is left of the lines then is worth nothing to anybody."""
    market = two_parts(1435)
    assert market.refund(amount_minor=1434) == [
        *granted(1434, taken(0, 1002, 50, 101), of_boris(0, 332, 50, 33)),
        returned(1052),
        returned(382, "boris"),
    ]
    market.decide(CANCEL)
    rest = (taken(1, 3, 0, 0), of_boris(1, 1, 0, 0))
    assert market.refund("r2") == [
        *granted(1, *rest, difference=-3, refund_id="r2"),
        returned(3, refund_id="r2"),
        returned(1, "boris", "r2"),
        difference_back(-3, "r2"),
    ]
    assert books(market) == {"psp_clearing": -1435, "refund_clearing": 1435}


def test_a_refund_of_nothing_closes_what_only_a_missing_cent_stands_for() -> None:
    market = two_parts(1435)
    market.refund(lines=UNIT)
    market.refund("r2", amount_minor=380, seller_id="boris")
    market.decide(CANCEL)
    assert market.refund("r3") == [
        *granted(0, of_boris(1, 3, 0, 0), legs=(), difference=-3, refund_id="r3"),
        returned(3, "boris", "r3"),
        difference_back(-3, "r3"),
        settled(0, "r3"),
    ]
    assert books(market) == {"psp_clearing": -1435, "refund_clearing": 1435}


def emptied() -> Market:
    """21 are asked for without goods, and all the goods are refunded."""
    market = paid()
    market.refund(amount_minor=21, approve=False)
    market.refund("r2", lines=UNIT)
    return market


def test_a_part_whose_goods_were_all_refunded_frees_its_stock_at_once() -> None:
    market = paid()
    market.refund(amount_minor=21, approve=False)
    market.when(ask("r2", lines=UNIT)).then(
        *granted(1034, taken(1, 985, 49, 99), refund_id="r2"),
        returned(1034, refund_id="r2"),
        EMPTIED,
        FREED,
    )


def test_what_is_held_of_an_emptied_part_is_the_seller_s_when_nobody_asks_for_it() -> None:
    """Nothing can be handed over, and 21 are held: for the seller, or for the buyer."""
    market = emptied()
    assert market.decide(RejectRefund(refund_id="r1", reason="n", **at())) == rejected("r1", "n")
    release = ReleaseFunds(order_id="o1", seller_id="anna", **at())
    market.when(release).then(*released(21, 2), part_done(), DONE)


def test_or_the_rest_of_an_emptied_part_goes_back_to_the_buyer() -> None:
    emptied().when(ApproveRefund(refund_id="r1", **at())).then(
        *approved(21, leg(21)),
        returned(21),
        part_done(),
        DONE,
    )
