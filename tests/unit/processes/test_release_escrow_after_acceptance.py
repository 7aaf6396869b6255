"""Escrow is released when the buyer's time to complain is over."""

from datetime import timedelta

import msgspec

from commands.command import Policy
from commands.processes.reactions import Schedule, Unschedule
from commands.processes.release_escrow_after_acceptance import ReleaseEscrowAfterAcceptance
from commands.streams.order.messages import ReleaseFunds
from eventstore.events.order import (
    RefundReservationDropped,
    SellerPartCompleted,
    ShipmentDelivered,
)
from tests.unit.processes.played import due, played
from tests.unit.samples import AT


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


def test_a_part_that_is_completed_has_nothing_more_to_release() -> None:
    delivered = [
        ShipmentDelivered(order_id="o1", seller_id=seller_id, release_due_at=AT)
        for seller_id in ("s1", "s2")
    ]
    completed = SellerPartCompleted(order_id="o1", seller_id="s1")
    dropped = RefundReservationDropped(order_id="o1", refund_id="r1")
    process = ReleaseEscrowAfterAcceptance(Policy())
    before = played(process, [*delivered, completed])
    after = played(process, [*delivered, completed, dropped])
    assert after[len(before) :] == [Schedule("o1/s2/r1", AT)]
