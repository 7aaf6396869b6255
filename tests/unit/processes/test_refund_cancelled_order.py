"""What was paid for a cancelled order is refunded, in whatever order that is heard of."""

import itertools

from commands.command import Policy
from commands.processes.reactions import Do
from commands.processes.refund_cancelled_order import RefundCancelledOrder
from commands.streams.refund.messages import RequestRefund
from eventstore.events.order import (
    OrderPaid,
    OrderPaymentReinstated,
    RefundReservationDropped,
)
from tests.unit.processes.played import CANCELLED, EUR, commands, paid, played, refund_by

NAME = "refund-cancelled-order"


def asked(*because_of: str) -> dict[str, RequestRefund]:
    """For each of these reasons everything of the order, by the command's id."""
    reason = "order cancelled"
    return {f"{NAME}/o1/{of}": refund_by(NAME, "o1", of, reason=reason) for of in because_of}


def test_any_order_and_repetition_asks_for_the_same_refunds() -> None:
    events = [paid("p1"), paid("p2"), CANCELLED, CANCELLED, paid("p1")]
    for order in itertools.permutations(events):
        assert commands(played(RefundCancelledOrder(Policy()), order)) == asked("p1", "p2")


def test_separate_orders_do_not_interfere() -> None:
    reactions = played(RefundCancelledOrder(Policy()), [paid("p1"), paid("p2", "o2"), CANCELLED])
    assert reactions == [Do(*one) for one in asked("p1").items()]


def test_an_uncancelled_order_is_left_alone() -> None:
    assert played(RefundCancelledOrder(Policy()), [paid("p1"), OrderPaid(order_id="o1")]) == []


def test_what_a_rejected_refund_had_set_aside_is_refunded_too() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    reactions = played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, dropped])
    assert commands(reactions) == asked("p1", "refund/r1/dropped")


def test_a_refund_that_is_named_like_a_payment_takes_nothing_from_it() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="p1")
    done = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, dropped]))
    assert done == asked("p1", "refund/p1/dropped")
    assert len({request.refund_id for request in done.values()}) == 2


def test_a_charge_that_counts_again_is_refunded_again() -> None:
    again = OrderPaymentReinstated(order_id="o1", payment_id="p1", amount=EUR)
    done = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, again]))
    assert [*done.items()] == [*asked("p1", "p1/3").items()]
    first, second = done.values()
    assert first.refund_id != second.refund_id
