"""The write model from listing to parcel, a sentence a rule: given these, when this, then that."""

from datetime import timedelta

import msgspec
import pytest

from commands.command import Actor, Policy
from commands.refusals import NotAllowed, NotYours
from commands.streams.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.streams.listing.refusals import ListingIsRetired
from commands.streams.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
)
from commands.streams.order.refusals import (
    OrderAlreadyPaid,
    OrderAlreadyShipped,
    OrderIsCancelled,
    OrderNotPaid,
    ParcelAlreadyDelivered,
    ParcelAlreadyHandedOver,
    ParcelNotDelivered,
    ParcelNotHandedOver,
)
from commands.streams.payment.messages import RecordDecline, StartPayment
from commands.streams.payment.refusals import PaymentInProgress
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.seller.refusals import SellerIsSuspended
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.shipping_quote.refusals import QuoteExpired
from commands.streams.stock.messages import ReceiveStock
from commands.streams.stock.refusals import OutOfStock
from eventstore.events.escrow import FundsHeld, FundsReleased
from eventstore.events.order import (
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    PaymentDifferenceBooked,
)
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReversed,
    PaymentStarted,
)
from eventstore.events.refund import RefundApproved
from eventstore.events.stock import StockCommitted, StockReleased, StockReserved
from tests.given import NOW, at
from tests.unit.market import BUYER, SELLER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import capture, started


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


def test_the_tariff_is_a_parcel_a_seller() -> None:
    market = Market(Policy(shipping_base_minor=500, shipping_per_unit_minor=100))
    lines = (
        BasketLine(listing_id="anna-item", quantity=1),
        BasketLine(listing_id="boris-item", quantity=2),
        BasketLine(listing_id="anna-item", quantity=2),
    )
    market.decide(IssueShippingQuote(quote_id="q", lines=lines, **at(BUYER)))
    quote = market.state("shipping_quote-q")
    assert [line.shipping_minor for line in quote.lines] == [267, 700, 533]


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


def test_listing_rules() -> None:
    market = Market()
    reprice = RepriceListing(listing_id="anna-item", price=eur(1), **at(SELLER))
    refuses(market, NotYours, msgspec.structs.replace(reprice, by=Actor("seller", "x")))
    assert market.decide(reprice)
    assert market.decide(reprice) == []
    market.decide(RetireListing(listing_id="anna-item", reason="r", **at(SELLER)))
    refuses(market, ListingIsRetired, reprice)


def test_capture_and_escrow_hold_are_one_commit() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    events = market.pay()
    assert [(held.seller_id, held.amount) for held in of(events, FundsHeld)] == [
        ("anna", eur(1055)),
        ("boris", eur(383)),
    ]
    assert of(events, PaymentCaptured)
    assert of(events, OrderPaid)


def test_several_payments_fill_the_parts_in_their_order() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    first = market.pay(1100, "p1")
    assert [held.amount for held in of(first, FundsHeld)] == [eur(1055), eur(45)]
    assert not of(first, OrderPaid)
    second = market.pay(None, "p2")
    assert [held.amount for held in of(second, FundsHeld)] == [eur(338)]
    assert of(second, OrderPaid)


@pytest.mark.parametrize(("difference", "paid"), [(-5, True), (-6, False), (0, True), (111, True)])
def test_a_payment_that_differs(difference: int, paid: bool) -> None:
    market = Market()
    market.place()
    events = market.pay(1055 + difference)
    assert bool(of(events, OrderPaid)) == paid
    booked = [event.amount.amount_minor for event in of(events, PaymentDifferenceBooked)]
    assert booked == ([difference] if paid and difference else [])
    held = sum(event.amount.amount_minor for event in of(events, FundsHeld))
    assert held == (1055 if paid else 1055 + difference)


def test_paying_twice_is_refused() -> None:
    market = Market()
    market.place()
    market.pay()
    again = StartPayment(
        payment_id="p2", order_id="o1", provider="sandbox", method="card", source="", **at(BUYER)
    )
    refuses(market, OrderAlreadyPaid, again)


def test_a_second_payment_waits_for_the_first_one_s_outcome() -> None:
    market = Market()
    market.place()
    started(market)
    again = StartPayment(
        payment_id="p2", order_id="o1", provider="sandbox", method="card", source="t", **at(BUYER)
    )
    refuses(market, PaymentInProgress, again)
    market.decide(RecordDecline(payment_id="p1", reason="r", **at(SYSTEM)))
    assert market.decide(again)


def test_a_payment_in_part_leaves_room_for_the_rest() -> None:
    market = Market()
    market.place()
    part = {"order_id": "o1", "provider": "sandbox", "method": "card", "source": "t"}
    market.decide(StartPayment(payment_id="p1", amount_minor=400, **part, **at(BUYER)))
    rest = market.decide(StartPayment(payment_id="p2", **part, **at(BUYER)))
    assert of(rest, PaymentStarted)[0].amount == eur(655)


def test_a_capture_is_recorded_once_and_after_a_decline_too() -> None:
    market = Market()
    market.place()
    started(market)
    assert of(
        market.decide(RecordDecline(payment_id="p1", reason="r", **at(SYSTEM))), PaymentDeclined
    )
    assert of(market.decide(capture()), PaymentCaptured)
    assert market.decide(capture()) == []


def test_a_failure_after_a_success_takes_the_capture_back() -> None:
    market = Market()
    market.place()
    started(market)
    market.decide(capture())
    late = RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM))
    assert of(market.decide(late), PaymentReversed)
    assert market.decide(late) == []


def test_money_for_a_cancelled_order_is_taken_in_and_can_go_back() -> None:
    market = Market()
    market.place()
    started(market)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert not of(market.decide(capture()), OrderPaid)
    (approved,) = of(market.refund(), RefundApproved)
    assert approved.amount == eur(1055)


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


def test_parcels_go_step_by_step() -> None:
    market = Market()
    market.place()
    hand_over = HandOverShipment(
        order_id="o1", seller_id="anna", carrier="c", tracking_number="t", **at(SELLER)
    )
    delivery = RecordDelivery(order_id="o1", seller_id="anna", **at())
    confirm = ConfirmReceipt(order_id="o1", seller_id="anna", **at(BUYER))
    refuses(market, OrderNotPaid, hand_over)
    market.pay()
    refuses(market, ParcelNotHandedOver, delivery)
    assert of(market.decide(hand_over), StockCommitted)
    refuses(market, ParcelAlreadyHandedOver, hand_over)
    refuses(market, ParcelNotDelivered, confirm)
    refuses(market, NotAllowed, msgspec.structs.replace(delivery, by=SELLER))
    market.decide(delivery)
    refuses(market, ParcelAlreadyDelivered, delivery)
    refuses(market, NotYours, msgspec.structs.replace(confirm, by=Actor("buyer", "x")))
    assert of(market.decide(confirm), FundsReleased)


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
