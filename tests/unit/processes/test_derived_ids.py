"""The ids that processes derive are nobody else's to name."""

import msgspec
import pytest

from commands.command import Policy
from commands.processes.pay_out_on_schedule import PayOutOnSchedule
from commands.processes.refund_cancelled_order import RefundCancelledOrder
from eventstore.events.seller_account import EarningsCredited
from tests.unit.processes.played import CANCELLED, EUR, commands, due, paid, played
from write_api.refunds import RefundBody


def test_ids_that_processes_derive_are_nobody_else_s_to_name() -> None:
    """They are what they have always been: what was asked for before is not asked for again."""
    earned = EarningsCredited(seller_id="s1", order_id="o1", amount=EUR)
    process = PayOutOnSchedule(Policy())
    payouts = [due(process, one) for one in played(process, [earned])]
    asked = commands(played(RefundCancelledOrder(Policy()), [paid("p1"), CANCELLED]))
    ids = [payouts[0].payout_id, *(one.refund_id for one in asked.values())]  # type: ignore[attr-defined]
    assert ids == [
        "~turn-1772409600-ebf1e834-b9f6-5425-a6bf-cb85537eacf6",
        "~30e87e82-f42a-5968-b5e3-3d430e0908de",
    ]
    for ours in ids:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"reason": "r", "refund_id": ours}, RefundBody)
        assert msgspec.convert({"reason": "r", "payment_id": ours}, RefundBody)
