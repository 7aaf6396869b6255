"""Process managers: given these events, these commands, whatever the order and repetition."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from commands.command import Command, Policy
from commands.processes.call_provider import CallProvider
from commands.processes.cancel_unpaid_order import CancelUnpaidOrder
from commands.processes.pay_out_on_schedule import PayOutOnSchedule
from commands.processes.process import Process
from commands.processes.reactions import Call, CallDone, Do, Reaction, Schedule, Unschedule
from commands.processes.refund_cancelled_order import RefundCancelledOrder
from commands.processes.refund_cancelled_part import RefundCancelledPart
from commands.processes.release_escrow_after_acceptance import ReleaseEscrowAfterAcceptance
from commands.processes.return_overpayment import ReturnOverpayment
from commands.streams.order.messages import CancelOrder, ReleaseFunds
from commands.streams.payout.messages import RequestPayout
from commands.streams.refund.messages import RequestRefund
from eventstore.codec import Recorded, name_of
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderPaid,
    OrderPaymentRecorded,
    OrderUnpaid,
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
    RefundLeg,
    RefundReservationDropped,
    SellerPartCancelled,
    SellerPartCompleted,
    ShipmentDelivered,
)
from eventstore.events.payment import PaymentCaptured, PaymentDeclined, PaymentStarted
from eventstore.events.payout import PayoutRequested, PayoutSettled
from eventstore.events.refund import RefundApproved, RefundLegSettled
from eventstore.events.seller_account import EarningsCredited, PayoutClaimed, RefundDebited
from eventstore.values import Money
from tests.unit.samples import AT, ENVELOPE, SAMPLES
from write_api.refunds import RefundBody

EUR = Money(1000, "EUR")


def played(process: Process[Any], events: Iterable[Event]) -> list[Reaction]:
    """Every reaction to the events in this order."""
    states: dict[str, Any] = {}
    reactions: list[Reaction] = []
    for position, event in enumerate(events, start=1):
        instance = process.interested(event)
        if instance is None:
            continue
        before = states.get(instance, process.state_type())
        states[instance] = process.evolve(before, event)
        recorded = Recorded(
            position=position,
            stream=event.stream,
            version=1,
            name=name_of(event),
            envelope=ENVELOPE,
            event=event,
        )
        reactions += process.react(states[instance], recorded)
    return reactions


def due(process: Process[Any], scheduled: Reaction) -> Command:
    """What the process asks for when the deadline that it has set has come."""
    assert isinstance(scheduled, Schedule)
    return process.due(scheduled.instance, scheduled.due_at)


def commands(reactions: Iterable[Reaction]) -> dict[str, Any]:
    return {
        reaction.command_id: reaction.command for reaction in reactions if isinstance(reaction, Do)
    }


def paid(payment_id: str, order_id: str = "o1") -> Event:
    return OrderPaymentRecorded(
        order_id=order_id,
        payment_id=payment_id,
        provider="sandbox",
        method="card",
        charge_reference="ch",
        amount=EUR,
    )


CANCELLED = OrderCancelled(order_id="o1", reason="r")


def test_any_order_and_repetition_asks_for_the_same_refunds() -> None:
    events = [paid("p1"), paid("p2"), CANCELLED, CANCELLED, paid("p1")]
    asked = {
        tuple(sorted(commands(played(RefundCancelledOrder(Policy()), order))))
        for order in itertools.permutations(events)
    }
    assert asked == {
        ("refund-cancelled-order/o1/p1", "refund-cancelled-order/o1/p2"),
    }


def test_separate_orders_do_not_interfere() -> None:
    reactions = played(RefundCancelledOrder(Policy()), [paid("p1"), paid("p2", "o2"), CANCELLED])
    (request,) = commands(reactions).values()
    assert isinstance(request, RequestRefund)
    assert (request.order_id, request.approve) == ("o1", True)


def test_an_uncancelled_order_is_left_alone() -> None:
    assert played(RefundCancelledOrder(Policy()), [paid("p1"), OrderPaid(order_id="o1")]) == []


def test_a_charge_that_comes_again_returns_what_the_first_time_was_too_much() -> None:
    def again(amount_minor: int) -> Event:
        return PaymentDifferenceChargedBack(
            order_id="o1", payment_id="p1", amount=EUR.of(amount_minor)
        )

    process = ReturnOverpayment(Policy(payment_tolerance_minor=5))
    assert played(process, [again(-5)]) == []
    assert played(process, [again(6)]) == []
    (request,) = commands(played(process, [again(-6)])).values()
    assert request.amount_minor == 6


def test_what_a_rejected_refund_had_set_aside_is_refunded_too() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, dropped]))
    assert "refund-cancelled-order/o1/refund/r1/dropped" in asked


def test_a_refund_that_is_named_like_a_payment_takes_nothing_from_it() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="p1")
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED, dropped]))
    assert len({request.refund_id for request in asked.values()}) == 2


def test_delivery_schedules_the_release_and_completion_ends_it() -> None:
    delivered = ShipmentDelivered(order_id="o1", seller_id="s1", release_due_at=AT)
    completed = SellerPartCompleted(order_id="o1", seller_id="s1")
    process = ReleaseEscrowAfterAcceptance(Policy(refund_hold_s=3600))
    scheduled, last, *ended = played(process, [delivered, completed])
    assert isinstance(scheduled, Schedule)
    assert (scheduled.instance, scheduled.due_at) == ("o1/s1", AT)
    release = due(process, scheduled)
    assert isinstance(release, ReleaseFunds)
    assert (release.order_id, release.seller_id, release.despite_refunds) == ("o1", "s1", False)
    assert isinstance(last, Schedule)
    assert last.due_at == AT + timedelta(hours=1)
    assert due(process, last) == msgspec.structs.replace(
        release, despite_refunds=True, now=last.due_at, occurred_at=last.due_at
    )
    assert ended == [Unschedule(scheduled.instance), Unschedule(last.instance)]


def test_what_a_decided_refund_had_held_back_is_released_when_due() -> None:
    delivered = ShipmentDelivered(order_id="o1", seller_id="s1", release_due_at=AT)
    dropped = RefundReservationDropped(order_id="o1", refund_id="last")
    process = ReleaseEscrowAfterAcceptance(Policy(refund_hold_s=3600))
    before = played(process, [delivered])
    again = played(process, [delivered, dropped])[len(before) :]
    assert [due(process, one) for one in again] == [due(process, before[0])]
    names = {one.instance for one in before} | {one.instance for one in again}  # type: ignore[union-attr]
    assert len(names) == 3  # A refund's id ends no other deadline.
    assert played(process, [dropped]) == []


def test_placement_schedules_the_cancellation_and_payment_ends_it() -> None:
    placed = next(event for event in SAMPLES if name_of(event) == "order.placed.v1")
    scheduled, ended = played(CancelUnpaidOrder(Policy()), [placed, OrderPaid(order_id="o1")])
    assert isinstance(scheduled, Schedule)
    cancel = due(CancelUnpaidOrder(Policy()), scheduled)
    assert isinstance(cancel, CancelOrder)
    assert (cancel.order_id, cancel.only_unpaid) == (scheduled.instance, True)
    assert ended == Unschedule("o1")


def test_earnings_are_paid_out_at_the_next_turn_once() -> None:
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=EUR)
    process = PayOutOnSchedule(Policy())
    first, second = played(process, [earned, earned])
    assert first == second
    assert isinstance(first, Schedule)
    payout = due(process, first)
    assert isinstance(payout, RequestPayout)
    assert (payout.seller_id, payout.now) == ("s1", first.due_at)
    assert first.due_at == datetime(2026, 3, 2, tzinfo=UTC)


def test_earnings_in_the_log_after_a_turn_s_claim_wait_for_the_next_turn() -> None:
    """They were recorded before the turn: under that turn they would never be paid out."""
    process = PayOutOnSchedule(Policy())
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=EUR)
    (scheduled,) = played(process, [earned])
    assert isinstance(scheduled, Schedule)
    payout = due(process, scheduled)
    assert isinstance(payout, RequestPayout)
    claimed = PayoutClaimed(seller_id="s1", payout_id=payout.payout_id, amount=EUR)
    by_hand = PayoutClaimed(seller_id="s1", payout_id="po1", amount=EUR)
    for claim, due_at in ((claimed, datetime(2026, 3, 3, tzinfo=UTC)), (by_hand, scheduled.due_at)):
        *_, again = played(process, [earned, claim, earned])
        assert isinstance(again, Schedule)
        assert again.due_at == due_at


def test_commission_that_came_back_is_paid_out_too() -> None:
    debited = next(event for event in SAMPLES if isinstance(event, RefundDebited))
    process = PayOutOnSchedule(Policy())
    assert played(process, [debited]) == []
    credited = msgspec.structs.replace(debited, from_balance_minor=-1, from_debt_minor=0)
    assert len(played(process, [credited])) == 1


def test_ids_that_processes_derive_are_nobody_else_s_to_name() -> None:
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=EUR)
    process = PayOutOnSchedule(Policy())
    payouts = [due(process, one) for one in played(process, [earned])]
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED]))
    ids = [payouts[0].payout_id, *(one.refund_id for one in asked.values())]  # type: ignore[attr-defined]
    for ours in ids:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"reason": "r", "refund_id": ours}, RefundBody)
        assert msgspec.convert({"reason": "r", "payment_id": ours}, RefundBody)


def difference(amount_minor: int, payment_id: str = "p1") -> Event:
    return PaymentDifferenceBooked(
        order_id="o1", payment_id=payment_id, amount=EUR.of(amount_minor)
    )


def test_what_was_overpaid_beyond_the_tolerance_is_returned() -> None:
    process = ReturnOverpayment(Policy(payment_tolerance_minor=5))
    assert played(process, [difference(5)]) == []
    assert played(process, [difference(-5)]) == []
    (request,) = commands(played(process, [difference(6)])).values()
    assert (request.overpaid, request.payment_id, request.approve) == (True, "p1", True)
    assert request.amount_minor == 6
    assert request.refund_id.startswith("~")


def test_what_a_rejected_refund_had_set_aside_of_it_is_returned_then() -> None:
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    process = ReturnOverpayment(Policy(payment_tolerance_minor=5))
    assert len(commands(played(process, [difference(6), dropped]))) == 2
    assert played(process, [dropped]) == []


def test_a_part_that_was_never_handed_over_is_refunded() -> None:
    cancelled = SellerPartCancelled(order_id="o1", seller_id="s1", reason="r")
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    asked = commands(played(RefundCancelledPart(Policy()), [dropped, cancelled, dropped, dropped]))
    assert [(request.seller_id, request.approve) for request in asked.values()] == [
        ("s1", True),
        ("s1", True),
    ]


def test_an_order_that_fell_unpaid_has_a_deadline_of_its_own() -> None:
    unpaid = OrderUnpaid(order_id="o1", payment_due_at=AT, goes_on=False)
    paid_again, *_ = played(CancelUnpaidOrder(Policy()), [OrderPaid(order_id="o1"), unpaid])
    first, second = played(CancelUnpaidOrder(Policy()), [unpaid, unpaid])
    assert paid_again == Unschedule("o1")
    assert isinstance(first, Schedule)
    assert isinstance(second, Schedule)
    assert due(CancelUnpaidOrder(Policy()), first).order_id == "o1"  # type: ignore[attr-defined]
    assert len({first.instance, second.instance, "o1"}) == 3


def started(provider: str) -> Event:
    return PaymentStarted(
        payment_id="p1", order_id="o1", provider=provider, method="card", source="tok", amount=EUR
    )


def approved(*providers: str) -> Event:
    legs = tuple(
        RefundLeg(payment_id=f"p{number}", provider=provider, charge_reference="ch", amount_minor=5)
        for number, provider in enumerate(providers)
    )
    return RefundApproved(refund_id="r1", order_id="o1", amount=EUR, legs=legs)


def payout(provider: str) -> Event:
    return PayoutRequested(
        payout_id="po1", seller_id="s1", provider=provider, destination="d", amount=EUR
    )


@pytest.mark.parametrize(
    ("event", "keys"),
    [
        (started("sandbox"), ["p1"]),
        (started("manual"), []),
        (approved("sandbox", "manual", "sandbox"), ["r1:p0", "r1:p2"]),
        (payout("sandbox"), ["po1"]),
        (payout("manual"), []),
    ],
)
def test_what_the_log_owes_to_a_provider_is_called(event: Event, keys: list[str]) -> None:
    reactions = played(CallProvider(Policy()), [event])
    assert [reaction.call.key for reaction in reactions if isinstance(reaction, Call)] == keys


@pytest.mark.parametrize(
    ("event", "done"),
    [
        (
            PaymentCaptured(payment_id="p1", order_id="o1", amount=EUR, charge_reference="ch"),
            CallDone("payments", "charge", "p1"),
        ),
        (
            PaymentDeclined(payment_id="p1", order_id="o1", reason="r"),
            CallDone("payments", "charge", "p1"),
        ),
        (
            RefundLegSettled(
                refund_id="r1", order_id="o1", payment_id="p1", amount=EUR, provider_reference="re"
            ),
            CallDone("payments", "refund", "r1:p1"),
        ),
        (
            PayoutSettled(payout_id="po1", seller_id="s1", amount=EUR, provider_reference="po"),
            CallDone("payments", "payout", "po1"),
        ),
    ],
)
def test_an_outcome_ends_its_call(event: Event, done: CallDone) -> None:
    assert played(CallProvider(Policy()), [event]) == [done]
