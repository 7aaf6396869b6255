"""Parcels step by step, and the release of escrow that follows."""

import msgspec

from commands.command import Actor
from commands.refusals import NotAllowed, NotYours
from commands.streams.escrow.refusals import AmountExceedsHeld, NothingHeld
from commands.streams.order.messages import (
    ConfirmReceipt,
    HandOverShipment,
    RecordDelivery,
    ReleaseFunds,
)
from commands.streams.order.refusals import (
    OrderNotPaid,
    ParcelAlreadyDelivered,
    ParcelAlreadyHandedOver,
    ParcelNotDelivered,
    ParcelNotHandedOver,
)
from commands.streams.refund.messages import RejectRefund
from commands.streams.refund.refusals import RefundUndecided
from eventstore.events.escrow import FundsReleased
from eventstore.events.order import (
    OrderCompleted,
    ReceiptConfirmed,
    SellerPartCompleted,
)
from eventstore.events.seller_account import EarningsCredited
from eventstore.events.stock import StockCommitted
from tests.given import at
from tests.unit.market import BUYER, SELLER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import TOTAL, paid


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


def test_confirmation_releases_and_credits_in_one_commit() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    market.pay()
    market.deliver("anna")
    events = market.confirm("anna")
    (released,) = of(events, FundsReleased)
    assert (released.amount, released.commission_minor) == (eur(1055), 101)
    assert of(events, EarningsCredited)[0].amount == eur(954)
    assert of(events, SellerPartCompleted)
    assert not of(events, OrderCompleted)
    market.deliver("boris")
    assert of(market.confirm("boris"), OrderCompleted)


def test_confirmation_after_the_window_only_confirms() -> None:
    market = Market()
    market.place()
    market.pay()
    market.deliver()
    market.release(by=SYSTEM)
    assert [type(event) for event in market.confirm()] == [ReceiptConfirmed]


def test_release_in_part_takes_the_commission_in_part_and_all_of_it_in_the_end() -> None:
    market = Market()
    market.place()
    market.pay()
    first = of(market.release(500), FundsReleased)[0]
    second = of(market.release(), FundsReleased)[0]
    assert (first.commission_minor, second.commission_minor) == (48, 53)
    assert second.amount == eur(555)
    refuses(market, NothingHeld, ReleaseFunds(order_id="o1", seller_id="anna", **at()))


def test_more_than_held_is_not_released_and_the_system_waits_for_delivery() -> None:
    market = Market()
    market.place()
    market.pay()
    much = ReleaseFunds(order_id="o1", seller_id="anna", amount_minor=1056, **at())
    refuses(market, AmountExceedsHeld, much)
    early = ReleaseFunds(order_id="o1", seller_id="anna", **at(SYSTEM))
    refuses(market, ParcelNotDelivered, early)
    refuses(market, NotAllowed, msgspec.structs.replace(early, by=SELLER))


TIMED = {"order_id": "o1", "seller_id": "anna"}


def test_an_undecided_refund_holds_the_timed_release_of_what_it_asks_for() -> None:
    market = paid()
    market.deliver()
    market.refund(amount_minor=300, approve=False)
    (released,) = of(market.decide(ReleaseFunds(**TIMED, **at(SYSTEM))), FundsReleased)
    assert released.amount == eur(TOTAL - 300)
    refuses(market, RefundUndecided, ReleaseFunds(**TIMED, **at(SYSTEM)))
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    done = market.decide(ReleaseFunds(**TIMED, **at(SYSTEM)))
    assert of(done, FundsReleased)[0].amount == eur(300)
    assert of(done, SellerPartCompleted)


def test_but_not_beyond_the_second_deadline() -> None:
    market = paid()
    market.deliver()
    market.refund(amount_minor=300, approve=False)
    last = ReleaseFunds(despite_refunds=True, **TIMED, **at(SYSTEM))
    assert of(market.decide(last), FundsReleased)[0].amount == eur(TOTAL)


def test_a_receipt_is_confirmed_once() -> None:
    market = paid()
    market.deliver()
    assert of(market.confirm(), ReceiptConfirmed)
    confirm = ConfirmReceipt(order_id="o1", seller_id="anna", **at(BUYER))
    assert market.decide(confirm) == []
