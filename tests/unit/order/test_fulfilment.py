"""Parcels step by step, and the release of escrow that follows."""

from datetime import timedelta

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
from eventstore.events.order import ShipmentDelivered
from tests.given import NOW, at
from tests.unit.facts import DONE, confirmed, part, part_done, released, shipped
from tests.unit.market import BUYER, SELLER, SYSTEM, Market
from tests.unit.order_steps import HAND_OVER, TOTAL, paid

SHIP = HandOverShipment(seller_id="anna", **HAND_OVER, **at(SELLER))
DELIVER = RecordDelivery(**part(), **at())
CONFIRM = ConfirmReceipt(**part(), **at(BUYER))
RELEASE = ReleaseFunds(**part(), **at())
IN_TIME = ReleaseFunds(**part(), **at(SYSTEM))
COMPLETED = (part_done(), DONE)


def paid_by_hand(**quantities: int) -> Market:
    market = Market()
    market.place(**quantities)
    market.pay()
    return market


def asked_for(amount_minor: int) -> Market:
    """Delivered, with a refund of this much that nobody has decided on."""
    market = paid()
    market.deliver()
    market.refund(amount_minor=amount_minor, approve=False)
    return market


def test_parcels_go_step_by_step() -> None:
    market = Market()
    market.place()
    market.when(SHIP).refused(OrderNotPaid, "order_id")
    market.pay()
    market.when(DELIVER).refused(ParcelNotHandedOver, "seller_id")
    assert market.decide(SHIP) == shipped()
    market.when(SHIP).refused(ParcelAlreadyHandedOver, "seller_id")
    market.when(CONFIRM).refused(ParcelNotDelivered, "seller_id")
    says = "Deliveries are recorded by carriers and operators."
    market.when(msgspec.structs.replace(DELIVER, by=SELLER)).refused(NotAllowed, says=says)
    due = NOW + timedelta(days=14)
    assert market.decide(DELIVER) == [ShipmentDelivered(release_due_at=due, **part())]
    market.when(DELIVER).refused(ParcelAlreadyDelivered, "seller_id")
    by_another = msgspec.structs.replace(CONFIRM, by=Actor("buyer", "x"))
    says = "The order belongs to another buyer."
    market.when(by_another).refused(NotYours, "order_id", says)
    market.when(CONFIRM).then(confirmed(), *released(TOTAL, 101), *COMPLETED)


def test_confirmation_releases_and_credits_in_one_commit() -> None:
    market = paid_by_hand(anna=1, boris=1)
    market.deliver("anna")
    assert market.confirm("anna") == [confirmed(), *released(TOTAL, 101), part_done()]
    market.deliver("boris")
    assert market.confirm("boris") == [
        confirmed("boris"),
        *released(383, 33, seller_id="boris"),
        part_done("boris"),
        DONE,
    ]


def test_confirmation_after_the_window_only_confirms() -> None:
    market = paid_by_hand()
    market.deliver()
    assert market.release(by=SYSTEM) == [*released(TOTAL, 101), *COMPLETED]
    market.when(CONFIRM).then(confirmed())


def test_release_in_part_takes_the_commission_in_part_and_all_of_it_in_the_end() -> None:
    market = paid_by_hand()
    assert market.release(500) == released(500, 48)
    assert market.release() == released(555, 53)
    market.when(RELEASE).refused(NothingHeld)


def test_more_than_held_is_not_released_and_the_system_waits_for_delivery() -> None:
    market = paid_by_hand()
    much = msgspec.structs.replace(RELEASE, amount_minor=1056)
    says = "1055 held, 1056 asked for."
    market.when(much).refused(AmountExceedsHeld, "amount.amount_minor", says)
    market.when(IN_TIME).refused(ParcelNotDelivered, "seller_id")
    says = "Only an operator may release escrow."
    market.when(msgspec.structs.replace(IN_TIME, by=SELLER)).refused(NotAllowed, says=says)


def test_an_undecided_refund_holds_the_timed_release_of_what_it_asks_for() -> None:
    market = asked_for(300)
    assert market.decide(IN_TIME) == released(TOTAL - 300, 72)
    market.when(IN_TIME).refused(RefundUndecided, "seller_id")
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    market.when(IN_TIME).then(*released(300, 101 - 72), *COMPLETED)


def test_but_not_beyond_the_second_deadline() -> None:
    last = msgspec.structs.replace(IN_TIME, despite_refunds=True)
    asked_for(300).when(last).then(*released(TOTAL, 101), *COMPLETED)


def test_a_receipt_is_confirmed_once() -> None:
    market = paid()
    market.deliver()
    assert market.confirm() == [confirmed(), *released(TOTAL, 101), *COMPLETED]
    market.when(CONFIRM).then()
