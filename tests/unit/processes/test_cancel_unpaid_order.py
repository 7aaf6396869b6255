"""An order that nobody pays is cancelled at its deadline."""

from commands.command import Actor, Policy
from commands.processes.cancel_unpaid_order import CancelUnpaidOrder
from commands.processes.reactions import Schedule, Unschedule
from commands.streams.order.messages import CancelOrder
from eventstore.codec import name_of
from eventstore.events.order import (
    OrderPaid,
    OrderUnpaid,
)
from tests.given import at
from tests.unit.processes.played import due, played
from tests.unit.samples import AT, SAMPLES

PROCESS = CancelUnpaidOrder(Policy())
CANCEL = CancelOrder(
    order_id="o1",
    reason="not paid in time",
    only_unpaid=True,
    **at(Actor("system", "cancel-unpaid-order"), AT),
)


def test_placement_schedules_the_cancellation_and_payment_ends_it() -> None:
    placed = next(event for event in SAMPLES if name_of(event) == "order.placed.v1")
    scheduled, ended = played(PROCESS, [placed, OrderPaid(order_id="o1")])
    assert (scheduled, ended) == (Schedule("o1", AT), Unschedule("o1"))
    assert due(PROCESS, scheduled) == CANCEL


def test_an_order_that_fell_unpaid_has_a_deadline_of_its_own() -> None:
    """It is named for where in the log it fell unpaid; one that is paid by then is left alone."""
    unpaid = OrderUnpaid(order_id="o1", payment_due_at=AT, goes_on=False)
    first, paid_again, second = played(PROCESS, [unpaid, OrderPaid(order_id="o1"), unpaid])
    assert [first, paid_again, second] == [
        Schedule("o1/1", AT),
        Unschedule("o1"),
        Schedule("o1/3", AT),
    ]
    assert due(PROCESS, first) == due(PROCESS, second) == CANCEL
