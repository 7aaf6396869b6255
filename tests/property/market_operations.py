"""Every operation that a step can name, and how a step is played."""

from collections.abc import Callable

from eventstore.errors import Refused
from tests.property import order_operations, refund_operations
from tests.property.market_machine import Commands, Market, Step

OPERATIONS: dict[str, Callable[..., Commands]] = {
    "pay": order_operations.pay,
    "capture": order_operations.capture,
    "decline": order_operations.decline,
    "cancel": order_operations.cancel,
    "hand over": order_operations.hand_over,
    "deliver": order_operations.deliver,
    "confirm": order_operations.confirm,
    "release": order_operations.release,
    "refund all": refund_operations.refund_all,
    "refund lines": refund_operations.refund_lines,
    "refund amount": refund_operations.refund_amount,
    "approve": refund_operations.approve,
    "reject": refund_operations.reject,
    "leg": refund_operations.leg,
    "leg otherwise": refund_operations.leg_otherwise,
    "return overpaid": refund_operations.return_overpaid,
    "pay out": refund_operations.pay_out,
    "payout result": refund_operations.payout_result,
    "order": order_operations.order,
}


def play(market: Market, step: Step) -> bool:
    """Whether anything was accepted. A refusal is a skip, all else that is raised a bug."""
    before = len(market.world.history)
    try:
        for command in OPERATIONS[step.operation](market, *step.numbers):
            market.accept(command)
    except Refused:
        pass
    market.fresh = market.world.history[before:]
    return bool(market.fresh)
