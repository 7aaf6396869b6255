"""An order that nobody pays is cancelled at its deadline."""

from commands.command import Policy
from commands.processes.cancel_unpaid_order import CancelUnpaidOrder
from commands.processes.reactions import Schedule, Unschedule
from commands.streams.order.messages import CancelOrder
from eventstore.codec import name_of
from eventstore.events.order import (
    OrderPaid,
    OrderUnpaid,
)
from tests.unit.processes.played import due, played
from tests.unit.samples import AT, SAMPLES


def test_placement_schedules_the_cancellation_and_payment_ends_it() -> None:
    placed = next(event for event in SAMPLES if name_of(event) == "order.placed.v1")
    scheduled, ended = played(CancelUnpaidOrder(Policy()), [placed, OrderPaid(order_id="o1")])
    assert isinstance(scheduled, Schedule)
    cancel = due(CancelUnpaidOrder(Policy()), scheduled)
    assert isinstance(cancel, CancelOrder)
    assert (cancel.order_id, cancel.only_unpaid) == (scheduled.instance, True)
    assert ended == Unschedule("o1")


def test_an_order_that_fell_unpaid_has_a_deadline_of_its_own() -> None:
    unpaid = OrderUnpaid(order_id="o1", payment_due_at=AT, goes_on=False)
    paid_again, *_ = played(CancelUnpaidOrder(Policy()), [OrderPaid(order_id="o1"), unpaid])
    first, second = played(CancelUnpaidOrder(Policy()), [unpaid, unpaid])
    assert paid_again == Unschedule("o1")
    assert isinstance(first, Schedule)
    assert isinstance(second, Schedule)
    assert due(CancelUnpaidOrder(Policy()), first).order_id == "o1"  # type: ignore[attr-defined]
    assert len({first.instance, second.instance, "o1"}) == 3
