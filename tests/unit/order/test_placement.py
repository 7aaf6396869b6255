"""Orders are placed and cancelled: prices, commission, stock and deadlines."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from commands.command import Actor, Policy
from commands.refusals import NotYours
from commands.streams.listing.messages import CreateListing, RepriceListing
from commands.streams.order.messages import (
    CancelOrder,
    LineRequest,
    PlaceOrder,
)
from commands.streams.order.refusals import (
    OrderAlreadyPaid,
    OrderAlreadyShipped,
    OrderIsCancelled,
    OrderIsCompleted,
)
from commands.streams.refund.messages import RefundLineRequest
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.seller.refusals import SellerIsSuspended
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.shipping_quote.refusals import QuoteExpired
from commands.streams.stock.messages import ReceiveStock
from commands.streams.stock.refusals import OutOfStock
from eventstore.events.base import Event
from eventstore.events.order import (
    CommissionTerms,
    OrderCancelled,
    OrderLine,
    OrderPlaced,
)
from eventstore.events.stock import StockReleased, StockReserved
from eventstore.values import AMOUNT_MINOR_MAX, Money
from tests.given import NOW, at
from tests.unit.facts import DUE, units
from tests.unit.market import BUYER, Market, eur
from tests.unit.order_steps import books, cancel_unpaid, charge, paid

LINE = OrderLine(
    line_id=1,
    listing_id="anna-item",
    seller_id="anna",
    title="t",
    category="c",
    quantity=1,
    unit_price_minor=1005,
    shipping_minor=50,
    commission_minor=101,
    commission_vat_minor=0,
    commission=CommissionTerms(rule="marketplace", rate_bps=1000, vat_rate_bps=0),
)
CANCEL = CancelOrder(order_id="o1", reason="r", **at(BUYER))
CANCELLED = OrderCancelled(order_id="o1", reason="r")


def line(**of: Any) -> OrderLine:
    return msgspec.structs.replace(LINE, **of)


def order(market: Market, **quantities: int) -> PlaceOrder:
    """Of a basket that shipping is quoted for."""
    return PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=tuple(
            LineRequest(listing_id=f"{seller}-item", quantity=quantity)
            for seller, quantity in quantities.items()
        ),
        shipping_quote_id=market.quote(**quantities),
        **at(BUYER),
    )


def accepted(
    of: PlaceOrder, *lines: OrderLine, total: int, payment_due_at: datetime = DUE
) -> list[Event]:
    """Placed, with the stock of each line reserved."""
    placed = OrderPlaced(
        order_id="o1",
        buyer_id="bob",
        lines=lines,
        total=eur(total),
        quote_id=of.shipping_quote_id,
        payment_due_at=payment_due_at,
    )
    return [placed, *[units(StockReserved, one.quantity, one.listing_id) for one in lines]]


def test_commission_is_frozen_half_up_on_each_line() -> None:
    market = Market()
    both = order(market, anna=1, boris=3)
    of_boris = line(
        line_id=2,
        listing_id="boris-item",
        seller_id="boris",
        quantity=3,
        unit_price_minor=333,
        commission_minor=100,
    )
    market.when(both).then(*accepted(both, LINE, of_boris, total=1005 + 999 + 2 * 50))


def test_a_seller_s_own_rate_and_vat_on_the_fee() -> None:
    market = Market(Policy(commission_vat_rate_bps=2000))
    market.decide(
        RegisterSeller(seller_id="carla", name="n", currency="EUR", commission_rate_bps=500, **at())
    )
    market.decide(
        CreateListing(
            listing_id="carla-item",
            seller_id="carla",
            title="t",
            category="c",
            price=eur(1000),
            **at(),
        )
    )
    market.decide(ReceiveStock(listing_id="carla-item", quantity=1, **at()))
    of_carla = line(
        listing_id="carla-item",
        seller_id="carla",
        unit_price_minor=1000,
        commission_minor=50,
        commission_vat_minor=10,
        commission=CommissionTerms(rule="seller", rate_bps=500, vat_rate_bps=2000),
    )
    hers = order(market, carla=1)
    market.when(hers).then(*accepted(hers, of_carla, total=1050))


def test_stock_is_reserved_with_the_order_and_never_twice() -> None:
    market = Market()
    seven = order(market, anna=7)
    seven_of_them = line(quantity=7, commission_minor=704)
    assert market.decide(seven) == accepted(seven, seven_of_them, total=7 * 1005 + 50)
    four = msgspec.structs.replace(order(market, anna=4), order_id="o2")
    market.when(four).refused(OutOfStock, "lines[0].quantity", "3 left, 4 asked for.")


def test_two_lines_of_one_listing_share_its_stock() -> None:
    market = Market()
    lines = tuple(BasketLine(listing_id="anna-item", quantity=6) for _ in range(2))
    market.decide(IssueShippingQuote(quote_id="q", lines=lines, **at()))
    twice = PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=tuple(LineRequest(listing_id="anna-item", quantity=6) for _ in range(2)),
        shipping_quote_id="q",
        **at(BUYER),
    )
    market.when(twice).refused(OutOfStock, "lines[0].quantity", "10 left, 12 asked for.")


def test_an_expired_quote_is_refused() -> None:
    market = Market()
    late = at(BUYER, NOW + timedelta(seconds=Policy().quote_validity_s))
    expired = msgspec.structs.replace(order(market, anna=1), **late)
    market.when(expired).refused(QuoteExpired, "shipping_quote_id")


def test_a_suspended_seller_sells_nothing_more() -> None:
    market = Market()
    hers = order(market, anna=1)
    market.decide(SuspendSeller(seller_id="anna", reason="r", **at()))
    market.when(hers).refused(SellerIsSuspended, "lines[0].listing_id")


def test_refusals_come_in_a_fixed_order() -> None:
    """Somebody else's order of an unknown quote is refused for whose it is."""
    another_s = PlaceOrder(
        order_id="o1",
        buyer_id="carol",
        lines=(LineRequest(listing_id="nope", quantity=1),),
        shipping_quote_id="nope",
        **at(BUYER),
    )
    says = "An order is placed for oneself."
    Market().when(another_s).refused(NotYours, "buyer_id", says)


def test_cancelling_frees_the_stock_in_the_same_commit() -> None:
    market = Market()
    market.place(anna=2, boris=1)
    freed = (units(StockReleased, 2), units(StockReleased, 1, "boris-item"))
    assert market.decide(CANCEL) == [CANCELLED, *freed]
    market.when(CANCEL).refused(OrderIsCancelled, "order_id", "The order is cancelled already.")


def test_a_shipped_order_cannot_be_cancelled() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay()
    market.ship("anna")
    market.when(CANCEL).refused(OrderAlreadyShipped, "order_id")


def test_the_deadline_spares_a_paid_order() -> None:
    market = Market()
    market.place()
    market.pay()
    market.when(cancel_unpaid(market)).refused(OrderAlreadyPaid, "order_id")


def test_deadlines_of_facts_recorded_late_start_at_the_recording() -> None:
    market = Market()
    long_ago = {"by": Actor("operator", "o"), "occurred_at": NOW - timedelta(days=3000)}
    recorded_late = msgspec.structs.replace(order(market, anna=1), **long_ago)
    market.when(recorded_late).then(*accepted(recorded_late, LINE, total=1055))


def test_a_part_refunded_in_full_was_not_shipped_and_the_rest_can_be_cancelled() -> None:
    market = paid(anna=1, boris=1)
    market.refund(lines=(RefundLineRequest(line_id=1, quantity=1),))
    market.when(CANCEL).then(CANCELLED, units(StockReleased, 1, "boris-item"))


def test_an_order_that_is_over_is_not_cancelled() -> None:
    market = paid()
    market.refund()
    market.when(CANCEL).refused(OrderIsCompleted, "order_id")


def test_vat_never_takes_more_than_the_line_brings() -> None:
    market = Market(Policy(commission_rate_bps=10_000, commission_vat_rate_bps=2000))
    five = order(market, anna=5)
    all_of_it = line(
        quantity=5,
        commission_minor=5 * 1005,
        commission_vat_minor=50,
        commission=CommissionTerms(rule="marketplace", rate_bps=10_000, vat_rate_bps=2000),
    )
    assert market.decide(five) == accepted(five, all_of_it, total=5 * 1005 + 50)
    charge(market)
    market.deliver()
    market.confirm()
    market.refund(lines=(RefundLineRequest(line_id=1, quantity=2),))
    market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=3),))
    assert books(market) == {"psp_clearing": -5075, "refund_clearing": 5075}


def placing(price: Money, policy: Policy | None = None) -> tuple[Market, PlaceOrder]:
    """Two of Anna's items at this price, whose shipping costs 50."""
    market = Market(policy)
    market.decide(RepriceListing(listing_id="anna-item", price=price, **at()))
    return market, order(market, anna=2)


def test_an_order_is_placed_with_all_that_it_was_placed_on() -> None:
    market, order = placing(eur(1005), Policy(commission_vat_rate_bps=2000, payment_window_s=60))
    line = OrderLine(
        line_id=1,
        listing_id="anna-item",
        seller_id="anna",
        title="t",
        category="c",
        quantity=2,
        unit_price_minor=1005,
        shipping_minor=50,
        commission_minor=201,
        commission_vat_minor=40,
        commission=CommissionTerms(rule="marketplace", rate_bps=1000, vat_rate_bps=2000),
    )
    market.when(order).then(
        OrderPlaced(
            order_id="o1",
            buyer_id="bob",
            lines=(line,),
            total=eur(2060),
            quote_id=order.shipping_quote_id,
            payment_due_at=NOW + timedelta(seconds=60),
        ),
        StockReserved(listing_id="anna-item", order_id="o1", quantity=2),
    )


def test_the_largest_order_is_one() -> None:
    price = (AMOUNT_MINOR_MAX - 50) // 2
    market, largest = placing(eur(price))
    two = line(quantity=2, unit_price_minor=price, commission_minor=2 * price // 10)
    market.when(largest).then(*accepted(largest, two, total=AMOUNT_MINOR_MAX))
