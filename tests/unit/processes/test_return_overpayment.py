"""What was paid beyond the total, and the tolerance, goes back over its own payment."""

from commands.command import Policy
from commands.processes.reactions import Do
from commands.processes.return_overpayment import ReturnOverpayment
from eventstore.events.base import Event
from eventstore.events.order import (
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
    RefundReservationDropped,
)
from tests.unit.processes.played import EUR, commands, played, refund_by

NAME = "return-overpayment"


def asked(more: int, position: int) -> Do:
    """So much over `p1`, for what is in the log at this position."""
    key = f"o1/p1/{position}"
    facts = {"overpaid": True, "payment_id": "p1", "amount_minor": more}
    return Do(f"{NAME}/{key}", refund_by(NAME, key, reason="paid more than the total", **facts))


def test_a_charge_that_comes_again_returns_what_the_first_time_was_too_much() -> None:
    def again(amount_minor: int) -> Event:
        return PaymentDifferenceChargedBack(
            order_id="o1", payment_id="p1", amount=EUR.of(amount_minor)
        )

    process = ReturnOverpayment(Policy(payment_tolerance_minor=5))
    assert played(process, [again(-5)]) == []
    assert played(process, [again(6)]) == []
    assert played(process, [again(-6)]) == [asked(6, 1)]


def difference(amount_minor: int, payment_id: str = "p1") -> Event:
    return PaymentDifferenceBooked(
        order_id="o1", payment_id=payment_id, amount=EUR.of(amount_minor)
    )


def test_what_was_overpaid_beyond_the_tolerance_is_returned() -> None:
    process = ReturnOverpayment(Policy(payment_tolerance_minor=5))
    assert played(process, [difference(5)]) == []
    assert played(process, [difference(-5)]) == []
    assert played(process, [difference(6)]) == [asked(6, 1)]
    (request,) = commands(played(process, [difference(6)])).values()
    assert request.refund_id.startswith("~")


def test_what_a_rejected_refund_had_set_aside_of_it_is_returned_then() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    process = ReturnOverpayment(Policy(payment_tolerance_minor=5))
    assert played(process, [difference(6), dropped]) == [asked(6, 1), asked(6, 2)]
    assert played(process, [dropped]) == []
