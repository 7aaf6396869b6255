"""Orders are placed and cancelled: prices, commission, stock and deadlines."""

from datetime import timedelta

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
from eventstore.events.order import (
    CommissionTerms,
    OrderCancelled,
    OrderLine,
    OrderPlaced,
)
from eventstore.events.stock import StockReleased, StockReserved
from eventstore.values import AMOUNT_MINOR_MAX, Money
from tests.given import NOW, at
from tests.unit.market import BUYER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import books, charge, paid


def test_commission_is_frozen_half_up_on_each_line() -> None:
    market = Market()
    (placed,) = of(market.place(anna=1, boris=3), OrderPlaced)
    assert [line.commission_minor for line in placed.lines] == [101, 100]
    assert placed.total == eur(1005 + 999 + 2 * 50)
    assert placed.lines[0].commission.rule == "marketplace"


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
    (placed,) = of(market.place(carla=1), OrderPlaced)
    line = placed.lines[0]
    assert (line.commission_minor, line.commission_vat_minor) == (50, 10)
    assert line.commission.rule == "seller"


def test_stock_is_reserved_with_the_order_and_never_twice() -> None:
    market = Market()
    assert of(market.place("o1", anna=7), StockReserved)[0].quantity == 7
    quote = market.quote(anna=4)
    order = PlaceOrder(
        order_id="o2",
        buyer_id="bob",
        lines=(LineRequest(listing_id="anna-item", quantity=4),),
        shipping_quote_id=quote,
        **at(BUYER),
    )
    refuses(market, OutOfStock, order)


def test_two_lines_of_one_listing_share_its_stock() -> None:
    market = Market()
    lines = tuple(BasketLine(listing_id="anna-item", quantity=6) for _ in range(2))
    market.decide(IssueShippingQuote(quote_id="q", lines=lines, **at()))
    order = PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=tuple(LineRequest(listing_id="anna-item", quantity=6) for _ in range(2)),
        shipping_quote_id="q",
        **at(BUYER),
    )
    refuses(market, OutOfStock, order)


def test_an_expired_quote_is_refused() -> None:
    market = Market()
    late = NOW + timedelta(seconds=Policy().quote_validity_s)
    order = PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=(LineRequest(listing_id="anna-item", quantity=1),),
        shipping_quote_id=market.quote(anna=1),
        **at(BUYER, late),
    )
    refuses(market, QuoteExpired, order)


def test_a_suspended_seller_sells_nothing_more() -> None:
    market = Market()
    quote = market.quote(anna=1)
    market.decide(SuspendSeller(seller_id="anna", reason="r", **at()))
    order = PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=(LineRequest(listing_id="anna-item", quantity=1),),
        shipping_quote_id=quote,
        **at(BUYER),
    )
    refuses(market, SellerIsSuspended, order)


def test_refusals_come_in_a_fixed_order() -> None:
    """Somebody else's order of an unknown quote is refused for whose it is."""
    market = Market()
    order = PlaceOrder(
        order_id="o1",
        buyer_id="carol",
        lines=(LineRequest(listing_id="nope", quantity=1),),
        shipping_quote_id="nope",
        **at(BUYER),
    )
    refuses(market, NotYours, order)


def test_cancelling_frees_the_stock_in_the_same_commit() -> None:
    market = Market()
    market.place(anna=2, boris=1)
    events = market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert of(events, OrderCancelled)
    freed = {event.listing_id: event.quantity for event in of(events, StockReleased)}
    assert freed == {"anna-item": 2, "boris-item": 1}
    refuses(market, OrderIsCancelled, CancelOrder(order_id="o1", reason="r", **at(BUYER)))


def test_a_shipped_order_cannot_be_cancelled() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay()
    market.ship("anna")
    refuses(market, OrderAlreadyShipped, CancelOrder(order_id="o1", reason="r", **at(BUYER)))


def test_the_deadline_spares_a_paid_order() -> None:
    market = Market()
    market.place()
    market.pay()
    deadline = CancelOrder(order_id="o1", reason="late", only_unpaid=True, **at(SYSTEM))
    refuses(market, OrderAlreadyPaid, deadline)


def test_deadlines_of_facts_recorded_late_start_at_the_recording() -> None:
    market = Market()
    long_ago = NOW - timedelta(days=3000)
    quote = market.quote(anna=1)
    (placed, _) = market.decide(
        PlaceOrder(
            order_id="o1",
            buyer_id="bob",
            lines=(LineRequest(listing_id="anna-item", quantity=1),),
            shipping_quote_id=quote,
            by=Actor("operator", "o"),
            now=NOW,
            occurred_at=long_ago,
        )
    )
    assert isinstance(placed, OrderPlaced)
    assert placed.payment_due_at == NOW + timedelta(seconds=Policy().payment_window_s)


def test_a_part_refunded_in_full_was_not_shipped_and_the_rest_can_be_cancelled() -> None:
    market = paid(anna=1, boris=1)
    market.refund(lines=(RefundLineRequest(line_id=1, quantity=1),))
    events = market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert of(events, OrderCancelled)
    assert [event.listing_id for event in of(events, StockReleased)] == ["boris-item"]


def test_an_order_that_is_over_is_not_cancelled() -> None:
    market = paid()
    market.refund()
    refuses(market, OrderIsCompleted, CancelOrder(order_id="o1", reason="r", **at(BUYER)))


def test_vat_never_takes_more_than_the_line_brings() -> None:
    market = Market(Policy(commission_rate_bps=10_000, commission_vat_rate_bps=2000))
    (placed,) = of(market.place(anna=5), OrderPlaced)
    line: OrderLine = placed.lines[0]
    assert line.commission_minor == 5 * 1005
    assert line.commission_vat_minor == line.shipping_minor == 50
    charge(market)
    market.deliver()
    market.confirm()
    market.refund(lines=(RefundLineRequest(line_id=1, quantity=2),))
    market.refund("r2", lines=(RefundLineRequest(line_id=1, quantity=3),))
    left = books(market)
    assert {"commission_income", "commission_vat", "seller_debt:anna"}.isdisjoint(left)


def placing(price: Money, policy: Policy | None = None) -> tuple[Market, PlaceOrder]:
    """Two of Anna's items at this price, whose shipping costs 50."""
    market = Market(policy)
    market.decide(RepriceListing(listing_id="anna-item", price=price, **at()))
    order = PlaceOrder(
        order_id="o1",
        buyer_id="bob",
        lines=(LineRequest(listing_id="anna-item", quantity=2),),
        shipping_quote_id=market.quote(anna=2),
        **at(BUYER),
    )
    return market, order


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
    market, order = placing(eur((AMOUNT_MINOR_MAX - 50) // 2))
    (placed,) = of(market.decide(order), OrderPlaced)
    assert placed.total == eur(AMOUNT_MINOR_MAX)
